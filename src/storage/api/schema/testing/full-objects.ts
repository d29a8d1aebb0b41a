import {
  APPLICATION_PROFILE_OBJECT,
  CONTAINER_PROFILE_OBJECT,
  NETWORK_NEIGHBORHOOD_OBJECT,
} from './full-profiles.ts';
import { RULE_BINDING_OBJECT, RULES_OBJECT } from './full-rules.ts';

const apiVersion = 'spdx.softwarecomposition.kubescape.io/v1beta1';

const seccomp = CONTAINER_PROFILE_OBJECT.spec.seccompProfile;

/** One object of each kind in which every field stands that there is, by kind. */
export const FULL_OBJECTS: Readonly<Record<string, object>> = {
  ContainerProfile: CONTAINER_PROFILE_OBJECT,
  ApplicationProfile: APPLICATION_PROFILE_OBJECT,
  NetworkNeighborhood: NETWORK_NEIGHBORHOOD_OBJECT,
  SeccompProfile: {
    apiVersion,
    kind: 'SeccompProfile',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { containers: [seccomp], initContainers: [seccomp], ephemeralContainers: [seccomp] },
    status: {
      containers: {
        web: {
          conditions: [{ type: 'Ready', status: 'True' }],
          status: 'Installed',
          path: 'operator/web.json',
          activeWorkloads: ['web'],
          localhostProfile: 'operator/web.json',
        },
      },
    },
  },
  CollapseConfiguration: {
    apiVersion,
    kind: 'CollapseConfiguration',
    metadata: { name: 'default' },
    spec: {
      openDynamicThreshold: 50,
      endpointDynamicThreshold: 100,
      execDynamicThreshold: 50,
      networkIPGroupThreshold: 50,
      networkCIDRFloorBits: 24,
      collapseConfigs: [
        { prefix: '/etc', threshold: 100 },
        { prefix: '/tmp', threshold: 10 },
      ],
    },
  },
  Rules: RULES_OBJECT,
  RuntimeRuleAlertBinding: RULE_BINDING_OBJECT,
};
