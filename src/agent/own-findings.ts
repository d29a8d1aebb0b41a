import { LOST_EVENTS_RULE, shareLostFinding } from '#alerts/lost-events.js';
import { TAMPERED_PROFILE_RULE, tamperedProfileFinding } from '#alerts/tampered-profile.js';
import type { Container } from '#model/container.js';
import type { Finding } from '#model/finding.js';
import type { TamperedProfile } from '#profile-cache/ports.js';
import type { RuleEngine } from '#rules/rule-engine.js';
import type { Clock } from '#runtime/clock.js';

interface OwnFindingsParts {
  readonly clock: Clock;
  readonly rules: Pick<RuleEngine, 'rules'>;
  readonly containerOf: (containerId: string) => Container | undefined;
  readonly onFinding: (finding: Finding) => void;
}

/** Findings that no expression makes. A rule of the same id that is disabled in a manifest switches each off. */
export class OwnFindings {
  readonly #parts: OwnFindingsParts;

  constructor(parts: OwnFindingsParts) {
    this.#parts = parts;
  }

  /** A stored profile does not verify. */
  tampered({ containerId, origin, reason }: TamperedProfile): void {
    this.#raise(TAMPERED_PROFILE_RULE, containerId, (about) =>
      tamperedProfileFinding({ ...about, origin, reason }),
    );
  }

  /** So many events of a container found its share of the kernel's buffer full. */
  shareLost(containerId: string, count: number): void {
    this.#raise(LOST_EVENTS_RULE, containerId, (about) => shareLostFinding({ ...about, count }));
  }

  /** About a container that is known: nobody is told of another one. */
  #raise(
    ruleId: string,
    containerId: string,
    make: (about: { readonly container: Container; readonly timeMs: number }) => Finding,
  ): void {
    const { clock, rules, containerOf, onFinding } = this.#parts;
    const container = containerOf(containerId);
    const isOff = rules.rules.unused.some(({ rule }) => rule.id === ruleId);
    if (container !== undefined && !isOff) onFinding(make({ container, timeMs: clock.now() }));
  }
}
