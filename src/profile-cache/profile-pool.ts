import type { ProfileNeeds, ProfileSurface } from '#model/profile-needs.js';
import type { CompiledProfile } from '#profile/compiled-profile.js';
import { LayeredProfile } from '#profile/layered-profile.js';
import { ProfileCompiler } from '#profile/profile-compiler.js';
import { needsKey } from '#profile/profile-needs.js';
import type { Clock } from '#runtime/clock.js';
import type { Random } from '#runtime/random.js';
import type { BuiltProfile } from './container-life.ts';
import type { CacheCounters } from './counters.ts';
import type { EntryCount } from './entry-count.ts';
import type { Bodies, Part, Parts } from './layers.ts';
import { SharedTable } from './shared-table.ts';

/** A profile that containers share, and the parts that it holds on to. */
export interface PooledProfile {
  /** To be released under. */
  readonly key: string;
  readonly profile: LayeredProfile;
  readonly compiled: readonly CompiledProfile[];
  readonly partKeys: readonly string[];
  /** What was made of it last, for the next container that comes to the same. */
  built?: BuiltProfile | undefined;
  /** Added up when somebody first asked. */
  entries?: Readonly<Record<ProfileSurface, EntryCount>> | undefined;
}

/** A profile and how many containers have it. */
export interface HeldProfile {
  readonly pooled: PooledProfile;
  readonly holders: number;
}

/** A compiled part under the key by which it is held. */
interface PooledPart {
  readonly key: string;
  readonly compiled: CompiledProfile;
}

/** How much the pool holds. */
export interface PoolSizes {
  /** Compiled parts. */
  readonly parts: number;
  /** Strings and lists that parts share, each counted once. */
  readonly strings: number;
  /** Of the parts and of what they share. */
  readonly sizeBytes: number;
}

/**
 * The compiled profiles of all containers: the same content is compiled once, and let go of with
 * the last container that has it.
 */
export class ProfilePool {
  readonly #clock: Clock;
  readonly #counters: CacheCounters;
  readonly #compiler: ProfileCompiler;
  readonly #parts = new SharedTable<PooledPart>(({ compiled }) => compiled.release());
  readonly #profiles = new SharedTable<PooledProfile>(({ partKeys }) => {
    for (const key of partKeys) this.#parts.release(key);
  });
  #needs: ProfileNeeds;
  #needsKey: string;
  /** Stands for the needs in keys, which would be long with the needs themselves. */
  #needsNumber = 0;

  constructor({
    clock,
    counters,
    needs,
    random,
  }: Readonly<{ clock: Clock; counters: CacheCounters; needs: ProfileNeeds; random: Random }>) {
    // A number that nobody can guess, so that nobody can choose paths that fall into one place.
    this.#compiler = new ProfileCompiler(Math.floor(random.next() * 2 ** 32));
    this.#clock = clock;
    this.#counters = counters;
    this.#needs = needs;
    this.#needsKey = needsKey(needs);
  }

  /** From now on profiles are compiled for these needs. False when they are the same as before. */
  take(needs: ProfileNeeds): boolean {
    const key = needsKey(needs);
    if (key === this.#needsKey) return false;
    this.#needs = needs;
    this.#needsKey = key;
    this.#needsNumber += 1;
    return true;
  }

  /** Tells profiles for the present needs from those for earlier ones. */
  get needsNumber(): number {
    return this.#needsNumber;
  }

  /** The parts that would have to be compiled to acquire a profile of these. */
  lacking({ layers, network }: Parts): readonly Part[] {
    if (this.#profiles.has(this.#profileKey(layers, network))) return [];
    const all = network ? [...layers, network] : layers;
    return all.filter(({ key }) => !this.#parts.has(this.#keyed(key)));
  }

  /**
   * The profile of these parts, compiled as far as nobody has it yet from `bodies`, which must have
   * the objects of all that is {@link lacking}. To be released under its key.
   */
  acquire({ layers, network }: Parts, bodies: Bodies): PooledProfile {
    const key = this.#profileKey(layers, network);
    return this.#profiles.acquire(key, () => ({
      key,
      ...this.#assemble(layers, network, bodies),
    }));
  }

  release(poolKey: string): void {
    this.#profiles.release(poolKey);
  }

  /**
   * Keeps what a profile is made of, so that it answers on after its containers have let go of it, until
   * what this gives back is called. It does not count as one of them. Undefined for an unknown key.
   */
  hold(poolKey: string): (() => void) | undefined {
    const { partKeys } = this.#profiles.peek(poolKey) ?? {};
    const kept = partKeys?.filter((key) => this.#parts.hold(key));
    return (
      kept &&
      (() => {
        for (const key of kept.splice(0)) this.#parts.release(key);
      })
    );
  }

  /** What is held under a key, and by how many containers. Undefined for an unknown one. */
  about(poolKey: string): HeldProfile | undefined {
    const pooled = this.#profiles.peek(poolKey);
    return pooled && { pooled, holders: this.#profiles.holdersOf(poolKey) };
  }

  sizes(): PoolSizes {
    const { strings, groups, sizeBytes } = this.#compiler.sizes;
    const parts = this.parts();
    return {
      parts: parts.length,
      strings: strings + groups,
      sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, sizeBytes),
    };
  }

  /** All compiled parts, each once. */
  parts(): readonly CompiledProfile[] {
    return this.#parts.values().map(({ compiled }) => compiled);
  }

  #assemble(
    layers: readonly Part[],
    network: Part | undefined,
    bodies: Bodies,
  ): Omit<PooledProfile, 'key'> {
    const held: string[] = [];
    const hold = (part: Part) => {
      const own = this.#keyed(part.key);
      const make = () => ({ key: own, compiled: this.#compile(part, bodies) });
      const { key, compiled } = this.#parts.acquire(own, make);
      held.push(key);
      return compiled;
    };
    try {
      const compiledLayers = layers.map((part) => ({
        origin: part.sources[0].origin,
        compiled: hold(part),
      }));
      const merged = network && hold(network);
      const profile = new LayeredProfile({
        layers: compiledLayers,
        ...(merged && { network: merged }),
        needs: this.#needs,
      });
      const compiled = compiledLayers.map((layer) => layer.compiled);
      return { profile, compiled: merged ? [...compiled, merged] : compiled, partKeys: held };
    } catch (reason) {
      for (const key of held) this.#parts.release(key);
      throw reason;
    }
  }

  #compile(part: Part, bodies: Bodies): CompiledProfile {
    const startMs = this.#clock.monotonic();
    const compiled = this.#compiler.compile(part.make(bodies), this.#needs);
    this.#counters.observeProjection((this.#clock.monotonic() - startMs) / 1_000);
    return compiled;
  }

  #profileKey(layers: readonly Part[], network: Part | undefined): string {
    const keys = layers.map(({ sources, key }) => `${sources[0].role} ${key}`);
    return this.#keyed(`${keys.join(' + ')}${network ? ` / ${network.key}` : ''}`);
  }

  #keyed(key: string): string {
    return `${this.#needsNumber} ${key}`;
  }
}
