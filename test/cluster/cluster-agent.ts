import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentProcess, startAgent } from '../live/harness/agent-process.ts';

/** How an agent of these tests differs from others. */
export interface ClusterAgentOptions {
  /** Its own, for its recording and its queue. */
  readonly folder: string;
  readonly recording: string;
  readonly flags?: readonly string[];
}

/** An agent as a process of its own that plays a recording and saves what it learns every 600 ms. */
export function clusterAgent({ folder, recording, flags = [] }: ClusterAgentOptions): AgentProcess {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'recording.ndjson');
  writeFileSync(file, recording);
  return startAgent([
    ...['--recording', file, '--queue', join(folder, 'reports.db'), '--http', 'off'],
    ...['--first-save', '400ms', '--update-period', '600ms', '--learning-period', '1h'],
    ...['--dedup-window', '0', '--consolidation-interval', '300ms'],
    ...flags,
  ]);
}

/** Writes a kubeconfig that reaches `server` without credentials, and gives its path. */
export function kubeconfigFor(server: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'here', cluster: { server } }],
    users: [{ name: 'anybody', user: {} }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'anybody' } }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}
