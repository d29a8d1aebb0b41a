import { type Manifest, type Manifests, parseManifests } from '#kube/manifest-documents.js';
import { readManifests } from '#kube/manifests.js';
import { AgentError } from '#model/agent-error.js';
import { USER_MANAGED_PREFIX } from '#model/annotations.js';
import type { InstanceId } from '#model/container.js';
import { formatInstanceId, hashInstanceId } from '#profile/instance-id.js';
import { instancesOfWorkload, WORKLOAD_KINDS } from '#profile/instance-id-manifest.js';
import { stableName, workloadName } from '#profile/slug.js';
import { TextTable } from '../text-table.ts';

/** What `hullwatch name` is asked for. */
export interface NameOptions {
  /** Files and folders; `-` is standard input. */
  readonly manifests: readonly string[];
  readonly output: 'text' | 'json';
  /** Takes the answer. */
  readonly write: (text: string) => void;
  /** Takes what could not be used, a line each. Standard error when absent. */
  readonly writeError?: (text: string) => void;
  /** Stands in where a manifest has no namespace; `default`, as for kubectl, when absent. */
  readonly namespace?: string;
  /** Standard input when absent. */
  readonly readInput?: () => Promise<string>;
}

interface ContainerNames {
  readonly source: string;
  readonly container: string;
  readonly type: string;
  readonly profile: string;
  readonly workload: string;
  readonly userManaged: string;
  readonly hash: string;
  readonly instanceId: string;
}

const COLUMNS = [
  ['CONTAINER', 'container'],
  ['TYPE', 'type'],
  ['PROFILE', 'profile'],
  ['WORKLOAD', 'workload'],
  ['USER-MANAGED', 'userManaged'],
  ['HASH', 'hash'],
  ['INSTANCE ID', 'instanceId'],
] as const satisfies readonly (readonly [string, keyof ContainerNames])[];

/**
 * Prints the names under which the profiles of every container in the manifests are kept, one line
 * a container. Objects that hold no containers (a Service, a ConfigMap) are named on the error
 * output and left out. Settles with the exit code: 0, or 2 when something could not be used or
 * there was no container at all.
 */
export async function runName(options: NameOptions): Promise<number> {
  const { write, output, writeError = (text: string) => void process.stderr.write(text) } = options;
  const names: ContainerNames[] = [];
  const errors: AgentError[] = [];
  for (const path of options.manifests) {
    const read = await readOne(path, options.readInput ?? standardInput);
    errors.push(...read.errors);
    for (const manifest of read.manifests) {
      const kind = manifest.object['kind'];
      if (typeof kind === 'string' && !WORKLOAD_KINDS.includes(kind)) {
        writeError(`${manifest.source}: left out, a ${kind} has no containers\n`);
        continue;
      }
      const named = namesOf(manifest, options.namespace ?? 'default');
      names.push(...named.names);
      errors.push(...named.errors);
    }
  }
  for (const error of errors) writeError(`${error.message}\n`);
  write(output === 'json' ? `${JSON.stringify(names, undefined, 2)}\n` : table(names));
  if (names.length === 0 && errors.length === 0) writeError('no container in any manifest\n');
  return errors.length > 0 || names.length === 0 ? 2 : 0;
}

async function readOne(path: string, readInput: () => Promise<string>): Promise<Manifests> {
  return path === '-'
    ? parseManifests(await readInput(), 'standard input')
    : await readManifests([path]);
}

function namesOf(
  { source, object }: Manifest,
  defaultNamespace: string,
): { readonly names: readonly ContainerNames[]; readonly errors: readonly AgentError[] } {
  const names: ContainerNames[] = [];
  const errors: AgentError[] = [];
  const told = (reason: unknown) => {
    const { code, message } = AgentError.from(reason);
    errors.push(new AgentError(code, `${source}: ${message}`, { cause: reason }));
  };
  try {
    for (const id of instancesOfWorkload(object, { defaultNamespace })) {
      try {
        names.push(containerNames(source, id));
      } catch (reason) {
        told(reason);
      }
    }
  } catch (reason) {
    told(reason);
  }
  return { names, errors };
}

function containerNames(source: string, id: InstanceId): ContainerNames {
  const workload = workloadName(id);
  return {
    source,
    container: id.containerName,
    type: id.containerType,
    profile: stableName(id),
    workload,
    userManaged: USER_MANAGED_PREFIX + workload,
    hash: hashInstanceId(id),
    instanceId: formatInstanceId(id),
  };
}

function table(names: readonly ContainerNames[]): string {
  if (names.length === 0) return '';
  const rows = names.map((each) => COLUMNS.map(([, key]) => each[key]));
  return new TextTable().format([COLUMNS.map(([title]) => title), ...rows]);
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
