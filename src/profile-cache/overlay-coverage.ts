import type { ApplicationProfileSpec, NetworkNeighborhoodSpec } from '#model/profile.js';
import type { Logger } from '#runtime/log.js';
import type { CacheCounters } from './counters.ts';
import type { OverlaySource } from './source-set.ts';

/** Versions remembered. Two for each of 250 containers, doubled. */
const REMEMBERED = 1_000;

/**
 * Counts the overlays that are merged, and warns once about each version: ApplicationProfiles and
 * NetworkNeighborhoods are the legacy kinds, and one that does not name every container of the pod
 * leaves the others without. Both are merged all the same.
 */
export class OverlayCoverage {
  readonly #counters: CacheCounters;
  readonly #log: Logger;
  /** Names of the containers in each version, as it was read. */
  readonly #named = new Map<string, ReadonlySet<string>>();
  readonly #warned = new Map<string, true>();

  constructor(counters: CacheCounters, log: Logger) {
    this.#counters = counters;
    this.#log = log;
  }

  /** Takes note of an overlay as it was read. */
  saw(overlay: OverlaySource, spec: OverlaySpec): void {
    remember(this.#named, overlay.versionKey, namesIn(spec));
  }

  /** Takes note of an overlay that goes into a profile; `containerNames` are all of the pod, as far as known. */
  merged(overlay: OverlaySource, containerNames: readonly string[]): void {
    const key = overlay.versionKey;
    const named = this.#named.get(key);
    // What is in use is remembered longest.
    if (named && this.#named.delete(key)) this.#named.set(key, named);
    const missing = containerNames.filter((name) => named && !named.has(name));
    const completeness = missing.length === 0 ? 'full' : 'partial';
    const kind = overlay.kind === 'ApplicationProfile' ? 'application' : 'network';
    this.#counters.overlayLoads[kind][completeness] += 1;
    this.#warnOnce(overlay, missing);
  }

  #warnOnce(overlay: OverlaySource, missing: readonly string[]): void {
    const key = `${overlay.versionKey} ${missing.join()}`;
    if (this.#warned.has(key)) return;
    remember(this.#warned, key, true);
    const { kind, key: object, meta } = overlay;
    const about = { kind, ...object, resourceVersion: meta?.resourceVersion };
    if (missing.length === 0) this.#log.warn('profile of a legacy kind is merged', about);
    else this.#log.warn('overlay does not name every container of the pod', { ...about, missing });
  }
}

type OverlaySpec = ApplicationProfileSpec | NetworkNeighborhoodSpec;

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  const [oldest] = map.keys();
  if (map.size >= REMEMBERED && !map.has(key) && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}

function namesIn(spec: OverlaySpec): ReadonlySet<string> {
  const sections = [spec.containers, spec.initContainers, spec.ephemeralContainers];
  return new Set(sections.flatMap((section) => (section ?? []).map(({ name }) => name ?? '')));
}
