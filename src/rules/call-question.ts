import type { ProfileQuestion } from '#model/profile-question.js';

type Values = readonly unknown[];

/** By function, without its namespace: the question that it puts to the profile. */
const QUESTIONS: Readonly<Record<string, (...values: Values) => ProfileQuestion>> = {
  was_executed: (path) => ({ surface: 'execs', path: text(path) }),
  was_executed_with_args: (path, args) => ({
    ...{ surface: 'execs', path: text(path), args: texts(args) },
  }),
  was_path_opened: (path) => ({ surface: 'opens', path: text(path) }),
  was_path_opened_with_flags: (path, flags) => ({
    ...{ surface: 'opens', path: text(path), flags: texts(flags) },
  }),
  was_syscall_used: (name) => ({ surface: 'syscalls', name: text(name) }),
  was_capability_used: (name) => ({ surface: 'capabilities', name: text(name) }),
  was_endpoint_accessed: (endpoint) => ({ surface: 'endpoints', endpoint: text(endpoint) }),
  was_endpoint_accessed_with_method: (endpoint, method) => ({
    ...{ surface: 'endpoints', endpoint: text(endpoint), methods: [text(method)] },
  }),
  was_endpoint_accessed_with_methods: (endpoint, methods) => ({
    ...{ surface: 'endpoints', endpoint: text(endpoint), methods: texts(methods) },
  }),
  ...peerQuestions('egress'),
  ...peerQuestions('ingress'),
};

/**
 * What a call of a profile function (`cp.was_executed`, also by its older names) asks of the profile, for
 * `ProjectedProfile.explain`. The container's id is the first of `values`. Undefined for functions that
 * no single entry answers: by prefix, by suffix, by host.
 */
export function questionOfCall(name: string, values: Values): ProfileQuestion | undefined {
  const [namespace = '', plain = ''] = name.split('.', 2);
  if (!/^(?:cp|ap|nn)$/.test(namespace) || !Object.hasOwn(QUESTIONS, plain)) return undefined;
  return QUESTIONS[plain]?.(...values.slice(1));
}

function peerQuestions(surface: 'egress' | 'ingress') {
  const ofPeer = (peer: unknown): ProfileQuestion => ({ surface, peer: text(peer) });
  return {
    [`was_address_in_${surface}`]: ofPeer,
    [`is_domain_in_${surface}`]: ofPeer,
    [`was_address_port_protocol_in_${surface}`]: (
      peer: unknown,
      port: unknown,
      protocol: unknown,
    ): ProfileQuestion => ({
      ...{ surface, peer: text(peer), port: Number(port), protocol: text(protocol) },
    }),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.map(text) : [];
}
