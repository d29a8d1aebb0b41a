import type { ContainerProfileSpec, IdentifiedCallStack, RulePolicy } from '#model/profile.js';
import type { ProfileNeeds, ProfileSurface } from '#model/profile-needs.js';
import { AddressTable } from './address-table.ts';
import { CallStackTrie } from './call-stack-trie.ts';
import { contentChecksum } from './checksum.ts';
import { CompiledProfile } from './compiled-profile.ts';
import { EntryTable } from './entry-table.ts';
import { sortedUnique } from './list-merge.ts';
import { NO_CONTENT, type ProfileContent } from './profile-content.ts';
import { ProfilePools } from './profile-pools.ts';
import { SharedContent } from './shared-content.ts';
import { checkSpec } from './spec-check.ts';
import { type CompiledSurface, SurfaceCompiler } from './surface-compiler.ts';
import { SurfaceSelection } from './surface-selection.ts';

type Selections = Readonly<Record<ProfileSurface, SurfaceSelection>>;
type Surfaces = Readonly<Record<ProfileSurface, CompiledSurface>>;

const NO_WORDS = new Uint32Array(0);

/**
 * Compiles profiles and owns what they share: every text once, every group of flags, methods, ports or
 * argument vectors once, policies and call stacks of one content once. All of it is given back as
 * the profiles are released. Its profiles must all be used by one thread, as everything here is.
 */
export class ProfileCompiler {
  readonly #pools: ProfilePools;
  readonly #selections = new WeakMap<ProfileNeeds, Selections>();
  readonly #policies = new SharedContent<ReadonlyMap<string, RulePolicy>>();
  readonly #callStacks = new SharedContent<CallStackTrie>();

  /** @param seed a random number keeps texts from being made to collide in the pool's tables */
  constructor(seed = 0) {
    this.#pools = new ProfilePools(seed);
  }

  /** What the profiles that were not released share. All zero when there are none. */
  get sizes(): { readonly strings: number; readonly groups: number; readonly sizeBytes: number } {
    const { strings, groups } = this.#pools;
    let sizeBytes = strings.sizeBytes + groups.sizeBytes;
    for (const tree of this.#callStacks.values()) sizeBytes += tree.sizeBytes;
    return { strings: strings.size, groups: groups.size, sizeBytes };
  }

  /**
   * Compiles what `needs` names of a profile, and its policies and call stacks. The spec is neither
   * changed nor held. What covers more than its own text (a pattern, a network, an endpoint on any
   * port) is kept wherever its surface is needed at all. Entries that can match nothing are skipped.
   * Throws `invalid`, and holds nothing, when the spec is not of its form.
   */
  compile(spec: ContainerProfileSpec, needs: ProfileNeeds): CompiledProfile {
    checkSpec(spec);
    const surfaces = this.#surfacesOf(spec, needs);
    const policies = this.#policiesOf(spec.rulePolicies ?? {});
    const callStacks = this.#callStacksOf(spec.identifiedCallStacks ?? []);
    const tables = tablesOf(surfaces, this.#pools);
    const content: ProfileContent = {
      ...tables,
      policies: policies.value,
      callStacks: callStacks.value,
    };
    return new CompiledProfile(content, {
      pools: this.#pools,
      needs,
      selections: this.#selectionsOf(needs),
      entries: countsOf(surfaces),
      onRelease: () => {
        releaseTables(content, this.#pools);
        policies.release();
        callStacks.release();
      },
    });
  }

  #selectionsOf(needs: ProfileNeeds): Selections {
    const known = this.#selections.get(needs);
    if (known !== undefined) return known;
    const made = Object.fromEntries(
      Object.entries(needs).map(([surface, of]) => [surface, new SurfaceSelection(of)]),
    ) as Selections;
    this.#selections.set(needs, made);
    return made;
  }

  #surfacesOf(spec: ContainerProfileSpec, needs: ProfileNeeds): Surfaces {
    const compiler = new SurfaceCompiler(this.#pools);
    const selections = this.#selectionsOf(needs);
    const egress = spec.egress ?? [];
    const ingress = spec.ingress ?? [];
    return {
      capabilities: compiler.names(spec.capabilities ?? [], selections.capabilities),
      egressAddresses: compiler.addresses(egress, selections.egressAddresses),
      egressDomains: compiler.domains(egress, selections.egressDomains),
      endpoints: compiler.endpoints(spec, selections.endpoints),
      execs: compiler.execs(spec, selections.execs),
      ingressAddresses: compiler.addresses(ingress, selections.ingressAddresses),
      ingressDomains: compiler.domains(ingress, selections.ingressDomains),
      opens: compiler.opens(spec, selections.opens),
      syscalls: compiler.names(spec.syscalls ?? [], selections.syscalls),
    };
  }

  #policiesOf(policies: Readonly<Record<string, RulePolicy>>) {
    if (Object.keys(policies).length === 0) return { value: NO_CONTENT.policies, release() {} };
    const tidy = Object.entries(policies).map(
      ([ruleId, policy]) => [ruleId, tidied(policy)] as const,
    );
    const key = contentChecksum(Object.fromEntries(tidy));
    const value = this.#policies.acquire(key, () => new Map(tidy));
    return { value, release: () => void this.#policies.release(key) };
  }

  #callStacksOf(stacks: readonly IdentifiedCallStack[]) {
    if (stacks.length === 0) return { value: NO_CONTENT.callStacks, release() {} };
    const key = contentChecksum(stacks);
    const make = () => new CallStackTrie(stacks, this.#pools.strings);
    const value = this.#callStacks.acquire(key, make);
    return { value, release: () => this.#callStacks.release(key)?.release() };
  }
}

/** All tables of a profile lie in one array, one behind the other. */
function tablesOf(surfaces: Surfaces, pools: ProfilePools) {
  const length = Object.values(surfaces).reduce((sum, { words }) => sum + words.length, 0);
  const buffer = new ArrayBuffer(4 * length);
  let end = 0;
  const place = ({ words }: CompiledSurface) => {
    if (words.length === 0) return NO_WORDS;
    const view = new Uint32Array(buffer, 4 * end, words.length);
    view.set(words);
    end += words.length;
    return view;
  };
  const entries = (surface: CompiledSurface) =>
    surface.words.length === 0 ? NO_CONTENT.opens : new EntryTable(place(surface), pools);
  const addresses = (surface: CompiledSurface) =>
    surface.words.length === 0
      ? NO_CONTENT.egress.addresses
      : new AddressTable(place(surface), pools.groups);
  return {
    opens: entries(surfaces.opens),
    execs: entries(surfaces.execs),
    endpoints: entries(surfaces.endpoints),
    syscalls: entries(surfaces.syscalls),
    capabilities: entries(surfaces.capabilities),
    egress: {
      addresses: addresses(surfaces.egressAddresses),
      domains: entries(surfaces.egressDomains),
    },
    ingress: {
      addresses: addresses(surfaces.ingressAddresses),
      domains: entries(surfaces.ingressDomains),
    },
    openHits: surfaces.opens.hits,
    endpointHits: surfaces.endpoints.hits,
  };
}

function releaseTables(content: ProfileContent, { groups }: ProfilePools): void {
  const { opens, execs, endpoints, syscalls, capabilities, egress, ingress } = content;
  for (const table of [opens, execs, endpoints, syscalls, capabilities]) table.release();
  for (const { addresses, domains } of [egress, ingress]) {
    addresses.release();
    domains.release();
  }
  for (const hits of [content.openHits, content.endpointHits]) {
    if (hits !== undefined) groups.release(hits);
  }
}

function countsOf(surfaces: Surfaces) {
  return Object.fromEntries(
    Object.entries(surfaces).map(([name, { stored, kept }]) => [name, { stored, kept }]),
  ) as Readonly<Record<ProfileSurface, { readonly stored: number; readonly kept: number }>>;
}

/** Null, absent and empty are one, and so are absent and false. */
function tidied({ processAllowed, containerAllowed }: RulePolicy): RulePolicy {
  return {
    ...(processAllowed?.length && { processAllowed: sortedUnique(processAllowed) }),
    ...(containerAllowed && { containerAllowed }),
  };
}
