import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { load } from 'js-yaml';
import type { ApplicationProfile } from '../../src/model/profile.ts';
import type { RuleExplanation } from '../../src/model/rule-decision.ts';
import { freePort } from './harness/free-port.ts';
import { hullwatch, runHullwatch } from './harness/hullwatch-command.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { ensureSensor } from './harness/sensor-build.ts';
import { waitFor } from './harness/wait-for.ts';
import { WatchedPod } from './harness/watched-pod.ts';

const PROGRAM = '/bin/whoami';

describe('questions about alerts of a real pod', {
  skip: liveRequirements([...CONTAINERD_NEEDS, 'ebpf', 'sensor']),
}, () => {
  let folder: string;
  let containerd: PrivateContainerd;
  let watched: WatchedPod;
  let http: string;
  let key: string;

  const event = (program: string) =>
    JSON.stringify({ type: 'exec', exepath: program, comm: 'sh', args: [program], pid: 7 });
  const explained = async (...args: readonly string[]): Promise<readonly RuleExplanation[]> =>
    JSON.parse(await hullwatch('explain', ...args, '--http', http, '--output', 'json')).items;
  const explainExec = async (program: string) => {
    const asked = ['--event', event(program), '--container', watched.containerId.slice(0, 12)];
    const [one, ...more] = await explained(...asked, '--rule', 'R0001');
    assert.deepEqual(more, []);
    return one;
  };

  const isAllowed = async (program: string) => (await explainExec(program))?.verdict === false;
  /** As a person would: prints what would have allowed an alert, and applies it. Gives what was printed. */
  const allow = async (alert: string) => {
    const store = ['--store', join(folder, 'profiles.db')];
    const overlay = await hullwatch('profiles', 'allow', alert, '--http', http, ...store);
    const file = join(folder, 'allow.yaml');
    await writeFile(file, overlay);
    await hullwatch('store', 'apply', file, ...store);
    return overlay;
  };

  before(async () => {
    ensureSensor();
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-questions-'));
    http = `127.0.0.1:${await freePort()}`;
    containerd = await startPrivateContainerd();
    watched = await WatchedPod.start({ containerd, folder, http });
    const [alert] = await watched.provoke(PROGRAM);
    key = alert?.idempotencyKey ?? '';
  });

  after(async () => {
    await watched?.kill();
    await containerd?.stop();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(await containerd?.leftovers(), []);
  });

  it('finds why an alert was raised by its key, for people and for machines', async () => {
    const [alert] = watched.raisedFor(PROGRAM);
    const [explanation, ...more] = await explained(key);
    assert.deepEqual(more, []);
    assert.equal(explanation?.ruleId, 'R0001');
    assert.equal(explanation?.verdict, true);
    assert.equal(explanation?.suppressedBy, undefined);
    assert.equal(explanation?.message, alert?.message);
    assert.equal(explanation?.profile?.name, alert?.profileMetadata?.name);
    const asked = explanation?.calls.find(({ function: name }) => /was_executed/.test(name));
    assert.equal(asked?.answer, false);
    const text = await hullwatch('explain', key.slice(0, 10), '--http', http);
    assert.match(text, /^R0001 Unexpected process launched: alert$/m);
    assert.match(text, /was_executed\(.*"\/bin\/whoami"\) = false/);
  });

  it('tells why an act would alert, and why another would not', async () => {
    const bad = await explainExec('/bin/hostname');
    assert.equal(bad?.suppressedBy, undefined);
    assert.equal(bad?.verdict, true);
    const good = await explainExec('/bin/sleep');
    assert.equal(good?.suppressedBy, 'expression');
    assert.equal(good?.verdict, false);
    const matched = good?.calls.flatMap((call) => call.matched ?? []).at(0);
    assert.match(matched?.entry ?? '', /\/bin\/sleep/);
  });

  it('refuses a key that no alert has, and an event that is none, with a reason', async () => {
    const unknown = await runHullwatch(['explain', 'ffffffffffff', '--http', http]);
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /ffffffffffff/);
    const wrong = ['--event', '{"type":"exek"}', '--container', watched.containerId];
    const refused = await runHullwatch(['explain', ...wrong, '--http', http]);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /exek/);
  });

  it('prints what would have allowed it, and once that is applied the act alerts no more', async () => {
    await allow(key);
    await waitFor('the agent to use what was applied', () => isAllowed(PROGRAM), 15_000);
    const before = watched.raisedFor(PROGRAM).length;
    await watched.pod.exec('web', [PROGRAM]);
    // What came after it has alerted: it would have by now.
    await watched.provoke('/bin/hostname');
    assert.equal(watched.raisedFor(PROGRAM).length, before);
  });

  it('joins what is to be allowed with what was allowed already, once', async () => {
    const [other] = watched.raisedFor('/bin/hostname');
    await allow(other?.idempotencyKey ?? '');
    await waitFor('the agent to use it', () => isAllowed('/bin/hostname'), 15_000);
    assert.equal(await isAllowed(PROGRAM), true);
    const { spec } = load(await allow(key)) as ApplicationProfile;
    const paths = spec.containers?.flatMap(({ execs }) => execs?.map(({ path }) => path));
    assert.deepEqual(paths?.sort(), ['/bin/hostname', PROGRAM]);
  });
});
