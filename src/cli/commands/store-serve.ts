import { statSync } from 'node:fs';
import { type ServedStore, serveStore } from '#agent/served-store.js';
import { AgentError } from '#model/agent-error.js';
import { systemClock } from '#runtime/clock.js';
import { parseDuration } from '#runtime/duration.js';
import { systemRandom } from '#runtime/random.js';
import { EXIT } from '../exit-code.ts';
import { untilStopped } from '../stop-signal.ts';
import type { Terminal } from '../terminal.ts';
import { textLogger } from '../text-log.ts';
import { writeKubeconfig } from './store-kubeconfig.ts';

/** The flags of `hullwatch store serve`, as they were given. */
export interface StoreServeOptions {
  /** The folder of `profiles.db`; it is made when it is missing. */
  readonly data: string;
  /** `host:port` or `unix:/path`; `127.0.0.1:8080` when absent. */
  readonly listen?: string | undefined;
  /** Durations such as `30s`. */
  readonly consolidateInterval?: string | undefined;
  readonly expireAfter?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly clientCa?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** Bytes of a request body, for example `3145728`. */
  readonly maxObjectSize?: string | undefined;
  /** Where to write a kubeconfig for kubectl. */
  readonly kubeconfig?: string | undefined;
  readonly logLevel?: string | undefined;
}

const DEFAULT_LISTEN = '127.0.0.1:8080';

/**
 * `hullwatch store serve`: serves the store in a folder as a Kubernetes API and consolidates what it is
 * given, until it is told to stop. Says in one line when it is ready. Rejects with `invalid` for
 * options that cannot be used, with `unavailable` when the address or the file is taken.
 */
export async function runStoreServe(
  options: StoreServeOptions,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal?: AbortSignal },
): Promise<number> {
  const { data, kubeconfig } = options;
  const store = await open(options, terminal);
  try {
    if (kubeconfig !== undefined) await writeKubeconfig(kubeconfig, store.url, options);
  } catch (reason) {
    await store.run({ signal: AbortSignal.abort() });
    throw reason;
  }
  await untilStopped(async (stopped) => {
    const either = signal ? AbortSignal.any([signal, stopped]) : stopped;
    terminal.write(`serving profiles of ${data} on ${store.url}\n`);
    await store.run({ signal: either });
  });
  return EXIT.ok;
}

function open(options: StoreServeOptions, terminal: Terminal): Promise<ServedStore> {
  const { data, listen = DEFAULT_LISTEN, consolidateInterval, expireAfter } = options;
  if (statSync(data, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new AgentError('invalid', `data: expected a folder, got the file ${data}`);
  }
  const bodyBytes = sizeOf(options.maxObjectSize);
  return serveStore({
    folder: data,
    address: listen,
    clock: systemClock,
    random: systemRandom,
    log: textLogger(options.logLevel ?? 'warn', (text) => terminal.writeError(text)),
    tls: tlsOf(options),
    access: { tokenFile: options.tokenFile },
    ...(bodyBytes !== undefined && { limits: { bodyBytes } }),
    ...(consolidateInterval !== undefined && {
      intervalMs: parseDuration(consolidateInterval, 'consolidate-interval'),
    }),
    ...(expireAfter !== undefined && { expireAfterMs: parseDuration(expireAfter, 'expire-after') }),
  });
}

function tlsOf({ tlsCert: cert, tlsKey: key, clientCa }: StoreServeOptions) {
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa };
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  throw new AgentError('invalid', 'tls-cert and tls-key: TLS needs both of them');
}

/** Undefined when nothing was said. */
function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, unit = ''] = /^(\d{1,9})(Ki|Mi)?$/.exec(text) ?? [];
  const bytes = Number(digits) * ({ Ki: 1_024, Mi: 1_048_576 }[unit] ?? 1);
  if (bytes > 0) return bytes;
  throw new AgentError(
    'invalid',
    `max-object-size: expected bytes such as 3145728, 512Ki or 3Mi, got "${text}"`,
  );
}
