import type { CelFunction } from '#cel/cel-declarations.js';
import { AgentError } from '#model/agent-error.js';
import type { RuleHost } from './rule-host.ts';

/** Variables that have the dynamic linker load other code, in the order in which they are looked for. */
const LINKER_HOOKS = ['LD_PRELOAD', 'LD_AUDIT', 'LD_LIBRARY_PATH'] as const;

/** What rules ask of a process. */
export const PROCESS_FUNCTIONS: readonly CelFunction<RuleHost>[] = [
  {
    name: 'process.get_process_env',
    parameters: ['int'],
    returns: 'map<string, string>',
    call: (host, pid) => {
      const environment = host.surroundings.environOf(Number(pid));
      if (environment !== undefined) return environment;
      throw new AgentError('not-found', `the environment of process ${String(pid)} is not known`);
    },
  },
  {
    name: 'process.get_ld_hook_var',
    parameters: ['uint'],
    returns: 'string',
    call: (host, pid) => {
      const environment = host.surroundings.environOf(Number(pid));
      return LINKER_HOOKS.find((name) => environment?.get(name)) ?? '';
    },
  },
];
