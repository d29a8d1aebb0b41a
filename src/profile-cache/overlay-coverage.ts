import type { Logger } from '#runtime/log.js';
import type { CacheCounters } from './counters.ts';
import type { OverlaySource } from './source-set.ts';

/** Warnings remembered, so that a version is warned about once. Two for each of 250 containers, doubled. */
const REMEMBERED = 1_000;

/**
 * Counts the overlays that are merged, and warns once about each version of one that does not name
 * every container of the pod: it is merged, and the others go without.
 */
export class OverlayCoverage {
  readonly #counters: CacheCounters;
  readonly #log: Logger;
  readonly #warned = new Set<string>();

  constructor(counters: CacheCounters, log: Logger) {
    this.#counters = counters;
    this.#log = log;
  }

  /** Takes note of an overlay that goes into a profile; `containerNames` are all of the pod, as far as known. */
  note(overlay: OverlaySource, containerNames: readonly string[]): void {
    const named = namesIn(overlay);
    const missing = containerNames.filter((name) => !named.has(name));
    const completeness = missing.length === 0 ? 'full' : 'partial';
    const kind = overlay.kind === 'ApplicationProfile' ? 'application' : 'network';
    this.#counters.overlayLoads[kind][completeness] += 1;
    if (completeness === 'partial') this.#warnOnce(overlay, missing);
  }

  #warnOnce(overlay: OverlaySource, missing: readonly string[]): void {
    const { namespace, name } = overlay.key;
    const key = `${overlay.kind} ${namespace}/${name} ${overlay.version}`;
    if (this.#warned.has(key)) return;
    const [oldest] = this.#warned;
    if (this.#warned.size >= REMEMBERED && oldest !== undefined) this.#warned.delete(oldest);
    this.#warned.add(key);
    const { kind } = overlay;
    this.#log.warn('overlay does not name every container of the pod', {
      kind,
      namespace,
      name,
      resourceVersion: overlay.meta?.resourceVersion,
      missing,
    });
  }
}

function namesIn(overlay: OverlaySource): ReadonlySet<string> {
  const spec = overlay.body?.spec;
  const sections = [spec?.containers, spec?.initContainers, spec?.ephemeralContainers];
  return new Set(sections.flatMap((section) => (section ?? []).map(({ name }) => name ?? '')));
}
