/** In the order of their codes: RFC 5424 6.2.1. */
export const SYSLOG_FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron'],
  ...['authpriv', 'ftp', 'ntp', 'audit', 'console', 'cron2', 'local0', 'local1', 'local2'],
  ...['local3', 'local4', 'local5', 'local6', 'local7'],
] as const;

/** IANA's: syslog, syslog-conn, syslog-tls. */
const SYSLOG_PORTS = { udp: 514, tcp: 601, tls: 6514 } as const;

/** Where a syslog server listens. */
export interface SyslogAddress {
  readonly protocol: keyof typeof SYSLOG_PORTS;
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The URL when it is one of HTTP with a host. */
export function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}

/** The address in `udp://host:port`, `tcp://…` or `tls://…`; undefined when it is anything else. */
export function syslogUrl(text: string): SyslogAddress | undefined {
  const [, protocol, rest = ''] = /^(udp|tcp|tls):\/\/([^/?#@]+)\/?$/.exec(text) ?? [];
  if (protocol !== 'udp' && protocol !== 'tcp' && protocol !== 'tls') return undefined;
  // Of a scheme that URL knows, it checks host and port.
  const url = URL.parse(`ws://${rest}`);
  if (url === null || url.hostname === '') return undefined;
  // It leaves out the port that is usual for its own scheme.
  const port = /:(\d+)$/.exec(rest)?.[1] ?? SYSLOG_PORTS[protocol];
  return { protocol, host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}
