import { AgentError } from '#model/agent-error.js';
import { parseIpAddress } from '#profile/ip-address.js';
import { isRecord } from '#profile/is-record.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ApiClient } from '../api-client.ts';

/** The service by which pods reach their API server; every cluster has it, and its addresses never change. */
const SERVICE = '/api/v1/namespaces/default/services/kubernetes';
const RETRY = { firstMs: 1_000, maxMs: 300_000 };

interface Asking {
  readonly client: Pick<ApiClient, 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The addresses at which pods and agents reach the cluster's API server. Answers at once. */
export class ApiServerAddresses {
  readonly #known = new Set<string>();

  /** Takes an address, or the URL of a server; one with a host name says no address, and is passed over. */
  add(place: string): void {
    const host = /^https?:\/\/(\[[^\]]+\]|[^/:]+)/.exec(place)?.[1] ?? place;
    const canonical = canonicalOf(host.replace(/^\[|\]$/g, ''));
    if (canonical !== undefined) this.#known.add(canonical);
  }

  /** True for an address of the API server, however it is written. */
  has(address: string): boolean {
    const canonical = canonicalOf(address);
    return canonical !== undefined && this.#known.has(canonical);
  }

  /** Asks the cluster for the service's addresses, again and again until it answers. Never rejects. */
  async ask({ client, clock, random, log, signal }: Asking): Promise<void> {
    const backoff = new Backoff(RETRY, random);
    while (!signal.aborted) {
      try {
        const { spec } = await client.get(SERVICE, { signal });
        for (const address of addressesOf(spec)) this.add(address);
        return;
      } catch (reason) {
        const error = AgentError.from(reason);
        if (signal.aborted || error.code === 'not-found') return;
        log.debug('cannot ask for the address of the API server', errorFields(error));
        await clock.sleep(backoff.next(), signal).catch(() => {});
      }
    }
  }
}

function addressesOf(spec: unknown): readonly string[] {
  const { clusterIP, clusterIPs } = isRecord(spec) ? spec : {};
  const all = [clusterIP, ...(Array.isArray(clusterIPs) ? clusterIPs : [])];
  return all.filter((each: unknown) => typeof each === 'string');
}

function canonicalOf(address: string): string | undefined {
  return parseIpAddress(address)?.join('.');
}
