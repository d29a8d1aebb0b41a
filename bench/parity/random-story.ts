// Stories that nobody thought of: random profiles, overlays, restarts and deletions, with time for the older
// design to notice, and without what the two mean to judge differently. Both must alert alike in all.

import type { ProfileStatus } from '../../src/model/annotations.ts';
import type { ContainerProfileSpec } from '../../src/model/profile.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { pick, sample } from '../path-pools.ts';
import { learned, ParityScript, START_MS, WORKLOAD, written } from './parity-script.ts';
import { GIVEN, type ParityStory } from './parity-story.ts';
import { QUESTION_RULES } from './question-stories.ts';

const PHASES = 12;
const PHASE_S = 20;
const EVENTS_A_PHASE = 6;
const OVERLAY = `ug-${WORKLOAD}`;
const NAMES = ['web', 'proxy'] as const;
type Name = (typeof NAMES)[number];

const PROGRAMS = ['/bin/a', '/bin/b', '/usr/bin/c', '/opt/d/run', '/bin/sh'] as const;
const ARGUMENTS = [[], ['-v'], ['-v', '/etc/a'], ['--all']] as const;
const FILES = [
  '/etc/a',
  '/etc/b/c',
  '/var/lib/x/state',
  '/var/lib/y/state',
  '/run/z',
  '/a',
] as const;
const ENTRIES = [...FILES, '/var/lib/⋯/state', '/etc/⋯', '/⋯/⋯'] as const;
const FLAGS = [['O_RDONLY'], ['O_RDONLY', 'O_CLOEXEC'], ['O_WRONLY', 'O_CREAT']] as const;
const FLAG_NUMBERS = [0, 0x80000, 0x41] as const;

/** The story of that number; the same each time. */
export function randomStory(seed: number): ParityStory {
  return {
    name: `random ${seed}`,
    tells: 'Random profiles, overlays, restarts and deletions.',
    startMs: START_MS,
    steps: () => new RandomTelling(seed).tell(),
    rules: QUESTION_RULES,
    options: { ...GIVEN, dedupWindow: '0' },
    isLearning: false,
    differences: [],
  };
}

class RandomTelling {
  readonly #random: Random;
  readonly #script = new ParityScript();
  readonly #runs = new Map<Name, string>();
  /** What is stored for both containers. */
  #status: ProfileStatus | undefined;
  #specs: readonly ContainerProfileSpec[] = [];
  #hasOverlay = false;
  #lives = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  tell(): ParityScript['steps'] {
    this.#learn(0);
    for (const name of NAMES) this.#start(name, 1);
    for (let phase = 0; phase < PHASES; phase += 1) {
      const second = phase * PHASE_S;
      this.#act(second + 10);
      if (phase > 0) this.#change(second);
    }
    return this.#script.steps;
  }

  /** One thing changes; ten seconds later everybody knows. */
  #change(second: number): void {
    const changes = [
      () => this.#restart(second),
      () => this.#restart(second),
      () => (this.#status === undefined ? this.#learn(second) : this.#overlay(second)),
      () => (this.#hasOverlay ? this.#removeOverlay(second) : this.#forget(second)),
      () => (this.#status === 'ready' ? this.#complete(second) : this.#relearn(second)),
    ];
    pick(changes, this.#random)();
  }

  #act(second: number): void {
    this.#script.at(second);
    for (let i = 0; i < EVENTS_A_PHASE; i += 1) {
      const run = this.#runs.get(pick(NAMES, this.#random)) ?? '';
      if (this.#random.next() < 0.5) {
        this.#script.exec(run, pick(PROGRAMS, this.#random), ...pick(ARGUMENTS, this.#random));
      } else {
        this.#script.open(run, pick(FILES, this.#random), pick(FLAG_NUMBERS, this.#random));
      }
    }
  }

  #start(name: Name, second: number): void {
    this.#lives += 1;
    const run = `${name} ${this.#lives}`;
    this.#runs.set(name, run);
    this.#script.at(second).starts(name, { run });
  }

  #restart(second: number): void {
    const name = pick(NAMES, this.#random);
    this.#script.at(second).ends(this.#runs.get(name) ?? '');
    this.#start(name, second + 2);
  }

  #learn(second: number): void {
    this.#specs = NAMES.map(() => this.#spec());
    this.#store(second, this.#random.next() < 0.3 ? 'ready' : 'completed');
  }

  #complete(second: number): void {
    this.#store(second, 'completed');
  }

  #store(second: number, status: ProfileStatus): void {
    this.#status = status;
    this.#script.at(second);
    NAMES.forEach((name, i) => {
      this.#script.put(learned(name, this.#specs[i] ?? {}, { status }));
    });
  }

  #forget(second: number): void {
    if (this.#status === undefined) return;
    this.#status = undefined;
    this.#script.at(second);
    for (const name of NAMES) {
      this.#script.remove('ContainerProfile', learned(name, {}).metadata.name);
    }
  }

  /** Without an overlay: what is laid over nothing is judged by in one of the two only. */
  #relearn(second: number): void {
    if (this.#hasOverlay) return;
    this.#forget(second);
    this.#learn(second + 4);
  }

  #overlay(second: number): void {
    const containers = sample(NAMES, 1 + Math.floor(this.#random.next() * 2), this.#random).map(
      (name) => ({ name, ...this.#spec() }),
    );
    this.#hasOverlay = true;
    this.#script.at(second).put(written('ApplicationProfile', OVERLAY, { containers }));
  }

  #removeOverlay(second: number): void {
    this.#hasOverlay = false;
    this.#script.at(second).remove('ApplicationProfile', OVERLAY);
  }

  #spec(): ContainerProfileSpec {
    const some = (most: number) => Math.floor(this.#random.next() * (most + 1));
    return {
      execs: sample(PROGRAMS, some(3), this.#random).map((path) => ({
        path,
        args: [path, ...pick(ARGUMENTS, this.#random)],
      })),
      opens: sample(ENTRIES, some(4), this.#random).map((path) => ({
        path,
        flags: pick(FLAGS, this.#random),
      })),
      ...(this.#random.next() < 0.3 && {
        rulePolicies: { [pick(['exec', 'open'], this.#random)]: { processAllowed: ['web'] } },
      }),
    };
  }
}
