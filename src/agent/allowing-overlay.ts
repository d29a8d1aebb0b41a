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
import type { ProfileQuestion } from '#model/profile-question.js';
import type { TracedCall } from '#model/rule-decision.js';
import { parseIpAddress } from '#profile/ip-address.js';
import type { OverlayObject } from '#profile/overlay-union.js';
import { projectProfile } from '#profile/projection.js';
import { questionOfCall } from '#rules/call-question.js';

type Surface = ProfileQuestion['surface'];
const SURFACES = [
  ...['execs', 'opens', 'syscalls', 'capabilities', 'endpoints', 'egress', 'ingress'],
] as readonly Surface[];

/**
 * What would have to stand in the container's profile for these calls to be answered with yes: what learning
 * makes of the event, as far as it is asked for, and an entry for each question that this leaves open.
 */
export function allowingSpec(
  subject: AttributedEvent,
  refused: readonly TracedCall[],
): ContainerProfileSpec {
  const asked = refused.map((call) => questionOfCall(call.function, call.arguments));
  const questions = asked.filter((question) => question !== undefined);
  const surfaces = new Set(questions.map(({ surface }) => surface));
  // Prefixes, suffixes and hosts are no questions about one entry: nothing says which surface they need.
  const isWhole = questions.length < asked.length;
  const learned = learnedFrom(subject);
  const wanted = SURFACES.filter((surface) => isWhole || surfaces.has(surface));
  const spec: ContainerProfileSpec = Object.fromEntries(
    wanted
      .map((surface) => [surface, learned[surface] ?? []] as const)
      .filter(([, entries]) => entries.length > 0),
  );
  return questions.reduce(withAnswer, spec);
}

/** The user-managed objects that carry a spec of one container; none for a spec without entries. */
export function overlayObjects(
  container: Container,
  { egress, ingress, ...surfaces }: ContainerProfileSpec,
): readonly OverlayObject[] {
  const { namespace, workloadName, name, instanceId } = container;
  const annotations = { [ANNOTATION.managedBy]: 'User' };
  const metadata = { name: `ug-${workloadName}`, namespace, annotations };
  const list = instanceId.containerType;
  const peers = { ...(egress && { egress }), ...(ingress && { ingress }) };
  const apiVersion = PROFILE_API_VERSION;
  const application: OverlayObject = {
    ...{ apiVersion, kind: 'ApplicationProfile', metadata },
    spec: { [list]: [{ name, ...surfaces }] },
  };
  const network: OverlayObject = {
    ...{ apiVersion, kind: 'NetworkNeighborhood', metadata },
    spec: { [list]: [{ name, ...peers }] },
  };
  return [...(isEmpty(surfaces) ? [] : [application]), ...(isEmpty(peers) ? [] : [network])];
}

function learnedFrom(subject: AttributedEvent): ContainerProfileSpec {
  const recording = new Recording(DEFAULT_BOUNDS);
  recording.observe(subject);
  return recording.take();
}

/** With an entry for what was asked, unless the spec allows it already. */
function withAnswer(spec: ContainerProfileSpec, question: ProfileQuestion): ContainerProfileSpec {
  if (projectProfile(spec).explain(question).allowedBy.length > 0) return spec;
  switch (question.surface) {
    case 'execs':
      return {
        ...spec,
        execs: [...(spec.execs ?? []), { path: question.path, args: question.args ?? [] }],
      };
    case 'opens':
      return {
        ...spec,
        opens: [...(spec.opens ?? []), { path: question.path, flags: question.flags ?? [] }],
      };
    case 'syscalls':
    case 'capabilities':
      return { ...spec, [question.surface]: [...(spec[question.surface] ?? []), question.name] };
    case 'endpoints': {
      const { endpoint, methods = [] } = question;
      const added = { endpoint, methods, internal: false };
      return { ...spec, endpoints: [...(spec.endpoints ?? []), added] };
    }
    case 'egress':
    case 'ingress':
      return {
        ...spec,
        [question.surface]: [...(spec[question.surface] ?? []), neighborOf(question)],
      };
  }
}

function neighborOf({
  peer,
  port,
  protocol = 'TCP',
}: Extract<ProfileQuestion, { readonly peer: string }>): NetworkNeighbor {
  const identifier = createHash('sha256').update(`overlay\n${peer}`).digest('hex');
  const isAddress = parseIpAddress(peer) !== undefined;
  return {
    ...{ identifier, type: 'external' },
    ...(isAddress ? { ipAddress: peer } : { dnsNames: [peer] }),
    ports: port === undefined ? [] : [{ name: `${protocol}-${port}`, protocol, port }],
  };
}

function isEmpty(entries: object): boolean {
  return Object.values(entries).every((each) => Object.keys(Object(each)).length === 0);
}
