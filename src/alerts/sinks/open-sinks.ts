import { AgentError } from '#model/agent-error.js';
import type { PodEventWriter } from '#model/pod-event.js';
import type { Clock } from '#runtime/clock.js';
import type { AlertSink } from '../alert-sink.ts';
import { AlertmanagerSink } from './alertmanager-sink.ts';
import { CsvSink } from './csv-sink.ts';
import { EventsSink } from './events-sink.ts';
import { type HeaderValue, headerValues, readable } from './header-values.ts';
import { HttpSink } from './http-sink.ts';
import type { HttpTargetOptions } from './http-target.ts';
import { readSinkSettings, type SettingsRead } from './read-sink-settings.ts';
import { sinkName } from './sink-name.ts';
import type { SinkSettings } from './sink-settings.ts';
import { httpUrl, SYSLOG_FACILITIES, syslogUrl } from './sink-url.ts';
import { SyslogDatagrams } from './syslog-datagrams.ts';
import { SyslogSink } from './syslog-sink.ts';
import { SyslogStream } from './syslog-stream.ts';
import type { TlsFiles } from './tls-files.ts';

/** What sinks are made with. */
export interface OpenSinksOptions {
  readonly clock: Clock;
  /** Writes Kubernetes Events; absent: `events:` is refused. */
  readonly kube?: PodEventWriter | undefined;
  /** For headers whose values stand there. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

type Of<T extends SinkSettings['type']> = Extract<SinkSettings, { readonly type: T }>;

/** RFC 5426 3.2: every receiver takes so much in a datagram, if it follows the recommendation. */
const UDP_MESSAGE_BYTES = 2_048;
/** What rsyslog takes unless it is told otherwise. */
const STREAM_MESSAGE_BYTES = 8_192;

/**
 * The sinks that the entries of the option `sink` name, in their order. Nothing is connected yet; files of secrets
 * are looked at. Throws `invalid` with every problem found, each naming entry or file, field and what was expected.
 */
export function openSinks(
  entries: readonly string[],
  options: OpenSinksOptions,
): readonly AlertSink[] {
  const problems: string[] = [];
  const sinks = new Map<string, AlertSink>();
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (reason) {
      problems.push(AgentError.from(reason).message);
    }
  };
  const open = (read: SettingsRead) => {
    const name = sinkName(read.settings);
    if (sinks.has(name)) {
      throw new AgentError('invalid', `${read.where}: name: expected another one than "${name}"`);
    }
    sinks.set(name, openSink(name, read, options));
  };
  for (const entry of entries) {
    attempt(() => {
      for (const read of readSinkSettings(entry)) attempt(() => open(read));
    });
  }
  if (problems.length > 0) throw new AgentError('invalid', problems.join('\n'));
  return [...sinks.values()];
}

function openSink(name: string, { where, settings }: SettingsRead, options: OpenSinksOptions) {
  switch (settings.type) {
    case 'http': {
      const { method, format, bulk, alertsPerMinute } = settings;
      const target = { ...httpTarget(settings, where, options), url: urlOf(settings) };
      const group = bulk && { maxAlerts: bulk.maxAlerts, delayMs: bulk.delay };
      return new HttpSink({ name, ...target, method, format, bulk: group, alertsPerMinute });
    }
    case 'alertmanager':
      return alertmanagerSink(name, settings, httpTarget(settings, where, options));
    case 'syslog':
      return syslogSink(name, settings, { where, clock: options.clock });
    case 'csv':
      return new CsvSink({ name, path: settings.path, alertsPerMinute: settings.alertsPerMinute });
    default: {
      const { alertsPerMinute } = settings satisfies Of<'events'>;
      if (options.kube !== undefined) {
        return new EventsSink({ name, writer: options.kube, alertsPerMinute });
      }
      throw new AgentError('invalid', `${where}: expected an agent that has an API server`);
    }
  }
}

function alertmanagerSink(
  name: string,
  settings: Of<'alertmanager'>,
  target: Omit<HttpTargetOptions, 'method'>,
): AlertmanagerSink {
  const { alertname, labels, resolveAfter, generatorUrl, bulk, alertsPerMinute } = settings;
  const url = new URL(target.url);
  // People copy the whole address, too.
  const prefix = url.pathname.replace(/\/+$/, '').replace(/\/api\/v2\/alerts$/, '');
  url.pathname = `${prefix}/api/v2/alerts`;
  return new AlertmanagerSink({
    ...target,
    ...{ name, url, labels, alertsPerMinute },
    alertName: alertname,
    resolveMs: resolveAfter,
    generatorUrl: generatorUrl === undefined ? undefined : httpUrl(generatorUrl),
    batchSize: bulk.maxAlerts,
    batchDelayMs: bulk.delay,
  });
}

function syslogSink(
  name: string,
  settings: Of<'syslog'>,
  { where, clock }: { readonly where: string; readonly clock: Clock },
): SyslogSink {
  const { protocol = 'udp', host = '', port = 0 } = syslogUrl(settings.url) ?? {};
  const tls = tlsFiles(settings.tls, where);
  if (tls !== undefined && protocol !== 'tls') {
    throw new AgentError('invalid', `${where}: tls: expected a URL that begins with tls://`);
  }
  const isUdp = protocol === 'udp';
  return new SyslogSink({
    ...{ name, clock },
    transport: isUdp
      ? new SyslogDatagrams({ host, port, clock })
      : new SyslogStream({ host, port, tls: protocol === 'tls' ? (tls ?? {}) : undefined }),
    format: settings.format,
    facility: SYSLOG_FACILITIES.indexOf(settings.facility),
    appName: settings.appName,
    enterprise: settings.enterpriseNumber,
    maxBytes: settings.maxMessageBytes ?? (isUdp ? UDP_MESSAGE_BYTES : STREAM_MESSAGE_BYTES),
    timeoutMs: settings.timeout,
    alertsPerMinute: settings.alertsPerMinute,
  });
}

/** User and password of the URL become a header, and stand in no message. */
function httpTarget(
  settings: Of<'http'> | Of<'alertmanager'>,
  where: string,
  { clock, environment = {} }: OpenSinksOptions,
): Omit<HttpTargetOptions, 'method'> {
  const url = new URL(settings.url);
  const { username, password } = url;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const basic: Record<string, HeaderValue> =
    login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  url.username = '';
  url.password = '';
  const tls = tlsFiles(settings.tls, where);
  if (tls !== undefined && url.protocol !== 'https:') {
    throw new AgentError('invalid', `${where}: tls: expected a URL that begins with https://`);
  }
  const headers = headerValues({ ...basic, ...settings.headers }, environment, where);
  return { clock, url, headers, tls, timeoutMs: settings.timeout };
}

function urlOf({ url, path, query }: Of<'http'>): URL {
  const whole = new URL(url);
  whole.username = '';
  whole.password = '';
  if (path !== undefined) whole.pathname = whole.pathname.replace(/\/+$/, '') + path;
  for (const [key, value] of Object.entries(query)) whole.searchParams.append(key, value);
  return whole;
}

function tlsFiles(tls: TlsFiles | undefined, where: string): TlsFiles | undefined {
  for (const field of ['ca', 'certificate', 'key'] as const) {
    const path = tls?.[field];
    if (path !== undefined) readable(path, `${where}: tls.${field}`);
  }
  return tls;
}
