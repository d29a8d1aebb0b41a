import { load, YAMLException } from 'js-yaml';
import * as v from 'valibot';
import { AgentError } from '#model/agent-error.js';
import { issueText } from './issue-text.ts';
import { plainProblem } from './plain-value.ts';

const text = v.optional(v.string());

const Context = v.object({ cluster: v.string(), user: text, namespace: text });

const Cluster = v.object({
  server: v.string(),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': v.optional(v.boolean()),
  'tls-server-name': text,
  'proxy-url': text,
});

const Exec = v.object({
  apiVersion: v.picklist([
    'client.authentication.k8s.io/v1',
    'client.authentication.k8s.io/v1beta1',
  ]),
  command: v.pipe(v.string(), v.minLength(1, 'expected a command')),
  args: v.nullish(v.array(v.string())),
  env: v.nullish(v.array(v.object({ name: v.string(), value: v.string() }))),
  installHint: text,
  provideClusterInfo: v.optional(v.boolean()),
  interactiveMode: text,
});

const User = v.object({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  exec: v.nullish(Exec),
  'auth-provider': v.optional(v.unknown()),
  as: text,
});

/** How a server is reached, as a kubeconfig has it. */
export type KubeconfigCluster = v.InferOutput<typeof Cluster>;
/** How a user shows who he is, as a kubeconfig has it. */
export type KubeconfigUser = v.InferOutput<typeof User>;
/** A program that makes credentials, as a kubeconfig has it. */
export type KubeconfigExec = v.InferOutput<typeof Exec>;

/** The part of a kubeconfig that one context uses. */
export interface KubeconfigContext {
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
  readonly namespace: string | undefined;
  /** Where cluster and user stand, for messages: `/path/config: users[0].user`. */
  readonly clusterField: string;
  readonly userField: string;
}

/**
 * Reads a kubeconfig as far as one context goes; other entries may be broken. Throws `invalid`, naming file and
 * field; also for what is not supported: `proxy-url`, `auth-provider` and impersonation.
 */
export function kubeconfigContext(
  content: string,
  file: string,
  name: string | undefined,
): KubeconfigContext {
  const document = parsed(content, file);
  const wanted = name ?? document['current-context'];
  if (typeof wanted !== 'string' || wanted === '') {
    throw new AgentError('invalid', `${file}: current-context: expected the name of a context`);
  }
  const context = entry({ document, file, list: 'contexts', name: wanted, schema: Context });
  const cluster = entry({
    document,
    file,
    list: 'clusters',
    name: context.value.cluster,
    schema: Cluster,
  });
  refuse(cluster, 'proxy-url', 'proxies are not supported');
  const userName = context.value.user;
  const user = userName
    ? entry({ document, file, list: 'users', name: userName, schema: User })
    : { value: {}, field: `${file}: ${context.field}.user` };
  refuse(user, 'auth-provider', 'expected an exec plugin: auth providers are no longer supported');
  refuse(user, 'as', 'impersonation is not supported');
  return {
    cluster: cluster.value,
    user: user.value,
    namespace: context.value.namespace,
    clusterField: cluster.field,
    userField: user.field,
  };
}

type Document = Readonly<Record<string, unknown>>;

interface EntryQuery<T> {
  readonly document: Document;
  readonly file: string;
  readonly list: 'contexts' | 'clusters' | 'users';
  readonly name: string;
  readonly schema: v.GenericSchema<unknown, T>;
}

/** The entry of a list by its name, and where it stands. */
function entry<T>({ document, file, list, name, schema }: EntryQuery<T>) {
  const entries = document[list];
  const all: readonly unknown[] = Array.isArray(entries) ? entries : [];
  const index = all.findIndex((each) => Object(each)['name'] === name);
  if (index < 0) throw new AgentError('invalid', `${file}: ${list}: expected one named "${name}"`);
  const key = list.slice(0, -1);
  const field = `${file}: ${list}[${index}].${key}`;
  // An empty user is written as `user: {}` or as nothing at all.
  const result = v.safeParse(schema, Object(all[index])[key] ?? {});
  if (result.success) return { value: result.output, field };
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new AgentError('invalid', `${field}${path ? `.${path}` : ''}: ${issueText(issue)}`);
}

function refuse<T extends object>(
  { value, field }: { readonly value: T; readonly field: string },
  key: string,
  message: string,
): void {
  const given = (value as Readonly<Record<string, unknown>>)[key];
  if (given === undefined || given === null || given === '') return;
  throw new AgentError('invalid', `${field}.${key}: ${message}`);
}

function parsed(content: string, file: string): Document {
  const value = yaml(content, file);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AgentError('invalid', `${file}: expected a kubeconfig`);
  }
  const problem = plainProblem(value);
  if (problem !== undefined) throw new AgentError('invalid', `${file}: ${problem}`);
  return value as Document;
}

function yaml(content: string, file: string): unknown {
  try {
    return load(content);
  } catch (cause) {
    const line = cause instanceof YAMLException ? (cause.mark?.line ?? 0) + 1 : 1;
    const reason = cause instanceof YAMLException ? cause.reason : AgentError.from(cause).message;
    throw new AgentError('invalid', `${file}:${line}: expected YAML or JSON: ${reason}`, { cause });
  }
}
