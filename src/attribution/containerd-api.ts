import { fileURLToPath } from 'node:url';
import { loadSync, type MethodDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { AgentError } from '#model/agent-error.js';

const FILES = [
  'containerd/events.proto',
  'containerd/services/containers.proto',
  'containerd/services/events.proto',
  'containerd/services/images.proto',
  'containerd/services/namespaces.proto',
  'containerd/services/tasks.proto',
  'containerd/services/version.proto',
];

/** One call of a service, requests and answers as plain objects. */
export type Method = MethodDefinition<object, object>;

/** The part of containerd's API that `proto/` describes. */
export interface ContainerdApi {
  /** A call by its service and name, for example `containerd.services.tasks.v1.Tasks`, `List`. */
  method(service: string, name: string): Method;
  /** Reads the message of this full name. Throws `invalid` for bytes that are none. */
  decode(message: string, bytes: Buffer): Readonly<Record<string, unknown>>;
  /** The opposite, for a server. */
  encode(message: string, value: object): Buffer;
  /** All calls of a service, for a server. */
  service(name: string): Readonly<Record<string, Method>>;
}

/**
 * Loads the API from `proto/`, which lies beside `src/` and `dist/`. It takes some ten
 * milliseconds: load once and share.
 */
export function loadContainerdApi(): ContainerdApi {
  const folder = fileURLToPath(new URL('../../proto/', import.meta.url));
  const definition = loadSync(FILES, {
    includeDirs: [folder],
    longs: Number,
    enums: String,
    defaults: true,
  });
  const service = (name: string) => serviceIn(definition, name);
  const message = (name: string) => messageIn(definition, name);
  return {
    service,
    method(serviceName, name) {
      const method = service(serviceName)[name];
      if (method === undefined) throw missing(`${serviceName}/${name}`);
      return method;
    },
    decode(name, bytes) {
      try {
        return message(name).deserialize(bytes) as Readonly<Record<string, unknown>>;
      } catch (cause) {
        throw AgentError.from(cause, 'invalid');
      }
    },
    encode: (name, value) => message(name).serialize(value),
  };
}

function serviceIn(definition: PackageDefinition, name: string): Readonly<Record<string, Method>> {
  const found = definition[name];
  if (found === undefined || 'format' in found) throw missing(name);
  return found as Readonly<Record<string, Method>>;
}

function messageIn(definition: PackageDefinition, name: string) {
  const found = definition[name];
  if (found === undefined || !('format' in found) || !('deserialize' in found)) {
    throw missing(name);
  }
  return found as Extract<typeof found, { readonly deserialize: (bytes: Buffer) => object }>;
}

function missing(name: string): AgentError {
  return new AgentError('internal', `proto/ describes no ${name}`);
}
