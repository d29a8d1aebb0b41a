import { createHash } from 'node:crypto';
import type { SinkSettings } from './sink-settings.ts';
import { httpUrl, syslogUrl } from './sink-url.ts';

const MAX_LENGTH = 63;

/**
 * The name of a sink: the one that was given, else made of its type and where it goes, and of nothing else, so that
 * it stays the same when other sinks come and go. Of a URL with more than a host a few digits stand for the rest.
 */
export function sinkName(settings: SinkSettings): string {
  if (settings.name !== undefined) return settings.name;
  switch (settings.type) {
    case 'http':
    case 'alertmanager': {
      const url = httpUrl(settings.url);
      const path = settings.type === 'http' ? (settings.path ?? '') : '';
      const query = settings.type === 'http' ? Object.entries(settings.query).flat() : [];
      const rest = [url?.pathname, url?.search, path, ...query].filter((part) => part).join(' ');
      return named([settings.type, url?.host ?? ''], rest === '/' ? '' : rest);
    }
    case 'syslog': {
      const { protocol = '', host = '', port } = syslogUrl(settings.url) ?? {};
      return named(['syslog', protocol, host, `${port}`], '');
    }
    case 'csv':
      return named(['csv', settings.path.split('/').at(-1) ?? ''], settings.path);
    default:
      return settings.type;
  }
}

function named(parts: readonly string[], rest: string): string {
  const plain = parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const digest = createHash('sha256').update(rest).digest('hex').slice(0, 6);
  const end = rest === '' ? '' : `-${digest}`;
  return `${plain.slice(0, MAX_LENGTH - end.length).replace(/-+$/, '')}${end}`;
}
