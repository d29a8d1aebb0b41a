import type { Alert } from '#model/alert.js';
import type { ExecEvent, HttpEvent, NetworkEvent, RawEvent } from '#model/raw-event.js';
import { normalizePath } from '#profile/normalize-path.js';
import { openFlagNames } from '#profile/open-flags.js';
import { redactArguments, redactText } from '#profile/redact.js';
import { redactHeaders, redactUrl } from '#profile/redact-url.js';
import { ioUringOperation } from './io-uring-operation.ts';

/** How much of a body an alert carries, in characters. */
const MAX_BODY = 4_096;

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
      return { ip: event.address, port: event.port, proto: event.protocol, ...otherSide(event) };
    case 'dns': {
      const { name, addresses, protocol, port } = event;
      return { domain: name, addresses, protocol, port };
    }
    case 'http':
      return { internal: event.internal, direction: event.direction };
    case 'symlink':
    case 'hardlink':
      return { oldPath: redactText(event.oldPath), newPath: redactText(event.newPath) };
    default:
      return rareEventArguments(event);
  }
}

function rareEventArguments(event: RawEvent): Alert['arguments'] {
  switch (event.type) {
    case 'ssh': {
      const { address, port, sourceAddress, sourcePort } = event;
      return { src_ip: sourceAddress, src_port: sourcePort, dst_ip: address, dst_port: port };
    }
    case 'bpf':
      return { cmd: event.cmd, attrSize: event.attrSize, exePath: redactText(event.exePath) };
    case 'kmod': {
      const { module, syscall, exePath } = event;
      return { module, syscall, exePath: redactText(exePath) };
    }
    case 'unshare':
      return { exePath: redactText(event.exePath) };
    case 'mount': {
      const { source, target, filesystem, flags } = event;
      const paths = { oldPath: redactUrl(source), newPath: redactText(target) };
      return { ...paths, filesystem, flags, exePath: redactText(event.exePath) };
    }
    case 'setns':
      return { flags: event.flags, exePath: redactText(event.exePath) };
    case 'iouring': {
      const { opcode, flags } = event;
      return { opcode, flags, operation: ioUringOperation(opcode) };
    }
    case 'randomx':
      return { ppid: event.ppid };
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
    case 'bpf':
    case 'kmod':
    case 'ptrace':
    case 'randomx':
    case 'unshare':
    case 'mount':
    case 'setns':
      return fileIdentifier(normalizePath(event.exePath));
    case 'network':
      return { network: endpoint(event.address, event.port, event.protocol) };
    case 'ssh':
      return { network: endpoint(event.address, event.port, 'TCP') };
    case 'dns':
      return { dns: { domain: event.name } };
    case 'http':
      return { http: httpIdentifier(event) };
    default:
      return {};
  }
}

/** The request of an HTTP event as an alert carries it: secrets redacted, a long body shortened. */
export function eventRequest(event: RawEvent): Pick<Alert, 'request'> {
  if (event.type !== 'http') return {};
  const { method, url, headers, body } = event;
  // Cut once before, for time, and once after, so that no secret stands cut in two at the end.
  const text = body !== undefined && redactText(body.slice(0, 2 * MAX_BODY)).slice(0, MAX_BODY);
  return {
    request: {
      method,
      url: redactUrl(url),
      header: redactHeaders(headers),
      ...(text !== false && { body: text }),
    },
  };
}

/** What is known of who is there beside the address. */
function otherSide({ names, peer }: NetworkEvent): Alert['arguments'] {
  return {
    ...(names && names.length > 0 && { domains: names }),
    ...(peer && { peer: { kind: peer.kind, namespace: peer.namespace, name: peer.name } }),
  };
}

function endpoint(address: string, port: number, protocol: string) {
  return { dstIP: address, dstPort: `${port}`, protocol };
}

function httpIdentifier({ method, host, url, headers }: HttpEvent) {
  const name = Object.keys(headers).find((header) => header.toLowerCase() === 'user-agent');
  const [userAgent] = name === undefined ? [] : (headers[name] ?? []);
  return {
    method,
    domain: host,
    endpoint: redactUrl(url),
    ...(userAgent !== undefined && { userAgent: redactText(userAgent) }),
  };
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
