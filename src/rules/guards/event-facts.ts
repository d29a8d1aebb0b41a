import type { EventActivation } from '../event-activation.ts';
import type { RuleHost } from '../rule-host.ts';

const NO_EVENT = {} as EventActivation;

/** What guards are asked about: one event after the other. What they compute is kept for one event. */
export class EventFacts {
  readonly host: RuleHost;
  activation: EventActivation = NO_EVENT;
  /** Of the event; what was computed under another number is of another event. */
  number = 0;

  constructor(host: RuleHost) {
    this.host = host;
  }

  /** Turns to another event. */
  turnTo(activation: EventActivation): void {
    this.activation = activation;
    this.number += 1;
  }
}
