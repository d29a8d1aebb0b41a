import type { CallStackTree } from '../../../src/model/call-stack-tree.ts';
import type {
  CallStackNode,
  ContainerSurfaces,
  HttpEndpoint,
  IdentifiedCallStack,
  NetworkNeighbor,
  OpenCall,
  RulePolicy,
  StackFrame,
} from '../../../src/model/profile.ts';
import type { ProfileNeeds } from '../../../src/model/profile-needs.ts';
import type { ProfileAnswer } from '../../../src/model/profile-question.ts';
import type { Direction, ProjectedProfile } from '../../../src/model/projected-profile.ts';
import { compareLists, comparePaths, namesHost } from './linear-compare.ts';

/** Where a container's part of its workload's objects is found, at each question anew. */
export interface ContainerSections {
  surfaces(): ContainerSurfaces | undefined;
  neighbors(direction: Direction): readonly NetworkNeighbor[];
  version(): string;
}

/** Answers by going along the lists. A container that the objects do not name has nothing. */
export class LinearProfile implements ProjectedProfile {
  readonly #sections: ContainerSections;
  readonly #needs: () => ProfileNeeds;

  constructor(sections: ContainerSections, needs: () => ProfileNeeds) {
    this.#sections = sections;
    this.#needs = needs;
  }

  get needs(): ProfileNeeds {
    return this.#needs();
  }

  get checksum(): string {
    return this.#sections.version();
  }

  get callStacks(): CallStackTree {
    return new LinearCallStacks(this.#sections.surfaces()?.identifiedCallStacks ?? []);
  }

  wasExecuted(path: string): boolean {
    return this.#execs().some((exec) => exec.path === path);
  }

  wasExecutedWithArgs(path: string, args: readonly string[]): boolean {
    return this.#execs().some((exec) => exec.path === path && compareLists(exec.args ?? [], args));
  }

  wasPathOpened(path: string): boolean {
    return this.#opens().some((open) => comparePaths(open.path, path));
  }

  wasPathOpenedWithFlags(path: string, flags: readonly string[]): boolean {
    return this.#opens().some(
      (open) =>
        comparePaths(open.path, path) && flags.every((flag) => open.flags?.includes(flag) ?? false),
    );
  }

  wasPathOpenedWithPrefix(prefix: string): boolean {
    return this.#opens().some(({ path }) => path.startsWith(prefix));
  }

  wasPathOpenedWithSuffix(suffix: string): boolean {
    return this.#opens().some(({ path }) => path.endsWith(suffix));
  }

  wasSyscallUsed(name: string): boolean {
    return this.#sections.surfaces()?.syscalls?.includes(name) ?? false;
  }

  wasCapabilityUsed(name: string): boolean {
    return this.#sections.surfaces()?.capabilities?.includes(name) ?? false;
  }

  wasEndpointAccessed(endpoint: string): boolean {
    return this.#endpoints().some((known) => comparePaths(known.endpoint ?? '', endpoint));
  }

  wasEndpointAccessedWithMethods(endpoint: string, methods: readonly string[]): boolean {
    return this.#endpoints().some(
      (known) =>
        comparePaths(known.endpoint ?? '', endpoint) &&
        methods.every((method) => known.methods?.includes(method) ?? false),
    );
  }

  wasEndpointAccessedWithPrefix(prefix: string): boolean {
    return this.#endpoints().some(({ endpoint }) => endpoint?.startsWith(prefix) ?? false);
  }

  wasEndpointAccessedWithSuffix(suffix: string): boolean {
    return this.#endpoints().some(({ endpoint }) => endpoint?.endsWith(suffix) ?? false);
  }

  wasHostAccessed(host: string): boolean {
    return this.#endpoints().some(({ endpoint }) => namesHost(endpoint ?? '', host));
  }

  wasAddressIn(direction: Direction, address: string): boolean {
    return this.#sections.neighbors(direction).some((neighbor) => hasAddress(neighbor, address));
  }

  wasAddressPortProtocolIn(
    direction: Direction,
    address: string,
    [port, protocol]: readonly [number, string],
  ): boolean {
    return this.#sections
      .neighbors(direction)
      .some(
        (neighbor) =>
          hasAddress(neighbor, address) &&
          (neighbor.ports ?? []).some(
            (known) => known.port === port && known.protocol === protocol,
          ),
      );
  }

  isDomainIn(direction: Direction, domain: string): boolean {
    return this.#sections
      .neighbors(direction)
      .some(
        ({ dns, dnsNames }) =>
          (direction === 'egress' && dns === domain) || (dnsNames?.includes(domain) ?? false),
      );
  }

  policyOf(ruleId: string): RulePolicy | undefined {
    return this.#sections.surfaces()?.rulePolicies?.[ruleId];
  }

  /** It does not know where an entry came from. */
  explain(): ProfileAnswer {
    return { allowedBy: [] };
  }

  #execs() {
    return this.#sections.surfaces()?.execs ?? [];
  }

  #opens(): readonly OpenCall[] {
    return this.#sections.surfaces()?.opens ?? [];
  }

  #endpoints(): readonly HttpEndpoint[] {
    return this.#sections.surfaces()?.endpoints ?? [];
  }
}

function hasAddress({ ipAddress, ipAddresses }: NetworkNeighbor, address: string): boolean {
  return ipAddress === address || (ipAddresses?.includes(address) ?? false);
}

/** Walks the trees as they are stored. */
class LinearCallStacks implements CallStackTree {
  readonly #stacks: readonly IdentifiedCallStack[];

  constructor(stacks: readonly IdentifiedCallStack[]) {
    this.#stacks = stacks;
  }

  get callIds(): readonly string[] {
    return [...new Set(this.#stacks.map(({ callID }) => callID))].sort();
  }

  hasStack(callId: string, frames: readonly StackFrame[]): boolean {
    return this.#ends(callId, frames).some(({ children }) => (children?.length ?? 0) === 0);
  }

  hasPrefix(callId: string, frames: readonly StackFrame[]): boolean {
    return this.#ends(callId, frames).length > 0;
  }

  #ends(callId: string, frames: readonly StackFrame[]): readonly CallStackNode[] {
    let nodes = this.#stacks
      .filter(({ callID }) => callID === callId)
      .map(({ callStack }) => callStack.root);
    for (const frame of frames) {
      nodes = nodes.flatMap(({ children }) =>
        (children ?? []).filter(
          (child) => child.frame.fileID === frame.fileID && child.frame.lineno === frame.lineno,
        ),
      );
    }
    return nodes;
  }
}
