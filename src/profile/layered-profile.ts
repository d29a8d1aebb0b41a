import type { CallStackTree } from '#model/call-stack-tree.js';
import type { RulePolicy } from '#model/profile.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import type {
  ProfileAnswer,
  ProfileOrigin,
  ProfileQuestion,
  SourcedEntry,
} from '#model/profile-question.js';
import type { Direction, ProjectedProfile } from '#model/projected-profile.js';
import { contentChecksum } from './checksum.ts';
import type { CompiledProfile } from './compiled-profile.ts';
import { joinedPolicies } from './entry-merge.ts';
import { type NearEntry, nearer } from './explanation.ts';
import { NO_CONTENT } from './profile-content.ts';
import { redactArguments } from './redact.ts';

/** One source of a profile. */
export interface ProfileLayer {
  readonly origin: ProfileOrigin;
  readonly compiled: CompiledProfile;
}

/** What a {@link LayeredProfile} is made of. */
export interface ProfileLayers {
  /** In the order of merging. */
  readonly layers: readonly ProfileLayer[];
  /**
   * The peers of all layers merged, when merging does more than to append: then it answers for them
   * alone, and the layers only tell where an entry came from.
   */
  readonly network?: CompiledProfile | undefined;
  readonly needs: ProfileNeeds;
}

/**
 * The profile that a container is judged by: several compiled ones, laid one over the other. What
 * one of them allows is allowed, as if their lists had been appended. It holds what it is made of
 * and releases none of it; once a layer is released, that layer answers no more.
 *
 * Learned arguments have their secrets redacted, so arguments that match nothing are compared once
 * more as redacted ones.
 */
export class LayeredProfile implements ProjectedProfile {
  readonly needs: ProfileNeeds;
  readonly #layers: readonly ProfileLayer[];
  readonly #compiled: readonly CompiledProfile[];
  readonly #peers: readonly CompiledProfile[];
  readonly #network: CompiledProfile | undefined;
  #policies: ReadonlyMap<string, RulePolicy> | undefined;
  #checksum: string | undefined;

  constructor({ layers, network, needs }: ProfileLayers) {
    this.#layers = layers;
    this.#compiled = layers.map(({ compiled }) => compiled);
    this.#network = network;
    this.#peers = network === undefined ? this.#compiled : [network];
    this.needs = needs;
  }

  wasExecuted(path: string): boolean {
    return this.#compiled.some((layer) => layer.wasExecuted(path));
  }

  wasExecutedWithArgs(path: string, args: readonly string[]): boolean {
    if (this.#allowsArguments(path, args)) return true;
    const redacted = redactArguments(args);
    return redacted !== args && this.#allowsArguments(path, redacted);
  }

  wasPathOpened(path: string): boolean {
    return this.#compiled.some((layer) => layer.wasPathOpened(path));
  }

  wasPathOpenedWithFlags(path: string, flags: readonly string[]): boolean {
    return this.#compiled.some((layer) => layer.wasPathOpenedWithFlags(path, flags));
  }

  wasPathOpenedWithPrefix(prefix: string): boolean {
    return this.#compiled.some((layer) => layer.wasPathOpenedWithPrefix(prefix));
  }

  wasPathOpenedWithSuffix(suffix: string): boolean {
    return this.#compiled.some((layer) => layer.wasPathOpenedWithSuffix(suffix));
  }

  wasSyscallUsed(name: string): boolean {
    return this.#compiled.some((layer) => layer.wasSyscallUsed(name));
  }

  wasCapabilityUsed(name: string): boolean {
    return this.#compiled.some((layer) => layer.wasCapabilityUsed(name));
  }

  wasEndpointAccessed(endpoint: string): boolean {
    return this.#compiled.some((layer) => layer.wasEndpointAccessed(endpoint));
  }

  wasEndpointAccessedWithMethods(endpoint: string, methods: readonly string[]): boolean {
    return this.#compiled.some((layer) => layer.wasEndpointAccessedWithMethods(endpoint, methods));
  }

  wasEndpointAccessedWithPrefix(prefix: string): boolean {
    return this.#compiled.some((layer) => layer.wasEndpointAccessedWithPrefix(prefix));
  }

  wasEndpointAccessedWithSuffix(suffix: string): boolean {
    return this.#compiled.some((layer) => layer.wasEndpointAccessedWithSuffix(suffix));
  }

  wasHostAccessed(host: string): boolean {
    return this.#compiled.some((layer) => layer.wasHostAccessed(host));
  }

  wasAddressIn(direction: Direction, address: string): boolean {
    return this.#peers.some((layer) => layer.wasAddressIn(direction, address));
  }

  wasAddressPortProtocolIn(
    direction: Direction,
    address: string,
    port: readonly [number, string],
  ): boolean {
    return this.#peers.some((layer) => layer.wasAddressPortProtocolIn(direction, address, port));
  }

  isDomainIn(direction: Direction, domain: string): boolean {
    return this.#peers.some((layer) => layer.isDomainIn(direction, domain));
  }

  policyOf(ruleId: string): RulePolicy | undefined {
    this.#policies ??= joinedOverLayers(this.#compiled);
    return this.#policies.get(ruleId);
  }

  explain(question: ProfileQuestion): ProfileAnswer {
    const allowedBy = this.#allowedBy(question);
    if (allowedBy.length > 0) return { allowedBy };
    const nearest = this.#nearestTo(question);
    return nearest === undefined ? { allowedBy } : { allowedBy, nearest };
  }

  get callStacks(): CallStackTree {
    return this.#compiled[0]?.callStacks ?? NO_CONTENT.callStacks;
  }

  get checksum(): string {
    this.#checksum ??= this.#computeChecksum();
    return this.#checksum;
  }

  #computeChecksum(): string {
    const layers = this.#compiled.map(({ checksum }) => checksum);
    const [only] = layers;
    if (only !== undefined && layers.length === 1 && this.#network === undefined) return only;
    return contentChecksum({ layers, network: this.#network?.checksum });
  }

  #allowsArguments(path: string, args: readonly string[]): boolean {
    return this.#compiled.some((layer) => layer.wasExecutedWithArgs(path, args));
  }

  #allowedBy(question: ProfileQuestion): readonly SourcedEntry[] {
    if (isAboutPeers(question) && this.#network !== undefined) {
      return this.#peerAllowedBy(question, this.#network);
    }
    const entries = this.#entriesOfLayers(question);
    if (entries.length > 0 || question.surface !== 'execs' || !question.args) return entries;
    return this.#entriesOfLayers({ ...question, args: redactArguments(question.args) });
  }

  /** What merging made of several entries stands in no layer: then all that took part are named. */
  #peerAllowedBy(question: ProfileQuestion, network: CompiledProfile): readonly SourcedEntry[] {
    const merged = network.entriesAllowing(question);
    if (merged.length === 0) return [];
    const entries = this.#entriesOfLayers(question);
    if (entries.length > 0) return entries;
    return this.#networkLayers().flatMap(({ origin }) =>
      merged.map((entry) => ({ entry, origin })),
    );
  }

  #entriesOfLayers(question: ProfileQuestion): readonly SourcedEntry[] {
    return this.#layers.flatMap(({ origin, compiled }) =>
      compiled.entriesAllowing(question).map((entry) => ({ entry, origin })),
    );
  }

  #networkLayers(): readonly ProfileLayer[] {
    return this.#layers.filter(({ origin }) => origin.kind === 'NetworkNeighborhood');
  }

  #nearestTo(question: ProfileQuestion): SourcedEntry | undefined {
    let nearest: NearEntry | undefined;
    let origin: ProfileOrigin | undefined;
    for (const layer of this.#layers) {
      const entry = layer.compiled.nearestTo(question);
      if (entry === undefined || nearer(nearest, entry) !== entry) continue;
      nearest = entry;
      origin = layer.origin;
    }
    return nearest && origin && { entry: nearest.entry, origin };
  }
}

function isAboutPeers({ surface }: ProfileQuestion): boolean {
  return surface === 'egress' || surface === 'ingress';
}

function joinedOverLayers(layers: readonly CompiledProfile[]): ReadonlyMap<string, RulePolicy> {
  const [first, ...others] = layers.map(({ policies }) => policies);
  if (first === undefined || others.every(({ size }) => size === 0)) return first ?? new Map();
  const joined = others.reduce<Readonly<Record<string, RulePolicy>>>(
    (known, policies) => joinedPolicies(known, Object.fromEntries(policies)),
    Object.fromEntries(first),
  );
  return new Map(Object.entries(joined));
}
