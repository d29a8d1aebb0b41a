import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from './command.ts';
import { freePort } from './free-port.ts';
import { answers, fetchJson, ServerProcess } from './server-process.ts';

/** An alert as `GET /api/v2/alerts` gives it. */
export interface KnownAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: { readonly state: string };
}

/** A group as `GET /api/v2/alerts/groups` gives it. */
export interface AlertGroup {
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly KnownAlert[];
}

/** A real Alertmanager of one's own, on loopback. */
export class Alertmanager {
  readonly url: string;
  readonly #server: ServerProcess;

  private constructor(url: string, server: ServerProcess) {
    this.url = url;
    this.#server = server;
  }

  /** Starts it with the text of a configuration, in `folder`/alertmanager. */
  static async start(folder: string, config: string): Promise<Alertmanager> {
    const own = join(folder, 'alertmanager');
    await mkdir(own);
    await writeFile(join(own, 'config.yml'), config);
    const address = `127.0.0.1:${await freePort()}`;
    const server = await ServerProcess.start({
      program: 'prometheus-alertmanager',
      folder: own,
      args: [
        `--config.file=${join(own, 'config.yml')}`,
        `--storage.path=${join(own, 'data')}`,
        `--web.listen-address=${address}`,
        // Empty: it is no member of a cluster and opens no other port.
        '--cluster.listen-address=',
      ],
      isReady: () => answers(`http://${address}/-/ready`),
    });
    return new Alertmanager(`http://${address}`, server);
  }

  alerts(): Promise<readonly KnownAlert[]> {
    return fetchJson(`${this.url}/api/v2/alerts`);
  }

  groups(): Promise<readonly AlertGroup[]> {
    return fetchJson(`${this.url}/api/v2/alerts/groups`);
  }

  /** What `amtool alert query` finds. */
  async query(...matchers: readonly string[]): Promise<readonly KnownAlert[]> {
    const flags = ['--alertmanager.url', this.url, '--output', 'json'];
    return JSON.parse(await mustRun('amtool', [...flags, 'alert', 'query', ...matchers]));
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
