import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { answers, fetchJson, ServerProcess } from './server-process.ts';

/** One series of an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface QueryAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** A real Prometheus of one's own, on loopback, that scrapes each second. */
export class Prometheus {
  readonly #url: string;
  readonly #server: ServerProcess;

  private constructor(url: string, server: ServerProcess) {
    this.#url = url;
    this.#server = server;
  }

  /** Starts it in `folder`/prometheus with one target (`host:port`), under the job `hullwatch`. */
  static async start(folder: string, target: string): Promise<Prometheus> {
    const own = join(folder, 'prometheus');
    await mkdir(own);
    const config = {
      global: { scrape_interval: '1s' },
      scrape_configs: [{ job_name: 'hullwatch', static_configs: [{ targets: [target] }] }],
    };
    // JSON is YAML.
    await writeFile(join(own, 'config.yml'), JSON.stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    const server = await ServerProcess.start({
      program: 'prometheus',
      folder: own,
      args: [
        `--config.file=${join(own, 'config.yml')}`,
        `--storage.tsdb.path=${join(own, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      isReady: () => answers(`http://${address}/-/ready`),
    });
    return new Prometheus(`http://${address}`, server);
  }

  /** What a PromQL expression gives now. */
  async query(expression: string): Promise<readonly Sample[]> {
    const url = `${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`;
    const { data } = await fetchJson<QueryAnswer>(url);
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
