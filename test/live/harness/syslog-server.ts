import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { freePort, freeUdpPort } from './free-port.ts';
import { ServerProcess } from './server-process.ts';

const TRANSPORTS = ['udp', 'tcp', 'tls'] as const;
const MESSAGES = 'messages.ndjson';

/** A message as rsyslog took it apart; what it did not find is empty. */
export interface SyslogRecord {
  readonly via: (typeof TRANSPORTS)[number];
  readonly facility: string;
  readonly severity: string;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  readonly msgid: string;
  /** These are parameters of the structured data, unescaped. */
  readonly key: string;
  readonly rule: string;
  readonly namespace: string;
  readonly pod: string;
  readonly text: string;
}

/** A real rsyslog of one's own, on loopback, that listens on UDP, TCP and TLS and keeps what comes. */
export class SyslogServer {
  /** Where it listens: `tcp://127.0.0.1:…`. */
  readonly urls: Readonly<Record<(typeof TRANSPORTS)[number], string>>;
  readonly #messages: string;
  readonly #server: ServerProcess;

  private constructor(ports: Ports, folder: string, server: ServerProcess) {
    const url = (transport: keyof Ports) => `${transport}://127.0.0.1:${ports[transport]}`;
    this.urls = { udp: url('udp'), tcp: url('tcp'), tls: url('tls') };
    this.#messages = join(folder, MESSAGES);
    this.#server = server;
  }

  /** Starts it in `folder`/rsyslog with a certificate that clients are shown. */
  static async start(
    folder: string,
    tls: { readonly certificate: string; readonly key: string },
  ): Promise<SyslogServer> {
    const own = join(folder, 'rsyslog');
    await mkdir(own);
    const ports = { udp: await freeUdpPort(), tcp: await freePort(), tls: await freePort() };
    const config = join(own, 'rsyslog.conf');
    await writeFile(config, configOf(own, ports, tls));
    const server = await ServerProcess.start({
      program: 'rsyslogd',
      folder: own,
      args: ['-n', '-f', config, '-i', join(own, 'rsyslogd.pid')],
      isReady: async () => (await listens(ports.tcp)) && (await listens(ports.tls)),
    });
    return new SyslogServer(ports, own, server);
  }

  /** What came so far. */
  async records(): Promise<readonly SyslogRecord[]> {
    if (!existsSync(this.#messages)) return [];
    const lines = (await readFile(this.#messages, 'utf8')).split('\n');
    // Behind the last line break a line may be half written.
    return lines.slice(0, -1).map((line) => JSON.parse(line));
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

type Ports = Readonly<Record<(typeof TRANSPORTS)[number], number>>;

function configOf(
  folder: string,
  ports: Ports,
  tls: { readonly certificate: string; readonly key: string },
): string {
  const field = (outname: string, name: string) =>
    `  property(outname="${outname}" name="${name}" format="jsonf")`;
  const parameter = (name: string) => field(name, `$!rfc5424-sd!hullwatch@32473!${name}`);
  const own = 'streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon"';
  return `
global(workDirectory="${folder}" maxMessageSize="64k" net.enableDNS="off"
  defaultNetstreamDriverCAFile="${tls.certificate}"
  defaultNetstreamDriverCertFile="${tls.certificate}"
  defaultNetstreamDriverKeyFile="${tls.key}")
module(load="imtcp")
module(load="imudp")
module(load="mmpstrucdata")
template(name="record" type="list" option.jsonf="on") {
${field('via', 'inputname')}
${field('facility', 'syslogfacility-text')}
${field('severity', 'syslogseverity-text')}
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
${field('host', 'hostname')}
${field('app', 'app-name')}
${field('msgid', 'msgid')}
${['key', 'rule', 'namespace', 'pod'].map(parameter).join('\n')}
${field('text', 'msg')}
}
ruleset(name="kept") {
  action(type="mmpstrucdata")
  action(type="omfile" file="${join(folder, MESSAGES)}" template="record")
}
input(type="imudp" address="127.0.0.1" port="${ports.udp}" name="udp" ruleset="kept")
input(type="imtcp" address="127.0.0.1" port="${ports.tcp}" name="tcp" ruleset="kept")
input(type="imtcp" address="127.0.0.1" port="${ports.tls}" name="tls" ruleset="kept" ${own})
`;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(port, '127.0.0.1');
    connection.on('error', () => resolve(false));
    connection.on('connect', () => {
      connection.destroy();
      resolve(true);
    });
  });
}
