import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Certificates } from '../../../src/alerts/testing/certificates.ts';
import { HttpReceiver } from '../../../src/alerts/testing/http-receiver.ts';
import { Alertmanager } from './alertmanager.ts';
import { SyslogServer } from './syslog-server.ts';

const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs', 'sinks.md');

/** One receiver of each kind that alerts can be sent to, real where one can be had. */
export interface AlertReceivers {
  readonly alertmanager: Alertmanager;
  /** Whom Alertmanager tells: `/chat` and `/pager`. */
  readonly told: HttpReceiver;
  readonly syslog: SyslogServer;
  /** Sink `moody`: answers as a test says. */
  readonly moody: HttpReceiver;
  /** Sink `dead`: breaks every connection until its answers are taken away. */
  readonly dead: HttpReceiver;
  /** Keys of the alerts that came to each of the others: a CSV file, and syslog over UDP, TCP, TLS and as JSON. */
  keysElsewhere(): Promise<readonly (readonly string[])[]>;
  /** What the option `sink` takes to reach them all. */
  readonly sinks: readonly string[];
  stop(): Promise<void>;
}

/** Starts them in a folder of the test's. */
export async function startAlertReceivers(folder: string): Promise<AlertReceivers> {
  const certificates = await Certificates.open();
  const started: { stop(): Promise<void> }[] = [{ stop: () => certificates.remove() }];
  const listen = async () => {
    const receiver = await HttpReceiver.listen();
    started.push({ stop: () => receiver.close() });
    return receiver;
  };
  const stop = async () => {
    await Promise.all(started.map((each) => each.stop()));
  };
  try {
    const [told, moody, dead] = [await listen(), await listen(), await listen()];
    dead.answers.push(...Array<'reset'>(10_000).fill('reset'));
    const route = (await docsExample('route:')).replace('group_wait: 10s', 'group_wait: 500ms');
    const config = `${route}\n${receiversOf(told.url)}`;
    const alertmanager = await Alertmanager.start(folder, config);
    started.push(alertmanager);
    const shown = certificates.make('log.example');
    const syslog = await SyslogServer.start(folder, shown);
    started.push(syslog);
    const csv = join(folder, 'alerts.csv');
    const file = join(folder, 'sinks.json');
    const fromFile = [
      { type: 'http', name: 'moody', url: `${moody.url}/moody`, timeout: '2s' },
      { type: 'http', name: 'dead', url: dead.url },
      { type: 'csv', name: 'csv', path: csv },
      { type: 'syslog', url: syslog.urls.tls, tls: { ca: shown.certificate } },
      {
        ...{ type: 'syslog', name: 'json', appName: 'json', url: syslog.urls.tcp },
        ...{ format: 'runtime-alert', maxMessageBytes: 65_536 },
      },
    ];
    await writeFile(file, JSON.stringify({ sinks: fromFile }));
    const short = [`alertmanager+${alertmanager.url}`, `syslog+${syslog.urls.tcp}`];
    const sinks = [...short, `syslog+${syslog.urls.udp}`, file];
    const keysElsewhere = async () => [await keysInCsv(csv), ...(await keysInSyslog(syslog))];
    return { alertmanager, told, syslog, moody, dead, keysElsewhere, sinks, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function keysInCsv(path: string): Promise<readonly string[]> {
  const [, ...lines] = (await readFile(path, 'utf8')).trim().split(/\r?\n/);
  return lines.map((line) => line.split(',')[1] ?? '');
}

async function keysInSyslog(syslog: SyslogServer): Promise<readonly (readonly string[])[]> {
  const records = await syslog.records();
  const plain = ['udp', 'tcp', 'tls'].map((via) =>
    records.filter((each) => each.app !== 'json' && each.via === via),
  );
  const json = records.filter(({ app }) => app === 'json');
  return [...plain, json].map((ofOne) => ofOne.map(({ key }) => key));
}

/** The receivers of the example of a route, telling whom it may concern at `url`. */
export function receiversOf(url: string): string {
  const receivers = ['chat', 'pager'].map((name) => ({
    name,
    webhook_configs: [{ url: `${url}/${name}`, send_resolved: false }],
  }));
  // JSON is YAML.
  return `receivers: ${JSON.stringify(receivers)}\n`;
}

/** The indented example of docs/sinks.md that begins with this line. */
export async function docsExample(firstLine: string): Promise<string> {
  const lines = (await readFile(DOCS, 'utf8')).split('\n');
  const first = lines.indexOf(`    ${firstLine}`);
  if (first < 0) throw new Error(`docs/sinks.md has no example that begins with ${firstLine}`);
  const length = lines.slice(first).findIndex((line) => !line.startsWith('    '));
  const example = lines.slice(first, first + length).map((line) => line.slice(4));
  return example.join('\n');
}
