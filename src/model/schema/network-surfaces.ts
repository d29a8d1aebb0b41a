import { labelSelector } from './label-selector.ts';
import type { Schema } from './schema.ts';
import { listOf, record, text, texts } from './schema-parts.ts';

const port = record('A port that is used.', {
  name: text('Protocol and port, for example TCP-443.'),
  protocol: text('TCP, UDP or SCTP.'),
  port: {
    type: 'integer',
    format: 'int32',
    description: 'The port number.',
    nullable: true,
    minimum: 0,
    maximum: 65_535,
  },
});

const neighbor = record('A peer that is talked to.', {
  identifier: text('Identifies the peer in the list; opaque.'),
  type: text('internal or external to the cluster.'),
  dns: text('One DNS name; dnsNames is preferred.'),
  dnsNames: texts(
    'DNS names. A leading * is one label, a trailing * one or more, ⋯ one label anywhere.',
  ),
  ports: listOf(port, 'Ports that are used.'),
  podSelector: labelSelector('Which pods the peer is.'),
  namespaceSelector: labelSelector('In which namespaces those pods are.'),
  ipAddress: text('One IP address; ipAddresses is preferred.'),
  ipAddresses: texts('IP addresses, CIDR ranges, or * for every address.'),
  serviceRefNamespace: text('Namespace of the service that the peer is.'),
  serviceRefName: text('Name of the service that the peer is.'),
  serviceSelector: labelSelector('Which services the peer is.'),
  entity: text('A peer that has a name of its own, for example the host.'),
});

/** With whom one container talks. */
export const NETWORK_SURFACES = {
  ingress: listOf(neighbor, 'Who connects to it.'),
  egress: listOf(neighbor, 'Whom it connects to.'),
} as const satisfies Readonly<Record<string, Schema>>;
