import type { AttributedEvent } from '#model/attributed-event.js';
import type { Finding } from '#model/finding.js';
import type { ProfileQuestion } from '#model/profile-question.js';
import type { ProjectedProfile } from '#model/projected-profile.js';
import type { Direction } from '#model/raw-event.js';
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

function questionAbout(event: AttributedEvent['event']): ProfileQuestion | undefined {
  switch (event.type) {
    case 'exec': {
      const path = normalizePath(event.exePath) || execPath(event.args, event.comm);
      return { surface: 'execs', path, args: event.args };
    }
    case 'open': {
      const path = normalizePath(event.path);
      return { surface: 'opens', path, flags: openFlagNames(event.flags) };
    }
    case 'capabilities':
      return { surface: 'capabilities', name: event.capability };
    case 'syscall':
      return { surface: 'syscalls', name: event.syscall };
    case 'network': {
      const { address: peer, port, protocol } = event;
      return { surface: surfaceOf(event.direction), peer, port, protocol };
    }
    case 'dns':
      return { surface: 'egress', peer: event.name };
    case 'http': {
      const [path = ''] = event.url.split(/[?#]/, 1);
      const endpoint = `:${event.port || HTTP_PORT}${path}`;
      return { surface: 'endpoints', endpoint, methods: [event.method] };
    }
    default:
      return undefined;
  }
}

function surfaceOf(direction: Direction): 'egress' | 'ingress' {
  return direction === 'outbound' ? 'egress' : 'ingress';
}
