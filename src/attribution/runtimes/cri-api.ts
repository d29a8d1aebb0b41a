import { fileURLToPath } from 'node:url';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';
import { AgentError } from '#model/agent-error.js';

/** One call of a service, requests and answers as plain objects. */
type Method = MethodDefinition<object, object>;

/** The part of the Container Runtime Interface that `proto/` describes. */
export interface CriApi {
  /** All calls of a service, for a server. */
  service(name: 'RuntimeService' | 'ImageService'): Readonly<Record<string, Method>>;
  /** Of the runtime service, or else of the image service. */
  method(name: string): Method;
}

/** Loads the API from `proto/`, which lies beside `src/` and `dist/`: load once and share. */
export function loadCriApi(): CriApi {
  const folder = fileURLToPath(new URL('../../../proto/', import.meta.url));
  const definition = loadSync('cri/runtime.proto', {
    includeDirs: [folder],
    longs: Number,
    enums: String,
    defaults: true,
  });
  const service: CriApi['service'] = (name) => {
    const found = definition[`runtime.v1.${name}`];
    if (found === undefined || 'format' in found) throw missing(name);
    return found as Readonly<Record<string, Method>>;
  };
  return {
    service,
    method(name) {
      const method = service('RuntimeService')[name] ?? service('ImageService')[name];
      if (method === undefined) throw missing(name);
      return method;
    },
  };
}

function missing(name: string): AgentError {
  return new AgentError('internal', `proto/ describes no ${name}`);
}
