import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '#runtime/virtual-clock.js';
import type { SqliteProfileStore } from './sqlite-profile-store.ts';
import { filesOf, opened, storeOf } from './testing/image-lists.ts';
import { withFolder } from './testing/temporary-folder.ts';

const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

const FILES: Readonly<Record<string, readonly string[]>> = {
  'sha256:x': ['/d/0', '/d/1', '/d/2', '/e/0'],
  'sha256:y': ['/d/2', '/d/3', '/d/4', '/e/1'],
};
const PATHS = ['/d/0', '/d/1', '/d/2', '/d/3', '/d/4', '/d/5', '/e/0', '/e/1', '/e/2', '/e/3'];

const ACTIONS = [
  ...(['report', 'report', 'ask', 'keep', 'give up', 'merge', 'merge'] as const),
  ...(['crash', 'stop', 'half a minute', 'a minute', 'three days'] as const),
] as const;
const WAITS_MS: Partial<Record<string, number>> = {
  'half a minute': 30_000,
  'a minute': 60_000,
  'three days': 3 * 86_400_000,
};

interface Step {
  readonly do: (typeof ACTIONS)[number];
  readonly image: string;
  readonly paths: readonly string[];
}
const MERGE: Step = { do: 'merge', image: '', paths: [] };
/** What is waited for a minute at most is merged after it. */
const TO_THE_END: readonly Step[] = [{ ...MERGE, do: 'a minute' }, MERGE, MERGE];

const stepsWith = (...images: readonly string[]) =>
  fc.array(
    fc.record<Step>({
      do: fc.constantFrom(...ACTIONS),
      image: fc.constantFrom(...images),
      paths: fc.subarray(PATHS, { minLength: 1, maxLength: 4 }),
    }),
    // Short stories come to no second merge.
    { minLength: 10, maxLength: 40, size: 'max' },
  );

/** An agent with its store that does as it is told, and what its profile was after each merge. */
class Told {
  readonly clock: VirtualClock;
  readonly #path: string;
  #store: SqliteProfileStore;
  #minute = 0;
  /** Opened in reports that are merged, and in those that wait. */
  readonly seen = new Set<string>();
  readonly #waiting = new Set<string>();
  /** When the agent started, and what it was asked and answered about each image since: when it was asked, or that no list comes. */
  #startMs = 0;
  #answers = new Map<string, number | 'no list'>();

  private constructor(path: string, store: SqliteProfileStore, clock: VirtualClock) {
    this.#path = path;
    this.#store = store;
    this.clock = clock;
    this.#begin();
  }

  static async open(folder: string): Promise<Told> {
    const clock = new VirtualClock(1e12);
    const path = `${folder}/profiles.db`;
    return new Told(path, await storeOf(path, clock), clock);
  }

  async do({ do: what, image, paths }: Step): Promise<void> {
    const lists = this.#store.imageFiles;
    const files = filesOf(...(FILES[image] ?? []));
    if (what === 'report') await this.#report(image, paths);
    if (what === 'merge') await this.#merge();
    if (what === 'ask') {
      lists.ask(image);
      this.#answers.set(image, this.clock.now());
    }
    if (what === 'keep' && files.size > 0) lists.keep(image, files);
    if (what === 'give up') {
      lists.giveUp(image);
      this.#answers.set(image, 'no list');
    }
    await this.clock.advance(WAITS_MS[what] ?? 0);
    if (what === 'three days') lists.ask('sha256:other');
    if (what === 'stop') await this.#merge();
    if (what === 'stop' || what === 'crash') {
      this.#store.close();
      this.#store = await storeOf(this.#path, this.clock);
      this.#begin();
    }
  }

  #begin(): void {
    this.#store.imageFiles.begin();
    this.#startMs = this.clock.now();
    this.#answers.clear();
  }

  /** Images whose lists come in time when they come now. */
  expected(): ReadonlySet<string> {
    const isExpected = (image: string) => {
      const sinceMs = this.#answers.get(image) ?? this.#startMs;
      return sinceMs !== 'no list' && this.clock.now() < sinceMs + 60_000;
    };
    return new Set([...Object.keys(FILES), 'sha256:never'].filter(isExpected));
  }

  /** Nothing is left to merge. */
  async isMerged(): Promise<boolean> {
    return (await this.#store.pendingProfiles({ signal })).length === 0;
  }

  async #report(of: string, paths: readonly string[]): Promise<void> {
    await this.#store.create('ContainerProfile', opened(this.#minute, of, paths), { signal });
    this.#minute += 1;
    for (const path of paths) this.#waiting.add(path);
  }

  async #merge(): Promise<void> {
    await this.#store.consolidateProfile(KEY, { signal });
    if ((await this.#store.pendingProfiles({ signal })).length > 0) return;
    for (const path of this.#waiting) this.seen.add(path);
    this.#waiting.clear();
  }

  /** The paths that have an entry of their own. */
  async literals(): Promise<ReadonlySet<string>> {
    const profile = await this.#store.get('ContainerProfile', KEY, { signal });
    return new Set(profile?.spec.opens?.map(({ path }) => path));
  }

  /** What was settled, by image. */
  settled(): ReadonlyMap<string, boolean> {
    const db = new DatabaseSync(this.#path, { readOnly: true });
    const rows = db.prepare('SELECT image, has_list FROM profile_images').all();
    db.close();
    return new Map(rows.map((row) => [String(row['image']), row['has_list'] === 1]));
  }

  close(): void {
    this.#store.close();
  }
}

/** The files of the images that the profile has lists of. */
function listed(settled: ReadonlyMap<string, boolean>): ReadonlySet<string> {
  const images = [...settled].filter(([, hasList]) => hasList).map(([name]) => name);
  return new Set(images.flatMap((name) => FILES[name] ?? []));
}

interface Moment {
  readonly literals: ReadonlySet<string>;
  readonly settled: ReadonlyMap<string, boolean>;
  readonly seen: ReadonlySet<string>;
  /** Before it. */
  readonly expected: ReadonlySet<string>;
}

/** What was settled stays so, and none goes without a list that may come in time. */
function assertIsSettledOnce(before: Moment, after: Moment): void {
  for (const [name, hasList] of before.settled)
    assert.equal(after.settled.get(name), hasList, name);
  for (const [name, hasList] of after.settled) {
    if (before.settled.has(name) || hasList) continue;
    assert.ok(!after.expected.has(name), `${name} goes without a list that may come in time`);
  }
}

/** What may differ from one moment to the next. */
function assertGoesOn(before: Moment, after: Moment): void {
  assertIsSettledOnce(before, after);
  const kept = listed(after.settled);
  const keptBefore = listed(before.settled);
  for (const path of before.seen) {
    const [was, is] = [before.literals.has(path), after.literals.has(path)];
    if (keptBefore.has(path) && was) assert.ok(is, `${path} is kept and was lost`);
    if (!was && is) assert.ok(kept.has(path), `${path} came back`);
  }
  for (const path of after.seen) {
    if (!before.seen.has(path) && kept.has(path)) assert.ok(after.literals.has(path), path);
  }
}

/** Does all steps, and gives what there was before and after each. */
async function momentsOf(steps: readonly Step[]): Promise<readonly Moment[]> {
  const none = new Set<string>();
  const moments: Moment[] = [{ literals: none, settled: new Map(), seen: none, expected: none }];
  await withFolder(async (folder) => {
    const told = await Told.open(folder);
    for (const step of [...steps, ...TO_THE_END]) {
      const expected = told.expected();
      await told.do(step);
      moments.push({
        expected,
        literals: await told.literals(),
        settled: told.settled(),
        seen: new Set(told.seen),
      });
    }
    assert.ok(await told.isMerged(), 'reports wait for ever');
    told.close();
  });
  return moments;
}

/** Whether a path had an entry of its own since it was first seen, each time that this changed. */
function changesOf(path: string, moments: readonly Moment[]): readonly boolean[] {
  const states = moments
    .filter(({ seen }) => seen.has(path))
    .map(({ literals }) => literals.has(path));
  return states.filter((state, at) => state !== states[at - 1]);
}

describe('image files in a profile', () => {
  it('are settled once for an image, kept from then on, and nothing else comes back, whatever happens when', async () => {
    const steps = stepsWith('sha256:x', 'sha256:y', 'sha256:never');
    await fc.assert(
      fc.asyncProperty(steps, async (told) => {
        const moments = await momentsOf(told);
        for (const [at, after] of moments.entries()) assertGoesOn(moments[at - 1] ?? after, after);
      }),
      { numRuns: 60 },
    );
  });

  it('never alternate where there is one image', async () => {
    await fc.assert(
      fc.asyncProperty(stepsWith('sha256:x'), async (told) => {
        const moments = await momentsOf(told);
        for (const path of PATHS) {
          const changes = changesOf(path, moments);
          assert.ok(['', 'true', 'false', 'true,false'].includes(changes.join()), path);
        }
      }),
      { numRuns: 60 },
    );
  });
});
