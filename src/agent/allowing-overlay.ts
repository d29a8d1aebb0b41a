import { createHash } from 'node:crypto';
import { DEFAULT_BOUNDS } from '#learning/options.js';
import { Recording } from '#learning/recording.js';
import { ANNOTATION } from '#model/annotations.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import {
  type ContainerProfileSpec,
  type NetworkNeighbor,
  PROFILE_API_VERSION,
} from '#model/profile.js';
import type { TracedCall } from '#model/rule-decision.js';
import { parseIpAddress } from '#profile/ip-address.js';
import type { OverlayObject } from '#profile/overlay-union.js';
import { questionOfCall } from '#rules/call-question.js';

type Surfaces = Omit<ContainerProfileSpec, 'egress' | 'ingress'>;

/** What a rule asked the profile about an event, and was told no. */
export interface Refused {
  readonly subject: Pick<AttributedEvent, 'event' | 'container'>;
  readonly calls: readonly TracedCall[];
  /** The policy that allows it, where no entry can. */
  readonly policy?: { readonly ruleId: string; readonly processName: string } | undefined;
}

/**
 * What would have to stand in the container's profile: what learning makes of the event, what the rule asked for
 * beside it, and the policy, if there is one. Empty when none of them gives an entry.
 */
export function allowingSpec({ subject, calls, policy }: Refused): ContainerProfileSpec {
  const recording = new Recording(DEFAULT_BOUNDS);
  recording.observe(subject as AttributedEvent);
  if (policy !== undefined) recording.notePolicy(policy.ruleId, policy.processName);
  const { identifiedCallStacks: _stacks, execs, opens, ...learned } = recording.take();
  const spec: ContainerProfileSpec = {
    ...(execs.length > 0 && { execs }),
    ...(opens.length > 0 && { opens }),
    ...learned,
  };
  return calls.filter(({ answer }) => answer === false).reduce(withAnswer, spec);
}

/** The user-managed objects that carry a spec of one container; none for a spec without entries. */
export function overlayObjects(
  container: Container,
  { egress, ingress, ...surfaces }: ContainerProfileSpec,
): readonly OverlayObject[] {
  const { namespace, workloadName, name, instanceId } = container;
  const annotations = { [ANNOTATION.managedBy]: 'User' };
  const metadata = { name: `ug-${workloadName}`, namespace, annotations };
  const common = { apiVersion: PROFILE_API_VERSION, metadata } as const;
  const list = instanceId.containerType;
  const peers = { ...(egress && { egress }), ...(ingress && { ingress }) };
  return [
    ...(isEmpty(surfaces)
      ? []
      : [
          {
            ...common,
            kind: 'ApplicationProfile',
            spec: { [list]: [{ name, ...surfaces }] },
          } as const,
        ]),
    ...(isEmpty(peers)
      ? []
      : [
          {
            ...common,
            kind: 'NetworkNeighborhood',
            spec: { [list]: [{ name, ...peers }] },
          } as const,
        ]),
  ];
}

/** With an entry for what a function was asked about, where its surface has none yet. */
function withAnswer(spec: ContainerProfileSpec, call: TracedCall): ContainerProfileSpec {
  const question = questionOfCall(call.function, call.arguments);
  if (question === undefined || (spec[question.surface]?.length ?? 0) > 0) return spec;
  switch (question.surface) {
    case 'execs':
      return { ...spec, execs: [{ path: question.path, args: question.args ?? [] }] };
    case 'opens':
      return { ...spec, opens: [{ path: question.path, flags: question.flags ?? [] }] };
    case 'syscalls':
    case 'capabilities':
      return { ...spec, [question.surface]: [question.name] };
    case 'endpoints':
      return {
        ...spec,
        endpoints: [
          { endpoint: question.endpoint, methods: question.methods ?? [], internal: false },
        ],
      };
    case 'egress':
    case 'ingress':
      return { ...spec, [question.surface]: [neighborOf(question)] };
  }
}

function neighborOf({
  peer,
  port,
  protocol = 'TCP',
}: {
  readonly peer: string;
  readonly port?: number;
  readonly protocol?: string;
}): NetworkNeighbor {
  const identifier = createHash('sha256').update(`overlay\n${peer}`).digest('hex');
  const isAddress = parseIpAddress(peer) !== undefined;
  return {
    ...{ identifier, type: 'external' },
    ...(isAddress ? { ipAddress: peer } : { dnsNames: [peer] }),
    ports: port === undefined ? [] : [{ name: `${protocol}-${port}`, protocol, port }],
  };
}

function isEmpty(surfaces: Surfaces | Pick<ContainerProfileSpec, 'egress' | 'ingress'>): boolean {
  return Object.values(surfaces).every((entries) => Object.keys(Object(entries)).length === 0);
}
