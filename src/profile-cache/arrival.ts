import type { Container } from '#model/container.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import type { Random } from '#runtime/random.js';
import type { ContainerLife } from './container-life.ts';
import type { IdentitySource } from './ports.ts';

/** Identity is usually there within a tenth of a second; asking is a lookup in memory. */
const IDENTITY_WAIT = { firstMs: 50, maxMs: 5_000 };

/**
 * Asks who the container is until that is known, with growing waits. Undefined when `timeoutMs`
 * have passed without. Rejects with `aborted` when the life ends.
 */
export async function waitForIdentity(
  life: ContainerLife,
  identities: IdentitySource,
  {
    clock,
    random,
    timeoutMs,
  }: { readonly clock: Clock; readonly random: Random; readonly timeoutMs: number },
): Promise<Container | undefined> {
  const backoff = new Backoff(IDENTITY_WAIT, random);
  const deadlineMs = clock.monotonic() + timeoutMs;
  for (;;) {
    const container = identities.identityOf(life.containerId);
    const leftMs = deadlineMs - clock.monotonic();
    if (container || leftMs <= 0) return container;
    const waitMs = Math.min(backoff.next(), leftMs);
    life.nextTryMs = clock.now() + waitMs;
    await clock.sleep(waitMs, life.signal);
  }
}
