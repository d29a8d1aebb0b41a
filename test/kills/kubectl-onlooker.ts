import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { waitFor } from '../live/harness/wait-for.ts';
import type { Onlooker } from './kill-run.ts';
import type { ServedStore } from './served-store.ts';

/** One line of `kubectl get -w`. */
export interface Told {
  readonly type: string;
  readonly name: string;
  readonly status: string;
  readonly completion: string;
  /** It is a report, and no profile yet. */
  readonly isReport: boolean;
}

const FIELDS = [
  '{.type}',
  '{.object.metadata.name}',
  "{.object.metadata.annotations['kubescape\\.io/status']}",
  "{.object.metadata.annotations['kubescape\\.io/completion']}",
  "{.object.metadata.annotations['kubescape\\.io/report-series-id']}",
].join('|');

/** The real `kubectl get containerprofiles --watch`, looking on. */
export class KubectlOnlooker implements Onlooker {
  readonly told: Told[] = [];
  readonly #kubectl: string;
  readonly #errors: string[] = [];
  #child: ChildProcess | undefined;

  constructor(kubectl: string) {
    this.#kubectl = kubectl;
  }

  async begin(store: ServedStore): Promise<void> {
    const watch = [
      'get',
      'containerprofiles',
      '--all-namespaces',
      '--watch',
      '--output-watch-events',
    ];
    const child = spawn(
      this.#kubectl,
      ['--server', store.url, ...watch, '--output', `jsonpath=${FIELDS}{"\\n"}`],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, KUBECONFIG: '/dev/null' } },
    );
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line));
    createInterface({ input: child.stderr }).on('line', (line) => this.#errors.push(line));
    await once(child, 'spawn');
  }

  /** The last event can still be on its way when the agents have ended. */
  async end(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    try {
      await waitFor(
        `kubectl to hear of the last merge (${this.#errors.join('; ')})`,
        () => this.#reportsLeft() === 0 && this.told.length > 0,
        10_000,
      );
    } finally {
      const closed = child.exitCode === null ? once(child, 'close') : undefined;
      child.kill('SIGTERM');
      await closed;
    }
  }

  #reportsLeft(): number {
    const reports = this.told.filter(({ isReport }) => isReport);
    return (
      reports.filter(({ type }) => type === 'ADDED').length -
      reports.filter(({ type }) => type === 'DELETED').length
    );
  }

  #take(line: string): void {
    const [type = '', name = '', status = '', completion = '', series = ''] = line.split('|');
    this.told.push({ type, name, status, completion, isReport: series !== '' });
  }
}
