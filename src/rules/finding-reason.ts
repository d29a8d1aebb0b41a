import type { AttributedEvent } from '#model/attributed-event.js';
import type { Finding } from '#model/finding.js';
import type { ExecCall, OpenCall } from '#model/profile.js';
import type { ProjectedProfile } from '#model/projected-profile.js';
import { normalizePath } from '#profile/normalize-path.js';
import { execPath } from './rule-functions.ts';

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

function nearestEntry(profile: ProjectedProfile, { event }: AttributedEvent): string | undefined {
  if (event.type === 'exec') {
    const path = normalizePath(event.exePath) || execPath(event.args, event.comm);
    return describeExec(profile.nearestExec(path));
  }
  if (event.type === 'open') return describeOpen(profile.nearestOpen(normalizePath(event.path)));
  return undefined;
}

function describeExec(entry: ExecCall | undefined): string | undefined {
  if (!entry) return undefined;
  const [, ...args] = entry.args ?? [];
  return ['exec', entry.path, ...args].join(' ');
}

function describeOpen(entry: OpenCall | undefined): string | undefined {
  if (!entry) return undefined;
  const flags = entry.flags ?? [];
  return flags.length > 0 ? `open ${entry.path} (${flags.join(', ')})` : `open ${entry.path}`;
}
