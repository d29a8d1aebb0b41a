import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { RuleFiles } from './rule-files.ts';
import type { WatchFolder } from './rule-folder-watches.ts';
import { until } from './testing/follower.ts';
import { ruleSourceContract } from './testing/rule-source-contract.ts';

const { signal } = new AbortController();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hullwatch-rules-'));
  folders.push(folder);
  return folder;
}

function rules(id: string): string {
  return `apiVersion: kubescape.io/v1\nkind: Rules\nmetadata: {name: x}\nspec: {rules: [{id: ${id}}]}\n`;
}

const neverTold: WatchFolder = () => () => {};

interface Opening {
  readonly watchFolder?: WatchFolder;
}

const followers: { readonly stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const { stop } of followers.splice(0)) await stop();
});

/** Follows these paths on a virtual clock, and reads whenever it is told to. */
function follow(paths: readonly string[], { watchFolder }: Opening = {}) {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const quiet = () => {};
  const log = {
    ...{ debug: quiet, info: quiet, error: quiet },
    warn: (said: string) => warnings.push(said),
  };
  const source = new RuleFiles({ paths, clock, log, ...(watchFolder && { watchFolder }) });
  const ending = new AbortController();
  let calls = 0;
  let seen = '';
  const onChange = () => {
    calls += 1;
    void source.read({ signal }).then(({ objects }) => {
      seen = objects.map(({ object }) => Object(object['spec']).rules?.[0].id).join(' ');
    });
  };
  const running = source.watch({ signal: ending.signal, onChange });
  const followed = {
    ...{ clock, source, warnings },
    calls: () => calls,
    /** Until these ids were read, by the kernel's word: the clock stays below a poll. */
    sees: async (ids: string) => {
      for (let turn = 0; turn < 40 && seen !== ids; turn += 1) {
        for (let pause = 0; pause < 1_000 && seen !== ids; pause += 1) await settle();
        await clock.advance(210);
      }
      assert.equal(seen, ids);
    },
    stop: async () => {
      ending.abort();
      await running;
      assert.equal(clock.pending, 0);
    },
  };
  followers.push(followed);
  return followed;
}

/** Lets files be looked at, one poll pass, and files be looked at again. */
async function poll(clock: VirtualClock): Promise<void> {
  const looked = async () => {
    for (let turn = 0; turn < 20_000 && clock.pending === 0; turn += 1) await settle();
  };
  await looked();
  await clock.advance(10_300);
  await looked();
}

ruleSourceContract(
  'files of a folder',
  async () => {
    const folder = aFolder();
    const clock = new VirtualClock();
    const quiet = () => {};
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const opened = new Set<(reason: unknown) => void>();
    const watchFolder: WatchFolder = (_folder, _onEvent, onFailure) => {
      opened.add(onFailure);
      return () => opened.delete(onFailure);
    };
    const file = (kind: string, name: string) => join(folder, `${kind}-${name}.json`);
    return {
      source: new RuleFiles({ paths: [folder], clock, log, watchFolder }),
      put: async (kind, name, spec) => {
        const object = { apiVersion: 'kubescape.io/v1', kind, metadata: { name }, spec };
        writeFileSync(file(kind, name), JSON.stringify(object));
      },
      remove: async (kind, name) => rmSync(file(kind, name)),
      settle: () => poll(clock),
      interrupt: async () => {
        for (const fail of [...opened]) fail(new Error('cut'));
      },
      close: async () => assert.equal(clock.pending, 0),
    };
  },
  { runs: 8 },
);

describe('a file of rules', () => {
  it('is told by the kernel when it is written, replaced by a rename, and removed', async () => {
    const file = join(aFolder(), 'mine.yaml');
    writeFileSync(file, rules('R1'));
    const followed = follow([file]);
    await followed.sees('R1');
    writeFileSync(file, rules('R2'));
    await followed.sees('R2');
    writeFileSync(`${file}~`, rules('R3'));
    renameSync(`${file}~`, file);
    await followed.sees('R3');
    rmSync(file);
    await followed.sees('');
    const { objects, problems, warnings } = await followed.source.read({ signal });
    assert.deepEqual([objects, problems], [[], []]);
    assert.deepEqual(warnings, [`${file}: no such file or folder`]);
  });

  it('is told once when an editor writes, moves and writes again', async () => {
    const file = join(aFolder(), 'mine.yaml');
    writeFileSync(file, rules('R1'));
    const folder: { say: (name: string | null) => void } = { say: () => {} };
    const followed = follow([file], {
      watchFolder: (_folder, onEvent) => {
        folder.say = onEvent;
        return () => {};
      },
    });
    await until(() => followed.calls() === 1, 'the start');
    for (const pauseMs of [0, 100, 150, 30]) {
      folder.say('mine.yaml');
      await followed.clock.advance(pauseMs);
    }
    assert.equal(followed.calls(), 1);
    await followed.clock.advance(400);
    await until(() => followed.calls() === 2, 'the change');
  });

  it('is told at last when it is written to all the time, and not told of its neighbours', async () => {
    const file = join(aFolder(), 'mine.yaml');
    writeFileSync(file, rules('R1'));
    const folder: { say: (name: string | null) => void } = { say: () => {} };
    const followed = follow([file], {
      watchFolder: (_folder, onEvent) => {
        folder.say = onEvent;
        return () => {};
      },
    });
    await until(() => followed.calls() === 1, 'the start');
    for (let at = 0; at < 30; at += 1) {
      folder.say('other.yaml');
      await followed.clock.advance(100);
    }
    assert.equal(followed.calls(), 1);
    for (let at = 0; at < 30; at += 1) {
      folder.say('mine.yaml');
      await followed.clock.advance(100);
    }
    await until(() => followed.calls() > 1, 'the change');
  });

  it('with nothing about rules in it is a problem, and so is one cut off in the middle', async () => {
    const folder = aFolder();
    const [other, half] = [join(folder, 'other.yaml'), join(folder, 'half.yaml')];
    writeFileSync(other, 'apiVersion: v1\nkind: ConfigMap\n');
    writeFileSync(half, `${rules('R1')}---\na: [1`);
    const followed = follow([other, half]);
    const { objects, problems } = await followed.source.read({ signal });
    assert.equal(objects.length, 1);
    assert.match(problems[0] ?? '', /other\.yaml: expected Rules or RuntimeRuleAlertBinding/);
    assert.match(problems[1] ?? '', /half\.yaml:\d+: expected YAML or JSON/);
  });
});

describe('a folder of rules', () => {
  it('may hold other manifests, and things of our group that are misspelt', async () => {
    const folder = aFolder();
    writeFileSync(join(folder, 'a.yaml'), 'apiVersion: v1\nkind: ConfigMap\n');
    writeFileSync(join(folder, 'b.yaml'), 'apiVersion: kubescape.io/v1\nkind: Rule\n');
    const followed = follow([folder]);
    const { objects, problems } = await followed.source.read({ signal });
    assert.deepEqual(
      objects.map(({ object }) => object['kind']),
      ['Rule'],
    );
    assert.deepEqual(problems, []);
  });

  it('is noticed when it appears later, and when it is another one', async () => {
    const folder = join(aFolder(), 'later');
    const followed = follow([folder]);
    await until(() => followed.calls() === 1, 'the start');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.yaml'), rules('R1'));
    await followed.sees('R1');
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.yaml'), rules('R2'));
    await followed.sees('R2');
    writeFileSync(join(folder, 'b.yaml'), rules('R3'));
    await followed.sees('R2 R3');
  });

  it('of a ConfigMap is told when the kubelet swaps its link', async () => {
    const folder = aFolder();
    const fill = (version: string, id: string) => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'rules.yaml'), rules(id));
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    fill('..2026_01', 'R1');
    symlinkSync('..data/rules.yaml', join(folder, 'rules.yaml'));
    const whole = follow([folder]);
    const single = follow([join(folder, 'rules.yaml')]);
    await whole.sees('R1');
    await single.sees('R1');
    fill('..2026_02', 'R2');
    rmSync(join(folder, '..2026_01'), { recursive: true });
    await whole.sees('R2');
    await single.sees('R2');
  });

  it('is looked at now and again where the kernel does not tell', async () => {
    const folder = aFolder();
    const elsewhere = join(aFolder(), 'kept.yaml');
    writeFileSync(elsewhere, rules('R1'));
    symlinkSync(elsewhere, join(folder, 'link.yaml'));
    const followed = follow([folder], { watchFolder: neverTold });
    await until(() => followed.calls() === 1, 'the start');
    await poll(followed.clock);
    assert.equal(followed.calls(), 1);
    writeFileSync(elsewhere, rules('R2'));
    await poll(followed.clock);
    await until(() => followed.calls() === 2, 'the change');
  });

  it('that cannot be watched is looked at now and again, and that is said once', async () => {
    const folder = aFolder();
    const followed = follow([folder], {
      watchFolder: () => {
        throw Object.assign(new Error('too many'), { code: 'ENOSPC' });
      },
    });
    await until(() => followed.calls() === 1, 'the start');
    writeFileSync(join(folder, 'a.yaml'), rules('R1'));
    await poll(followed.clock);
    await poll(followed.clock);
    await until(() => followed.calls() === 2, 'the change');
    assert.equal(followed.warnings.length, 2, 'the folder and the one that it stands in');
  });
});
