import { AgentError } from '#model/agent-error.js';
import type { ProfileSurface } from '#model/profile-needs.js';
import type { Direction, ProjectedProfile } from '#model/projected-profile.js';

/** A question that rules ask of a container's profile. */
export interface ProfileFunction {
  /** Without its namespace, see docs/rules.md. */
  readonly name: string;
  /** The part of the profile that answers it. */
  readonly surface: ProfileSurface;
  /** Types of the arguments after the container's id. */
  readonly parameters: readonly string[];
  ask(profile: ProjectedProfile, ...values: readonly unknown[]): boolean;
  /** Where the profile says no, what the pod's spec has the container execute is allowed all the same. */
  readonly exempt?: boolean;
}

type AskText = (profile: ProjectedProfile, text: string) => boolean;
type AskTextAndList = (profile: ProjectedProfile, text: string, list: readonly string[]) => boolean;

/** The public libraries' functions on profiles. One more is an entry here and a line in docs/rules.md. */
export const PROFILE_FUNCTIONS: readonly ProfileFunction[] = [
  {
    ...ofText('was_executed', 'execs', (profile, path) => profile.wasExecuted(path)),
    exempt: true,
  },
  {
    ...ofTextAndList('was_executed_with_args', 'execs', (profile, path, args) =>
      profile.wasExecutedWithArgs(path, args),
    ),
    exempt: true,
  },
  ofText('was_path_opened', 'opens', (profile, path) => profile.wasPathOpened(path)),
  ofTextAndList('was_path_opened_with_flags', 'opens', (profile, path, flags) =>
    profile.wasPathOpenedWithFlags(path, flags),
  ),
  ofText('was_path_opened_with_prefix', 'opens', (profile, prefix) =>
    profile.wasPathOpenedWithPrefix(prefix),
  ),
  ofText('was_path_opened_with_suffix', 'opens', (profile, suffix) =>
    profile.wasPathOpenedWithSuffix(suffix),
  ),
  ofText('was_syscall_used', 'syscalls', (profile, name) => profile.wasSyscallUsed(name)),
  ofText('was_capability_used', 'capabilities', (profile, name) => profile.wasCapabilityUsed(name)),
  ofText('was_endpoint_accessed', 'endpoints', (profile, endpoint) =>
    profile.wasEndpointAccessed(endpoint),
  ),
  {
    name: 'was_endpoint_accessed_with_method',
    surface: 'endpoints',
    parameters: ['string', 'string'],
    ask: (profile, endpoint, method) =>
      profile.wasEndpointAccessedWithMethods(endpoint as string, [method as string]),
  },
  ofTextAndList('was_endpoint_accessed_with_methods', 'endpoints', (profile, endpoint, methods) =>
    profile.wasEndpointAccessedWithMethods(endpoint, methods),
  ),
  ofText('was_endpoint_accessed_with_prefix', 'endpoints', (profile, prefix) =>
    profile.wasEndpointAccessedWithPrefix(prefix),
  ),
  ofText('was_endpoint_accessed_with_suffix', 'endpoints', (profile, suffix) =>
    profile.wasEndpointAccessedWithSuffix(suffix),
  ),
  ofText('was_host_accessed', 'endpoints', (profile, host) => profile.wasHostAccessed(host)),
  ...networkFunctions('egress'),
  ...networkFunctions('ingress'),
];

/**
 * The strings of a list that an expression made. `event.args` is a list of anything to the checker,
 * so what is in it is looked at here. Throws `invalid` on anything but strings.
 */
export function texts(values: unknown): readonly string[] {
  const list = values as readonly unknown[];
  if (list.every((value) => typeof value === 'string')) return list;
  throw new AgentError('invalid', 'expected a list of strings');
}

function networkFunctions(direction: Direction): readonly ProfileFunction[] {
  const addresses = `${direction}Addresses` as const;
  return [
    ofText(`was_address_in_${direction}`, addresses, (profile, address) =>
      profile.wasAddressIn(direction, address),
    ),
    {
      name: `was_address_port_protocol_in_${direction}`,
      surface: addresses,
      parameters: ['string', 'int', 'string'],
      ask: (profile, ...[address, port, protocol]) =>
        isPort(port as bigint) &&
        protocolsOf(protocol as string).some((one) =>
          profile.wasAddressPortProtocolIn(direction, address as string, [Number(port), one]),
        ),
    },
    ofText(`is_domain_in_${direction}`, `${direction}Domains`, (profile, domain) =>
      profile.isDomainIn(direction, domain),
    ),
  ];
}

function ofText(name: string, surface: ProfileSurface, ask: AskText): ProfileFunction {
  return {
    ...{ name, surface, parameters: ['string'] },
    ask: (profile, text) => ask(profile, text as string),
  };
}

function ofTextAndList(
  name: string,
  surface: ProfileSurface,
  ask: AskTextAndList,
): ProfileFunction {
  return {
    ...{ name, surface, parameters: ['string', 'list<string>'] },
    ask: (profile, text, list) => ask(profile, text as string, texts(list)),
  };
}

/** Those that a service of Kubernetes can have; what is asked for when no protocol is given. */
const ANY_PROTOCOL = ['TCP', 'UDP', 'SCTP'] as const;

function protocolsOf(given: string): readonly string[] {
  return given === '' ? ANY_PROTOCOL : [given];
}

function isPort(port: bigint): boolean {
  return port >= 0n && port <= 65_535n;
}
