import type { AttributedEvent } from '#model/attributed-event.js';
import type { CallStackNode, ContainerProfileSpec, NetworkNeighbor } from '#model/profile.js';
import type { DnsEvent, EventFrame, NetworkEvent, RawEvent } from '#model/raw-event.js';
import { formatIpNetwork, parseIpAddress } from '#profile/ip-address.js';
import { normalizePath } from '#profile/normalize-path.js';
import { openFlagNames } from '#profile/open-flags.js';
import { projectProfile } from '#profile/projection.js';
import { redactArguments } from '#profile/redact.js';
import { redactHeaders } from '#profile/redact-url.js';
import { isLoopback, peerOf } from '../neighbor-peer.ts';
import type { Observed } from '../observed.ts';

/** What the profile made of reports says of events, asked as rules ask it; what rules do not ask is looked up. */
export class Covered {
  readonly #spec: ContainerProfileSpec;
  readonly #profile: ReturnType<typeof projectProfile>;
  readonly #options: { readonly learnEnvNames: boolean; readonly learnHeaders: readonly string[] };

  constructor(
    reports: readonly Observed[],
    options: { readonly learnEnvNames: boolean; readonly learnHeaders: readonly string[] },
  ) {
    this.#spec = unionOf(reports);
    this.#profile = projectProfile(this.#spec);
    this.#options = options;
  }

  has({ event, container }: AttributedEvent): boolean {
    return this.#hasSurface(event, container.namespace) && this.#hasStack(event);
  }

  /** Names that DNS answered for an address before a connection to it, and that stand on no neighbor there. */
  unknownNames(all: readonly AttributedEvent[]): readonly string[] {
    const answered = new Map<string, readonly string[]>();
    return all.flatMap(({ event, container }) => {
      if (event.type === 'dns') noteAnswer(answered, event);
      if (event.type !== 'network') return [];
      const peer = peerOf(event, container.namespace);
      const isNamed = peer !== undefined && peer.podSelector === undefined;
      const names = isNamed ? (answered.get(peer.ipAddress ?? '') ?? []) : [];
      const side = event.direction === 'outbound' ? 'egress' : 'ingress';
      return names.filter((name) => !this.#profile.isDomainIn(side, name));
    });
  }

  #hasSurface(event: RawEvent, ownNamespace: string): boolean {
    const profile = this.#profile;
    switch (event.type) {
      case 'open': {
        const path = normalizePath(event.path);
        if (path === '') return event.result < 0;
        return profile.wasPathOpenedWithFlags(path, openFlagNames(event.flags));
      }
      case 'exec':
        return this.#hasExec(event);
      case 'capabilities':
        return profile.wasCapabilityUsed(event.capability);
      case 'syscall':
        return profile.wasSyscallUsed(event.syscall);
      case 'network':
        return this.#hasConnection(event, ownNamespace);
      case 'http':
        return this.#hasRequest(event);
      default:
        return true;
    }
  }

  #hasExec({ exePath, args, comm, envNames = [] }: RawEvent & { readonly type: 'exec' }): boolean {
    const path = exePath === '' ? args[0] || comm : normalizePath(exePath);
    if (!this.#profile.wasExecutedWithArgs(path, redactArguments(args))) return false;
    const envs = (this.#spec.execs ?? []).flatMap((exec) => exec.envs ?? []);
    if (!this.#options.learnEnvNames || envs.includes('*')) return true;
    return envNames.every((name) => name === '' || envs.includes(name));
  }

  #hasConnection(event: NetworkEvent, ownNamespace: string): boolean {
    const { address, port, protocol, direction } = event;
    if (isLoopback(canonicalAddress(address))) return true;
    const side = direction === 'outbound' ? 'egress' : 'ingress';
    const peer = peerOf(event, ownNamespace);
    if (peer?.podSelector === undefined) {
      return this.#profile.wasAddressPortProtocolIn(side, address, [port, protocol]);
    }
    const same = (neighbor: NetworkNeighbor) =>
      isAlike(neighbor.podSelector, peer.podSelector) &&
      isAlike(neighbor.namespaceSelector, peer.namespaceSelector) &&
      neighbor.ports?.some((known) => known.port === port && known.protocol === protocol);
    return (this.#spec[side] ?? []).some(same);
  }

  #hasRequest(event: RawEvent & { readonly type: 'http' }): boolean {
    const { url, port, method, host, headers } = event;
    const [path = ''] = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
    const endpoint = `:${port || 80}${path.startsWith('/') ? path : `/${path}`}`;
    const methods = method === '' ? [] : [method];
    if (!this.#profile.wasEndpointAccessedWithMethods(endpoint, methods)) return false;
    const all = [...Object.entries(headers), ['Host', host === '' ? [] : [host]] as const];
    return all.every(([name, values]) => this.#hasHeader(name, values));
  }

  #hasHeader(written: string, values: readonly string[]): boolean {
    const isSame = (name: string) => name.toLowerCase() === written.toLowerCase();
    const chosen = this.#options.learnHeaders.find(isSame);
    if (chosen === undefined) return true;
    const known = (this.#spec.endpoints ?? []).flatMap((one) => one.headers?.[chosen] ?? []);
    const redacted = redactHeaders({ [chosen]: values })[chosen] ?? [];
    return known.includes('*') || redacted.every((value) => known.includes(value));
  }

  #hasStack({ type, callStack = [] }: RawEvent): boolean {
    const trees = (this.#spec.identifiedCallStacks ?? []).filter(({ callID }) => callID === type);
    return callStack.length === 0 || trees.some((tree) => hasWay(tree.callStack.root, callStack));
  }
}

/** All that reports tell, one after the other. */
function unionOf(reports: readonly Observed[]): ContainerProfileSpec {
  return {
    execs: reports.flatMap(({ execs }) => execs),
    opens: reports.flatMap(({ opens }) => opens),
    capabilities: reports.flatMap(({ capabilities }) => capabilities ?? []),
    syscalls: reports.flatMap(({ syscalls }) => syscalls ?? []),
    endpoints: reports.flatMap(({ endpoints }) => endpoints ?? []),
    egress: reports.flatMap(({ egress }) => egress ?? []),
    ingress: reports.flatMap(({ ingress }) => ingress ?? []),
    identifiedCallStacks: reports.flatMap((report) => report.identifiedCallStacks ?? []),
  };
}

function hasWay({ children }: CallStackNode, [frame, ...rest]: readonly EventFrame[]): boolean {
  if (frame === undefined) return true;
  return (children ?? []).some(
    (child) =>
      child.frame.fileID === frame.fileId &&
      child.frame.lineno === `${frame.line}` &&
      hasWay(child, rest),
  );
}

function noteAnswer(
  answered: Map<string, readonly string[]>,
  { name, isAnswer, addresses }: DnsEvent,
): void {
  if (!isAnswer) return;
  for (const address of addresses.map(canonicalAddress)) {
    answered.set(address, [...(answered.get(address) ?? []), name]);
  }
}

function canonicalAddress(text: string): string {
  const base = parseIpAddress(text);
  return base === undefined ? text : formatIpNetwork({ base, bits: 128 });
}

/** Labels are alike in whatever order. */
function isAlike(a: unknown, b: unknown): boolean {
  const texts = [a, b].map((selector) =>
    JSON.stringify(Object.entries(Object(Object(selector).matchLabels)).sort()),
  );
  return texts[0] === texts[1];
}
