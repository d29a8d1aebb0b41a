import type { CallStackTree } from '#model/call-stack-tree.js';
import type { RulePolicy } from '#model/profile.js';
import type { ProfileNeeds, ProfileSurface } from '#model/profile-needs.js';
import type { ProfileQuestion } from '#model/profile-question.js';
import type { Direction } from '#model/projected-profile.js';
import { contentChecksum } from './checksum.ts';
import { contentOf } from './content-text.ts';
import {
  canonicalDomain,
  domainSearch,
  endpointSearch,
  nameSearch,
  pathSearch,
} from './entry-search.ts';
import type { EntryTable, GroupTest } from './entry-table.ts';
import { entriesAllowing, type NearEntry, nearestEntry } from './explanation.ts';
import { allowsPort, coversArguments, hasAllOf } from './group-tests.ts';
import { isOnHost } from './host-match.ts';
import { parseIpAddress } from './ip-address.ts';
import { isPattern } from './path-pattern.ts';
import { NO_CONTENT, type ProfileContent } from './profile-content.ts';
import type { ProfilePools } from './profile-pools.ts';
import type { SurfaceSelection } from './surface-selection.ts';

/** Objects of one profile, apart from its words. Measured with Node.js 24. */
const OBJECTS_BYTES = 1_600;

interface Making {
  readonly pools: ProfilePools;
  readonly needs: ProfileNeeds;
  readonly selections: Readonly<Record<ProfileSurface, SurfaceSelection>>;
  readonly entries: CompiledProfile['entries'];
  readonly onRelease: () => void;
}

/**
 * One profile, compiled for questions. Made by `ProfileCompiler`. The methods of the same names in
 * model's `ProjectedProfile` say what each answers; arguments are compared as they are here, without
 * redacting them.
 */
export class CompiledProfile {
  readonly needs: ProfileNeeds;
  /** Different valid entries of each surface: how many the profile has, and how many were kept. */
  readonly entries: Readonly<
    Record<ProfileSurface, { readonly stored: number; readonly kept: number }>
  >;
  readonly #pools: ProfilePools;
  readonly #selections: Readonly<Record<ProfileSurface, SurfaceSelection>>;
  readonly #onRelease: () => void;
  #content: ProfileContent;
  #checksum: string | undefined;

  constructor(content: ProfileContent, making: Making) {
    this.#content = content;
    this.needs = making.needs;
    this.entries = making.entries;
    this.#pools = making.pools;
    this.#selections = making.selections;
    this.#onRelease = making.onRelease;
  }

  /** Equal for profiles that answer every question alike. Computed when it is first read. */
  get checksum(): string {
    this.#checksum ??= contentChecksum(contentOf(this.#content, this.#pools));
    return this.#checksum;
  }

  /** What this profile holds alone, estimated; 0 when it was released. */
  get sizeBytes(): number {
    const { opens, execs, endpoints, syscalls, capabilities, egress, ingress } = this.#content;
    if (this.#content === NO_CONTENT) return 0;
    const peers = [egress, ingress].flatMap(({ addresses, domains }) => [addresses, domains]);
    const tables = [opens, execs, endpoints, syscalls, capabilities, ...peers];
    return tables.reduce((sum, { sizeBytes }) => sum + sizeBytes, OBJECTS_BYTES);
  }

  get callStacks(): CallStackTree {
    return this.#content.callStacks;
  }

  wasExecuted(path: string): boolean {
    return path !== '' && this.#content.execs.some(pathSearch(path));
  }

  wasExecutedWithArgs(path: string, args: readonly string[]): boolean {
    if (path === '') return false;
    return this.#content.execs.some(pathSearch(path), coversArguments(args, this.#pools));
  }

  wasPathOpened(path: string): boolean {
    return path !== '' && this.#content.opens.some(pathSearch(path));
  }

  wasPathOpenedWithFlags(path: string, flags: readonly string[]): boolean {
    if (path === '') return false;
    return this.#content.opens.some(pathSearch(path), hasAllOf(flags, this.#pools));
  }

  wasPathOpenedWithPrefix(prefix: string): boolean {
    const { opens, openHits } = this.#content;
    if (this.#selections.opens.declaresPrefix(prefix)) return this.#hit(openHits, 0, prefix);
    return this.#someText(opens, (text) => text.startsWith(prefix) && !isPattern(text));
  }

  wasPathOpenedWithSuffix(suffix: string): boolean {
    const { opens, openHits } = this.#content;
    if (this.#selections.opens.declaresSuffix(suffix)) return this.#hit(openHits, 1, suffix);
    return this.#someText(opens, (text) => text.endsWith(suffix) && !isPattern(text));
  }

  wasSyscallUsed(name: string): boolean {
    return this.#content.syscalls.some(nameSearch(name));
  }

  wasCapabilityUsed(name: string): boolean {
    return this.#content.capabilities.some(nameSearch(name));
  }

  wasEndpointAccessed(endpoint: string): boolean {
    return endpoint !== '' && this.#content.endpoints.some(endpointSearch(endpoint));
  }

  wasEndpointAccessedWithMethods(endpoint: string, methods: readonly string[]): boolean {
    if (endpoint === '') return false;
    const wanted = methods.map((method) => method.toUpperCase());
    return this.#content.endpoints.some(endpointSearch(endpoint), hasAllOf(wanted, this.#pools));
  }

  wasEndpointAccessedWithPrefix(prefix: string): boolean {
    const { endpoints, endpointHits } = this.#content;
    if (this.#selections.endpoints.declaresPrefix(prefix)) {
      return this.#hit(endpointHits, 0, prefix);
    }
    return this.#someText(endpoints, (text) => text.startsWith(prefix));
  }

  wasEndpointAccessedWithSuffix(suffix: string): boolean {
    const { endpoints, endpointHits } = this.#content;
    if (this.#selections.endpoints.declaresSuffix(suffix)) {
      return this.#hit(endpointHits, 1, suffix);
    }
    return this.#someText(endpoints, (text) => text.endsWith(suffix));
  }

  wasHostAccessed(host: string): boolean {
    return host !== '' && this.#someText(this.#content.endpoints, (text) => isOnHost(text, host));
  }

  wasAddressIn(direction: Direction, address: string): boolean {
    return this.#someAddress(direction, address);
  }

  wasAddressPortProtocolIn(
    direction: Direction,
    address: string,
    port: readonly [number, string],
  ): boolean {
    return this.#someAddress(direction, address, allowsPort(port, this.#pools));
  }

  isDomainIn(direction: Direction, domain: string): boolean {
    const canonical = canonicalDomain(domain);
    return (
      canonical !== undefined && this.#content[direction].domains.some(domainSearch(canonical))
    );
  }

  policyOf(ruleId: string): RulePolicy | undefined {
    return this.#content.policies.get(ruleId);
  }

  /** All policies, by rule id. */
  get policies(): ReadonlyMap<string, RulePolicy> {
    return this.#content.policies;
  }

  /** The entries that allow what is asked, as a person would write them. Not for the hot path. */
  entriesAllowing(question: ProfileQuestion): readonly string[] {
    return entriesAllowing(question, this.#content, this.#pools);
  }

  /**
   * The entry most like what is asked, and how much: comparable between profiles for one question.
   * Undefined when nothing is like it. Says nothing about whether it is allowed. Not for the hot path.
   */
  nearestTo(question: ProfileQuestion): NearEntry | undefined {
    return nearestEntry(question, this.#content, this.#pools);
  }

  /** Gives back what it holds. From then on it answers like an empty profile. May be called again. */
  release(): void {
    if (this.#content === NO_CONTENT) return;
    this.#onRelease();
    this.#content = NO_CONTENT;
  }

  #someAddress(direction: Direction, text: string, passes?: GroupTest): boolean {
    const address = parseIpAddress(text);
    return address !== undefined && this.#content[direction].addresses.some(address, passes);
  }

  #hit(hits: number | undefined, list: 0 | 1, text: string): boolean {
    if (hits === undefined) return false;
    return this.#pools.groups.listsOf(hits)[list]?.includes(text) ?? false;
  }

  #someText(table: EntryTable, passes: (text: string) => boolean): boolean {
    const { strings } = this.#pools;
    for (let index = 0; index < table.size; index += 1) {
      if (passes(strings.textOf(table.textAt(index)))) return true;
    }
    return false;
  }
}
