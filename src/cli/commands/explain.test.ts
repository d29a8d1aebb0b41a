import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { load } from 'js-yaml';
import { withStoreFile } from '#agent/store-file.js';
import { ExplainedAgent, learnedProfile, manifestOf } from '#agent/testing/explained-agent.js';
import type { ApplicationProfile } from '#model/profile.js';
import { aContainer } from '#model/testing/sample-container.js';
import { anExec } from '#rules/testing/subjects.js';
import { HttpServer } from '#web/http-server.js';
import { observing } from '#web/testing/observed-containers.js';
import { explanationText } from '../explain/explanation-text.ts';
import { runProgram } from '../testing/run-program.ts';

const ID = '94a7bfb21a450387'.padEnd(64, '0');
const RULES = manifestOf(
  {
    id: 'T1',
    name: 'Program that was not learned',
    message: "event.exepath + ' was started'",
    expression: "event.exepath != '' && !cp.was_executed(event.containerId, event.exepath)",
  },
  { id: 'T2', expression: "event.exepath.startsWith('/dev/shm/')", profileDependency: 2 },
);

describe('hullwatch explain and profiles allow', () => {
  let agent: ExplainedAgent;
  let server: HttpServer;
  let folder: string;
  let http: readonly string[];
  let key: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-explain-'));
    agent = new ExplainedAgent([RULES]);
    await agent.stores(learnedProfile({ execs: [{ path: '/bin/ls', args: ['ls'] }] }));
    const container = aContainer({ id: ID });
    await agent.add(container);
    [key = ''] = await agent.judge(anExec({}, container));
    const parts = { alerts: agent.questions };
    server = await HttpServer.listen('127.0.0.1:0', observing(undefined, parts));
    http = ['--http', new URL(server.url).host];
  });
  after(async () => {
    await server.close();
    await agent.end();
    rmSync(folder, { recursive: true });
  });

  const hullwatch = (...args: readonly string[]) => runProgram(...args, ...http);
  const event = (fields: object) => JSON.stringify({ type: 'exec', comm: 'sh', ...fields });

  it('tells of an alert when and where it was, why, and what can be done', async () => {
    const { out, err, exitCode } = await hullwatch('explain', key.slice(0, 10));
    assert.deepEqual([err, exitCode], ['', 0]);
    assert.deepEqual(out.split('\n'), [
      `alert ${key}`,
      '  time      1970-01-01T00:00:01.000Z',
      '  where     namespace shop, pod web-1, container web (94a7bfb21a45), node h',
      '  process   pid 1234: sh -c id',
      '  severity  5',
      `  if meant  hullwatch profiles allow ${key}`,
      '',
      'T1 Program that was not learned: alert',
      '  why       the profile does not allow it; most like it is /bin/ls (learned)',
      '  message   /bin/dash was started',
      '  profile   replicaset-web-5d-web (completed, complete, enforced)',
      '            learned: ContainerProfile shop/replicaset-web-5d-web@1',
      '  asked     cp.was_executed("94a7bfb21a45…", "/bin/dash") = false',
      '              most like it: /bin/ls (learned)',
      "  because   event.exepath != '' = true",
      '            cp.was_executed(event.containerId, event.exepath) = false',
      '  values    event.exepath = "/bin/dash"',
      '            event.containerId = "94a7bfb21a45…"',
      '  rule      rules.yaml',
      '',
    ]);
  });

  it('tells what becomes of an event, alerts first and the others briefly', async () => {
    const args = ['--event', event({ exepath: '/bin/ls' }), '--container', ID];
    const quiet = await hullwatch('explain', ...args);
    assert.deepEqual(quiet.out.split('\n'), [
      'T1 Program that was not learned: no alert, stopped at expression',
      '  why       the profile allows it by /bin/ls (learned)',
      '',
      'Rule T2: no alert, stopped at expression'.replace('Rule', 'T2 Rule'),
      "  why       event.exepath.startsWith('/dev/shm/') is false",
      '',
    ]);
    const loud = ['--event', event({ exepath: '/dev/shm/x' }), '--container', ID.slice(0, 8)];
    const { out } = await hullwatch('explain', ...loud);
    const titles = out.split('\n').filter((line) => /^\w/.test(line));
    assert.deepEqual(titles, [
      'T2 Rule T2: alert',
      'T1 Program that was not learned: no alert, stopped at cooldown',
    ]);
    assert.match(out, /because {3}the expressions are true of it/);
  });

  it('gives the same structure as the route, as JSON', async () => {
    const args = ['--event', event({ exepath: '/bin/ls' }), '--container', ID, '--rule', 'T1'];
    const { out } = await hullwatch('explain', ...args, '-o', 'json');
    const { items } = JSON.parse(out);
    assert.deepEqual(
      [items.length, items[0].ruleId, items[0].suppressedBy, items[0].calls[0].matched.role],
      [1, 'T1', 'expression', 'learned'],
    );
    const one = await hullwatch('explain', key, '-o', 'json');
    assert.equal(JSON.parse(one.out).items[0].calls[0].nearest.entry, '/bin/ls');
  });

  for (const [what, args, message] of [
    ['nothing', [], /expected an alert's key, or --event and --container/],
    ['an event of no container', ['--event', '{}'], /expected an alert's key/],
    ['both', ['abcd', '--event', '{}'], /expected an alert's key/],
    ['no JSON', ['--event', '{', '--container', ID], /--event: expected JSON such as/],
    ['a key that is too short', ['abc'], /at least 4 characters/],
    ['an alert that is not there', ['zzzzzz'], /there is no alert "zzzzzz"/],
    [
      'a container that is not there',
      ['--event', '{"type": "exec"}', '--container', 'none'],
      /no container/,
    ],
  ] as const) {
    it(`says what it expects when it is given ${what}`, async () => {
      const { err, exitCode } = await hullwatch('explain', ...args);
      assert.match(err, message);
      assert.notEqual(exitCode, 0);
    });
  }

  it('prints what would have allowed an alert, and joins it with what the store has', async () => {
    const store = join(folder, 'profiles.db');
    const file = join(folder, 'overlay.yaml');
    const first = await hullwatch('profiles', 'allow', key, '--store', store);
    assert.equal(first.exitCode, 0);
    assert.match(first.err, /only these arguments are allowed/);
    const added = load(first.out) as ApplicationProfile;
    const entry = { path: '/bin/dash', args: ['sh', '-c', 'id'] };
    assert.deepEqual(added.spec.containers, [{ name: 'web', execs: [entry] }]);
    const mine = { ...added, spec: { containers: [{ name: 'web', execs: [{ path: '/bin/x' }] }] } };
    writeFileSync(file, JSON.stringify(mine));
    assert.equal((await runProgram('store', 'apply', file, '--store', store)).exitCode, 0);
    const { out } = await hullwatch('profiles', 'allow', key, '--store', store);
    const joined = load(out) as ApplicationProfile;
    assert.deepEqual(
      joined.spec.containers?.[0]?.execs?.map(({ path }) => path),
      ['/bin/x', '/bin/dash'],
    );
    assert.ok(joined.metadata.resourceVersion, 'so that nothing written meanwhile is lost');
    writeFileSync(file, out);
    assert.equal((await runProgram('store', 'apply', file, '--store', store)).exitCode, 0);
    const { signal } = new AbortController();
    const { namespace, name } = joined.metadata;
    await withStoreFile(store, async (profiles) => {
      const stored = await profiles.get('ApplicationProfile', { namespace, name }, { signal });
      assert.equal(stored?.spec.containers?.[0]?.execs?.length, 2);
    });
  });
});

describe('the text of explanations', () => {
  it('keeps what a container says from moving the cursor, shortens it, and wraps sentences', () => {
    const why = `${'word '.repeat(40)}\u001b[2J`;
    const base = { ruleId: 'T1', ruleName: 'N', ruleSource: '', expressions: [], calls: [], why };
    const call = { function: 'f', arguments: ['x'.repeat(500)], error: 'broke' };
    const text = explanationText([{ ...base, calls: [call] }], false);
    assert.ok(!text.includes('\u001b'));
    const lines = text.split('\n');
    assert.ok(lines.every((line) => line.length < 180));
    assert.match(text, / {2}why {7}word/);
    assert.match(text, /\n {12}word/);
    assert.match(text, /x…\n/);
  });

  it('has colours where the terminal has', () => {
    const base = {
      ruleId: 'T1',
      ruleName: 'N',
      ruleSource: '',
      expressions: [],
      calls: [],
      why: '',
    };
    assert.ok(explanationText([base], true).includes('\u001b[31malert'));
    const stopped = explanationText([{ ...base, suppressedBy: 'policy' }], true);
    assert.ok(stopped.includes('\u001b[32mno alert'));
    assert.equal(explanationText([], true), '');
  });
});
