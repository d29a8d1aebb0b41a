import type { Alert } from '#model/alert.js';
import type { ExecEvent, RawEvent } from '#model/raw-event.js';
import { normalizePath } from '#profile/normalize-path.js';
import { openFlagNames } from '#profile/open-flags.js';
import { redactArguments, redactText, redactText as redactUrl } from '#profile/redact.js';

/** What an alert's `arguments` say of an event, by the public format's names; texts with secrets redacted. */
export function eventArguments(event: RawEvent): Alert['arguments'] {
  switch (event.type) {
    case 'exec':
      return { exec: redactText(programOf(event)), args: redactArguments(event.args) };
    case 'open':
      return { path: redactText(event.path), flags: openFlagNames(event.flags) };
    case 'capabilities':
      return { capability: event.capability, syscall: event.syscall };
    case 'syscall':
      return { syscall: event.syscall };
    case 'network':
      return { ip: event.address, port: event.port, proto: event.protocol };
    case 'dns': {
      const { name, addresses, protocol, port } = event;
      return { domain: name, addresses, protocol, port };
    }
    case 'http':
      return { internal: event.internal, direction: event.direction };
    case 'symlink':
    case 'hardlink':
      return { oldPath: redactText(event.oldPath), newPath: redactText(event.newPath) };
    case 'iouring':
      return { opcode: event.opcode, flags: event.flags };
    default:
      return {};
  }
}

/** What an event was about, for those who group alerts by it: likewise by the public format's names. */
export function eventIdentifiers(event: RawEvent): Alert['identifiers'] {
  switch (event.type) {
    case 'exec':
      return fileIdentifier(programOf(event));
    case 'open':
      return fileIdentifier(normalizePath(event.path));
    case 'symlink':
    case 'hardlink':
      return fileIdentifier(normalizePath(event.newPath));
    case 'network': {
      const { address, port, protocol } = event;
      return { network: { dstIP: address, dstPort: `${port}`, protocol } };
    }
    case 'dns':
      return { dns: { domain: event.name } };
    case 'http': {
      const { method, host, url } = event;
      return { http: { method, domain: host, endpoint: redactUrl(url) } };
    }
    default:
      return {};
  }
}

function fileIdentifier(path: string): Alert['identifiers'] {
  return path === '' ? {} : { file: nameAndDirectory(redactText(path)) };
}

function programOf({ exePath, args, comm }: ExecEvent): string {
  return normalizePath(exePath) || args[0] || comm;
}

function nameAndDirectory(path: string): { readonly name: string; readonly directory: string } {
  const slash = path.lastIndexOf('/');
  const directory = slash === 0 ? '/' : path.slice(0, Math.max(slash, 0));
  return { name: path.slice(slash + 1), directory };
}
