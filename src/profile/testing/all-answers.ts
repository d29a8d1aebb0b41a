import type { ProjectedProfile } from '#model/projected-profile.js';
import type { Questions } from './arbitrary-profile.ts';

/** The methods that answer yes or no. */
export type Answering = Pick<
  ProjectedProfile,
  | 'wasExecuted'
  | 'wasExecutedWithArgs'
  | 'wasPathOpened'
  | 'wasPathOpenedWithFlags'
  | 'wasPathOpenedWithPrefix'
  | 'wasPathOpenedWithSuffix'
  | 'wasSyscallUsed'
  | 'wasCapabilityUsed'
  | 'wasEndpointAccessed'
  | 'wasEndpointAccessedWithMethods'
  | 'wasEndpointAccessedWithPrefix'
  | 'wasEndpointAccessedWithSuffix'
  | 'wasHostAccessed'
  | 'wasAddressIn'
  | 'wasAddressPortProtocolIn'
  | 'isDomainIn'
>;

/** Every question put to a profile, by name. */
export function allAnswers(
  profile: Answering,
  asked: Questions,
): Readonly<Record<string, boolean>> {
  const { path, endpoint, part, address, domain, port } = asked;
  return {
    executed: profile.wasExecuted(path),
    executedWithArgs: profile.wasExecutedWithArgs(path, asked.words),
    opened: profile.wasPathOpened(path),
    openedWithFlags: profile.wasPathOpenedWithFlags(path, asked.words),
    openedWithPrefix: profile.wasPathOpenedWithPrefix(part),
    openedWithSuffix: profile.wasPathOpenedWithSuffix(part),
    syscall: profile.wasSyscallUsed(asked.word),
    capability: profile.wasCapabilityUsed(asked.word),
    endpoint: profile.wasEndpointAccessed(endpoint),
    endpointWithMethods: profile.wasEndpointAccessedWithMethods(endpoint, asked.methods),
    endpointWithPrefix: profile.wasEndpointAccessedWithPrefix(part),
    endpointWithSuffix: profile.wasEndpointAccessedWithSuffix(part),
    host: profile.wasHostAccessed(asked.host),
    egressAddress: profile.wasAddressIn('egress', address),
    ingressAddress: profile.wasAddressIn('ingress', address),
    egressPort: profile.wasAddressPortProtocolIn('egress', address, port),
    ingressPort: profile.wasAddressPortProtocolIn('ingress', address, port),
    egressDomain: profile.isDomainIn('egress', domain),
    ingressDomain: profile.isDomainIn('ingress', domain),
  };
}
