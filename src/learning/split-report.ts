import { ANNOTATION, ZERO_TIME } from '#model/annotations.js';
import type { ContainerProfile, ContainerProfileSpec } from '#model/profile.js';
import type { Random } from '#runtime/random.js';
import type { Observed } from './recording/observed.ts';
import { splitObserved } from './recording/split-observed.ts';
import { reportTimeBetween } from './report-time.ts';

/** The part of a spec that was learned. */
export function observedIn(spec: ContainerProfileSpec): Observed {
  const { capabilities, syscalls, endpoints, rulePolicies, identifiedCallStacks } = spec;
  return {
    execs: spec.execs ?? [],
    opens: spec.opens ?? [],
    ...(capabilities && { capabilities }),
    ...(syscalls && { syscalls }),
    ...(endpoints && { endpoints }),
    ...(rulePolicies && { rulePolicies }),
    ...(identifiedCallStacks && { identifiedCallStacks }),
    ...(spec.egress && { egress: spec.egress }),
    ...(spec.ingress && { ingress: spec.ingress }),
  };
}

/**
 * A report in two that say the same, for a store that it was too large for. The first ends just before
 * the whole did, the second follows it, so that the chain stays without a gap; only the second says that
 * learning ended. Undefined when it cannot be split.
 */
export function splitReport(
  report: ContainerProfile,
  random: Random,
): readonly [ContainerProfile, ContainerProfile] | undefined {
  const annotations = report.metadata.annotations ?? {};
  const previous = annotations[ANNOTATION.previousReportTimestamp] ?? ZERO_TIME;
  const between = reportTimeBetween(previous, annotations[ANNOTATION.reportTimestamp] ?? '');
  const halves = splitObserved(observedIn(report.spec));
  if (halves === undefined || between === undefined) return undefined;
  const part = (observed: Observed, changes: Readonly<Record<string, string>>) => {
    const renamed = renamedReport(report, random);
    const metadata = { ...renamed.metadata, annotations: { ...annotations, ...changes } };
    return { ...renamed, metadata, spec: { ...withoutObserved(report.spec), ...observed } };
  };
  return [
    part(halves[0], { [ANNOTATION.reportTimestamp]: between, [ANNOTATION.status]: 'ready' }),
    part(halves[1], { [ANNOTATION.previousReportTimestamp]: between }),
  ];
}

/** The same report under a name that nothing else has. */
export function renamedReport(report: ContainerProfile, random: Random): ContainerProfile {
  const { name } = report.metadata;
  const profileName = name.slice(0, name.lastIndexOf('-'));
  return { ...report, metadata: { ...report.metadata, name: `${profileName}-${random.hex32()}` } };
}

function withoutObserved(spec: ContainerProfileSpec): ContainerProfileSpec {
  const { architectures, seccompProfile, imageID, imageTag, matchLabels, matchExpressions } = spec;
  return {
    ...(architectures && { architectures }),
    ...(seccompProfile !== undefined && { seccompProfile }),
    ...(imageID !== undefined && { imageID }),
    ...(imageTag !== undefined && { imageTag }),
    ...(matchLabels && { matchLabels }),
    ...(matchExpressions && { matchExpressions }),
  };
}
