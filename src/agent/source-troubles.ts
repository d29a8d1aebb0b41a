import type { Health } from '#runtime/health.js';

/** What is wrong with which of the sources of events, as the one condition `source`. At most one entry a source. */
export class SourceTroubles {
  readonly #health: Pick<Health, 'set' | 'clear'> | undefined;
  readonly #troubles = new Map<string, string>();

  constructor(health: Pick<Health, 'set' | 'clear'> | undefined) {
    this.#health = health;
  }

  /** Takes what is wrong with the source of that name now; undefined: nothing. The condition holds while anything is wrong with any. */
  tell(name: string, trouble: string | undefined): void {
    if (trouble === undefined) this.#troubles.delete(name);
    else this.#troubles.set(name, trouble);
    if (this.#troubles.size === 0) this.#health?.clear('source');
    else this.#health?.set('source', this.#message());
  }

  #message(): string {
    return [...this.#troubles].map(([name, trouble]) => `${name}: ${trouble}`).join('; ');
  }
}
