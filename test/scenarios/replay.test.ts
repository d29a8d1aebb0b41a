import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runProgram } from '../../src/cli/testing/run-program.ts';
import { intrusion, PROFILE_NAME, Story, TEN_SECONDS } from './story.ts';

describe('hullwatch replay', () => {
  let folder: string;
  let files = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-replay-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const file = (text: string, name = `${files++}.ndjson`) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  async function hullwatch(...args: string[]) {
    const ended = await runProgram(...args);
    const alerts = () =>
      ended.out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    return { ...ended, alerts };
  }
  const replay = (text: string, ...flags: string[]) =>
    hullwatch('replay', file(text), ...TEN_SECONDS, ...flags);

  it('alerts on what the learned profile does not hold, and on nothing else', async () => {
    const { exitCode, alerts } = await replay(intrusion().text());
    assert.equal(exitCode, 0);
    assert.deepEqual(
      alerts().map(({ ruleID, arguments: { exec, path } }) => [ruleID, exec ?? path]),
      [
        ['R0001', '/bin/sh'],
        ['R0010', '/etc/shadow'],
        ['R0001', '/bin/sh'],
      ],
    );
    const [first, , repeats] = alerts();
    assert.deepEqual(first.profileMetadata, {
      status: 'completed',
      completion: 'complete',
      name: PROFILE_NAME,
      failOnProfile: true,
      type: 0,
      profileDependency: 0,
    });
    assert.equal(first.timestamp, '2023-11-14T22:13:35.000Z');
    assert.match(repeats.message, /1 more/, 'the repeat is told at the end, as one alert');
  });

  it('gives the same bytes each time', async () => {
    const text = intrusion().text();
    for (const output of ['json', 'pretty']) {
      const first = await replay(text, '-o', output);
      const second = await replay(text, '-o', output);
      assert.equal(first.out, second.out);
      assert.equal(first.err, second.err);
    }
  });

  it('accounts for every event', async () => {
    const story = intrusion().open('/etc/hosts').open('/etc/hosts').lost(5);
    const { err } = await replay(story.text());
    assert.match(err, /dropped: kernel-buffer-full 5/);
    assert.match(
      err,
      /events: 31 emitted = 25 evaluated \+ 1 duplicate \+ 0 ignored \+ 5 dropped$/m,
    );
  });

  it('tells a person how the profile came about', async () => {
    const { out } = await replay(intrusion().text(), '-o', 'pretty');
    const steps = [
      /web started \(example\/web:1\)/,
      /pending/,
      /report saved for pod-web-1-web-[0-9a-f]{4}-[0-9a-f]{4}; still learning/,
      /cached, ready and complete: not judged by it yet/,
      /learning ended: completed/,
      /cached, completed and complete: judged by it from now on/,
      /ALERT +R0001/,
      /events: /,
      /sudo npx hullwatch run/,
    ];
    let from = 0;
    for (const step of steps) {
      const at = out.slice(from).search(step);
      assert.ok(at >= 0, `${step} does not come after\n${out.slice(0, from)}`);
      from += at;
    }
  });

  it('keeps secrets of command lines out of alerts', async () => {
    const { out } = await replay(intrusion().text());
    assert.ok(out.includes('[redacted]'));
    assert.ok(!out.includes('hunter2'));
  });

  it('calls a profile partial when events were lost while it was learned', async () => {
    const story = new Story()
      .ready()
      .cgroup()
      .at(0.1)
      .container()
      .exec('/usr/bin/web')
      .at(3)
      .lost(2)
      .at(4)
      .exec('/bin/date')
      .at(14)
      .exec('/bin/date');
    const { out } = await replay(story.text(), '-o', 'pretty');
    assert.match(out, /completed and partial/);
  });

  it('does not call a profile partial for what an unknown container did', async () => {
    const story = intrusion();
    const foreign = {
      type: 'cgroup',
      timeMs: story.entries[0]?.timeMs ?? 0,
      cgroupId: 99,
      name: 'b'.repeat(64),
      parentName: 'podx',
    } as const;
    const open = story.entries.find(({ type }) => type === 'open');
    story.entries.splice(1, 0, foreign, { ...open, cgroupId: 99 } as typeof foreign);
    const { out, err } = await replay(story.text(), '-o', 'pretty');
    assert.match(out + err, /dropped: unknown-container 1/);
    assert.match(out, /completed and complete: judged/);
  });

  it('judges nothing by a profile that is still being learned, unless told to', async () => {
    const story = () =>
      new Story().ready().cgroup().at(0.1).container().exec('/usr/bin/web').at(6).exec('/bin/sh');
    assert.deepEqual((await replay(story().text())).alerts(), []);
    assert.equal((await replay(story().text(), '--enforce-while-learning')).alerts().length, 1);
  });

  it('judges by profiles that were given', async () => {
    const profile = file(
      JSON.stringify({
        apiVersion: 'spdx.softwarecomposition.kubescape.io/v1beta1',
        kind: 'ContainerProfile',
        metadata: {
          name: PROFILE_NAME,
          namespace: 'shop',
          annotations: {
            'kubescape.io/status': 'completed',
            'kubescape.io/completion': 'complete',
          },
        },
        spec: { execs: [{ path: '/usr/bin/web' }], opens: [] },
      }),
      'profile.json',
    );
    const story = new Story()
      .ready()
      .cgroup()
      .at(0.1)
      .container()
      .at(1)
      .exec('/usr/bin/web')
      .exec('/bin/nc');
    const { alerts } = await replay(story.text(), '--profiles', profile);
    assert.deepEqual(
      alerts().map((alert) => alert.arguments.exec),
      ['/bin/nc'],
    );
  });

  it('holds events until their container is known', async () => {
    const story = new Story()
      .ready()
      .cgroup()
      .exec('/usr/bin/web')
      .at(1)
      .container()
      .at(2)
      .exec('/bin/date');
    const { err } = await replay(story.text());
    assert.match(err, /2 emitted = 2 evaluated/);
  });

  it('uses what is whole of a damaged recording, names the lines, and ends with 3', async () => {
    const lines = intrusion().text().split('\n');
    lines[4] = '{"type":"exec","seq":';
    const { exitCode, err, alerts } = await replay(lines.join('\n'));
    assert.equal(exitCode, 3);
    assert.match(err, /line 5: not JSON/);
    assert.match(err, /1 damaged line was left out, the rest was used/);
    assert.match(err, /dropped: damaged 1/);
    assert.ok(alerts().length > 0);
  });

  it('says that a recording was cut short, and ends with 3', async () => {
    const { exitCode, err } = await replay(intrusion().text({ isCutShort: true }));
    assert.equal(exitCode, 3);
    assert.match(err, /it was cut short/);
  });

  for (const [what, text, message] of [
    ['an empty file', '', /is empty/],
    [
      'another version',
      '{"type":"recording","version":2,"agentVersion":"9.0.0","timeMs":1}\n',
      /has version 2; this release reads version 1/,
    ],
    ['another kind of file', 'Dear diary\n', /line 1: not JSON/],
  ] as const) {
    it(`refuses ${what} with 2`, async () => {
      const { exitCode, out, err } = await replay(text);
      assert.equal(exitCode, 2);
      assert.match(err, message);
      assert.equal(out, '');
    });
  }

  it('refuses a file that is not there, a flag that is none, and a value that is none, with 2', async () => {
    assert.equal((await hullwatch('replay', join(folder, 'none'))).exitCode, 2);
    assert.equal((await hullwatch('replay', 'x', '--frob')).exitCode, 2);
    const { exitCode, err } = await hullwatch('replay', 'x', '--learning-period', 'soon');
    assert.equal(exitCode, 2);
    assert.match(err, /--learning-period: expected a duration/);
  });

  it('leaves a rule out that does not compile, says which, and ends with 3', async () => {
    const rules = file(
      `apiVersion: kubescape.io/v1
kind: Rules
metadata: {name: mine}
spec:
  rules:
    - &rule
      id: X1
      name: Any shell
      description: A shell
      enabled: true
      severity: 5
      profileDependency: 2
      supportPolicy: false
      isTriggerAlert: true
      tags: [context:container]
      expressions:
        message: "'a shell: ' + event.exepath"
        uniqueId: event.exepath
        ruleExpression: [{eventType: exec, expression: "event.exepath.endsWith('/sh')"}]
    - <<: *rule
      id: X2
      expressions:
        message: event.comm
        uniqueId: event.comm
        ruleExpression: [{eventType: exec, expression: "event.exeepath == ''"}]
`,
      'rules.yaml',
    );
    const { exitCode, err, alerts } = await replay(intrusion().text(), '--rules', rules);
    assert.equal(exitCode, 3);
    assert.match(err, /rules\.yaml.*X2/);
    assert.deepEqual([...new Set(alerts().map(({ ruleID }) => ruleID))], ['X1']);
  });
});
