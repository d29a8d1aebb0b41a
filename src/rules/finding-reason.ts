import type { AttributedEvent } from '#model/attributed-event.js';
import type { Finding } from '#model/finding.js';
import type { ProfileQuestion } from '#model/profile-question.js';
import type { ProjectedProfile } from '#model/projected-profile.js';
import type { DnsEvent, NetworkEvent, RawEvent, SshEvent } from '#model/raw-event.js';
import { normalizePath } from '#profile/normalize-path.js';
import { openFlagNames } from '#profile/open-flags.js';
import { execPath } from './rule-functions.ts';

/** What profiles write for a port that no source told. */
const HTTP_PORT = 80;

/**
 * Why a rule was true. The nearest entry is looked for when it is first read: most findings of a
 * storm are suppressed, and searching a profile costs far more than evaluating a rule.
 */
export class FindingReason implements NonNullable<Finding['reason']> {
  readonly expressions: readonly string[];
  readonly #subject: AttributedEvent;
  #profile: ProjectedProfile | undefined;
  #nearest: string | undefined;

  constructor(
    expressions: readonly string[],
    subject: AttributedEvent,
    profile: ProjectedProfile | undefined,
  ) {
    this.expressions = expressions;
    this.#subject = subject;
    this.#profile = profile;
  }

  get nearest(): string | undefined {
    if (this.#profile) {
      this.#nearest = nearestEntry(this.#profile, this.#subject);
      this.#profile = undefined;
    }
    return this.#nearest;
  }
}

/** Of a rule that found something which the profile allows, the entry that allows it. */
function nearestEntry(profile: ProjectedProfile, { event }: AttributedEvent): string | undefined {
  const question = questionAbout(event);
  if (question === undefined) return undefined;
  const { nearest, allowedBy } = profile.explain(question);
  const sourced = nearest ?? allowedBy[0];
  return sourced && `${event.type} ${sourced.entry}, from ${sourced.origin.name}`;
}

/** What to ask a profile to see whether it speaks of an event; undefined when it cannot. */
export function questionAbout(event: RawEvent): ProfileQuestion | undefined {
  switch (event.type) {
    case 'exec': {
      const path = normalizePath(event.exePath) || execPath(event.args, event.comm);
      return { surface: 'execs', path, args: event.args };
    }
    case 'randomx':
      return { surface: 'execs', path: normalizePath(event.exePath) };
    case 'open': {
      const path = normalizePath(event.path);
      return { surface: 'opens', path, flags: openFlagNames(event.flags) };
    }
    case 'symlink':
    case 'hardlink':
      return { surface: 'opens', path: normalizePath(event.oldPath) };
    case 'capabilities':
      return { surface: 'capabilities', name: event.capability };
    case 'http': {
      const [path = ''] = event.url.split(/[?#]/, 1);
      const endpoint = `:${event.port || HTTP_PORT}${path}`;
      return { surface: 'endpoints', endpoint, methods: [event.method] };
    }
    case 'network':
    case 'dns':
    case 'ssh':
      return peerQuestion(event);
    default:
      return syscallQuestion(event);
  }
}

function peerQuestion(event: NetworkEvent | DnsEvent | SshEvent): ProfileQuestion {
  if (event.type === 'dns') return { surface: 'egress', peer: event.name };
  const { address: peer, port } = event;
  if (event.type === 'ssh') return { surface: 'egress', peer, port, protocol: 'TCP' };
  const surface = event.direction === 'outbound' ? 'egress' : 'ingress';
  return { surface, peer, port, protocol: event.protocol };
}

function syscallQuestion(event: RawEvent): ProfileQuestion | undefined {
  switch (event.type) {
    case 'syscall':
    case 'kmod':
      return { surface: 'syscalls', name: event.syscall };
    case 'bpf':
    case 'mount':
    case 'ptrace':
    case 'setns':
    case 'unshare':
      return { surface: 'syscalls', name: event.type };
    case 'iouring':
      return { surface: 'syscalls', name: 'io_uring_enter' };
    default:
      return undefined;
  }
}
