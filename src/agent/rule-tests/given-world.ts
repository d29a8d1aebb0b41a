import { AgentError } from '#model/agent-error.js';
import type { ContainerSpec, PodSpec } from '#model/pod-spec.js';
import { isRecord } from '#profile/is-record.js';
import type { Surroundings } from '#rules/surroundings.js';
import type { GivenContext } from './rule-test.ts';

/**
 * What a step says is around the container. Any pod has the pod spec given; the environment is that of
 * each process named, or of every process when it is one plain list of variables. Throws `invalid` with the
 * field and what was expected.
 */
export function givenSurroundings(context: GivenContext): Surroundings {
  const podSpec = context.podSpec ? podSpecOf(context.podSpec) : undefined;
  const { apiServerAddress = '' } = context;
  const environ = environments(context.processEnv ?? {});
  return {
    podSpecOf: () => podSpec,
    isApiServerAddress: (address) => address !== '' && address === apiServerAddress,
    environOf: (pid) => environ(pid),
  };
}

function environments(
  given: Readonly<Record<string, unknown>>,
): (pid: number) => ReadonlyMap<string, string> | undefined {
  const entries = Object.entries(given);
  if (entries.length === 0) return () => undefined;
  if (!entries.every(([, value]) => isRecord(value))) {
    const variables = variablesOf(given, 'context.processEnv');
    return () => variables;
  }
  const byPid = new Map(
    entries.map(([pid, value]) => [
      Number(pid),
      variablesOf(value as Readonly<Record<string, unknown>>, `context.processEnv.${pid}`),
    ]),
  );
  return (pid) => byPid.get(pid);
}

function variablesOf(
  given: Readonly<Record<string, unknown>>,
  where: string,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(given).map(([name, value]) => {
      if (typeof value === 'object') throw invalid(`${where}.${name}`, 'a text');
      return [name, String(value)];
    }),
  );
}

/** The part of a Kubernetes PodSpec that rules ask about. */
function podSpecOf(given: Readonly<Record<string, unknown>>): PodSpec {
  const list = (name: string) =>
    recordsIn(given[name], `context.podSpec.${name}`).map((container, index) =>
      containerOf(container, `context.podSpec.${name}.${index}`),
    );
  return {
    containers: list('containers'),
    initContainers: list('initContainers'),
    ephemeralContainers: list('ephemeralContainers'),
  };
}

function containerOf(given: Readonly<Record<string, unknown>>, where: string): ContainerSpec {
  const { name, command, lifecycle, volumeMounts } = given;
  if (typeof name !== 'string') throw invalid(`${where}.name`, 'a text');
  const hook = (which: string) => {
    const handler = isRecord(lifecycle) ? lifecycle[which] : undefined;
    const exec = isRecord(handler) ? handler['exec'] : undefined;
    const field = `${where}.lifecycle.${which}.exec.command`;
    return isRecord(exec) ? textsIn(exec['command'], field) : undefined;
  };
  const preStopCommand = hook('preStop');
  const postStartCommand = hook('postStart');
  return {
    name,
    ...(command !== undefined && { command: textsIn(command, `${where}.command`) }),
    ...(preStopCommand && { preStopCommand }),
    ...(postStartCommand && { postStartCommand }),
    mountPaths: recordsIn(volumeMounts, `${where}.volumeMounts`).map(({ mountPath }, index) => {
      if (typeof mountPath === 'string') return mountPath;
      throw invalid(`${where}.volumeMounts.${index}.mountPath`, 'a text');
    }),
  };
}

function recordsIn(value: unknown, where: string): readonly Readonly<Record<string, unknown>>[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw invalid(where, 'a list of objects');
}

function textsIn(value: unknown, where: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw invalid(where, 'a list of texts');
}

function invalid(where: string, expected: string): AgentError {
  return new AgentError('invalid', `${where}: expected ${expected}`);
}
