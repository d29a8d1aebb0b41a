import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { ApiServer } from '#storage/api/api-server.js';
import { bodyText } from '#storage/object-text.js';
import type { StoredObject } from '../kills/served-store.ts';
import { crdKind, holderOf, leaseKind } from './extra-kinds.ts';
import { PlainObjects, type Written } from './plain-objects.ts';

const { signal } = new AbortController();

/** What one agent wrote, and who held the lease at that moment. */
export interface WrittenBy extends Written {
  readonly writer: string;
  readonly holder: string;
}

/**
 * A cluster's API server that only stores, with leases. Each agent has an address of its own, so that it is known
 * who wrote what.
 */
export class CrdCluster {
  readonly leases = leaseKind();
  readonly crds = crdKind();
  readonly written: WrittenBy[] = [];
  readonly #objects = PlainObjects.create();
  readonly #servers: ApiServer[] = [];

  /** Says that the kinds are CustomResourceDefinitions, as `kubectl apply -f deploy/crds/` does. */
  async define(): Promise<void> {
    await this.crds.put('containerprofiles.spdx.softwarecomposition.kubescape.io', {});
  }

  /** An address for one agent: a free port, unless `address` says where. */
  async addressFor(writer: string, address = '127.0.0.1:0'): Promise<string> {
    const objects = this.#objects.toldTo((written) => void this.#note(writer, written));
    const server = await ApiServer.listen({
      address,
      objects,
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
      extraResources: [this.leases, this.crds],
    });
    this.#servers.push(server);
    return server.url;
  }

  /** Who merges; empty: nobody. */
  holder(): Promise<string> {
    return holderOf(this.leases);
  }

  /** All profiles and reports, whole. */
  async all(): Promise<readonly StoredObject[]> {
    const { rows } = await this.#objects.list('ContainerProfile', { withBodies: true, signal });
    return rows.map((row) => ({
      ...JSON.parse(bodyText(row)),
      metadata: JSON.parse(row.metadata),
    }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  // Rows in memory answer without waiting for anything: nobody comes between.
  async #note(writer: string, written: Written): Promise<void> {
    this.written.push({ ...written, writer, holder: await this.holder() });
  }
}
