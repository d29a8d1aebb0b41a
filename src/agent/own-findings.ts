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
    const { clock, containerOf, onFinding } = this.#parts;
    const container = containerOf(containerId);
    // Nobody is told of a container that is not known.
    if (container === undefined || this.#isOff(TAMPERED_PROFILE_RULE)) return;
    onFinding(tamperedProfileFinding({ container, origin, reason, timeMs: clock.now() }));
  }

  /** So many events of a container, which may have ended since, found its share of the kernel's buffer full. */
  shareLost(container: Container, count: number): void {
    const { clock, onFinding } = this.#parts;
    if (this.#isOff(LOST_EVENTS_RULE)) return;
    onFinding(shareLostFinding({ container, count, timeMs: clock.now() }));
  }

  #isOff(ruleId: string): boolean {
    return this.#parts.rules.rules.unused.some(({ rule }) => rule.id === ruleId);
  }
}
