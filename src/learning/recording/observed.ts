import type { ContainerProfileSpec, ExecCall, OpenCall } from '#model/profile.js';

/** The surfaces beside execs and opens; one that is empty is absent. */
type OtherSurfaces = Pick<
  ContainerProfileSpec,
  | 'capabilities'
  | 'syscalls'
  | 'endpoints'
  | 'rulePolicies'
  | 'identifiedCallStacks'
  | 'egress'
  | 'ingress'
>;

/** What a report says that a container did: the part of a profile's spec that is learned. */
export interface Observed extends WithoutNull<OtherSurfaces> {
  readonly execs: readonly ExecCall[];
  readonly opens: readonly OpenCall[];
}

type WithoutNull<Surfaces> = {
  readonly [Name in keyof Surfaces]?: NonNullable<Surfaces[Name]>;
};

/** How many entries there are over all surfaces, call stacks and rule policies by their call and rule. */
export function entriesOf(observed: Observed): number {
  const { execs, opens, capabilities, syscalls, endpoints } = observed;
  const { identifiedCallStacks, egress, ingress, rulePolicies = {} } = observed;
  const others = [capabilities, syscalls, endpoints, identifiedCallStacks, egress, ingress];
  const inOthers = others.reduce((sum, list) => sum + (list?.length ?? 0), 0);
  return execs.length + opens.length + inOthers + Object.keys(rulePolicies).length;
}
