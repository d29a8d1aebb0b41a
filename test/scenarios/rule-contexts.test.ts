import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runProgram } from '../../src/cli/testing/run-program.ts';
import type { Container } from '../../src/model/container.ts';
import { Story, TEN_SECONDS } from './story.ts';

/** A rule for each place, which needs no profile and says its own id. */
const RULES = ['kubernetes', 'standalone', 'ecs', 'host', 'container'].map((place) => ({
  ...{ id: place, name: place, enabled: true, severity: 1, profileDependency: 2 },
  tags: [`context:${place}`],
  expressions: {
    message: "'seen'",
    uniqueId: "'x'",
    ruleExpression: [{ eventType: 'exec', expression: "event.exepath == '/bin/evil'" }],
  },
}));

describe('rules for a place, in a replay', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-contexts-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Ids of the rules that find something in a container like this one, outside Kubernetes. */
  async function rulesThatFind(changes: Partial<Container>): Promise<readonly string[]> {
    const story = new Story().ready().cgroup().at(0.1).container().at(1).exec('/bin/evil').at(2);
    const entries = story.entries.map((entry) => {
      if ('cgroupId' in entry) return { ...entry, cgroupId: changes.cgroupId ?? entry.cgroupId };
      if (entry.type !== 'container-added') return entry;
      const { pod: _pod, ...rest } = entry.container;
      return { ...entry, container: { ...rest, namespace: 'containerd-default', ...changes } };
    });
    // What stands for the node has an id that is no cgroup's name: the container itself tells of its cgroup.
    story.entries.splice(0, story.entries.length, ...entries);
    const files = { recording: join(folder, 'r.ndjson'), rules: join(folder, 'rules.json') };
    writeFileSync(files.recording, story.text());
    const manifest = { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules: RULES } };
    writeFileSync(files.rules, JSON.stringify(manifest));
    const flags = [...TEN_SECONDS, '--rules', files.rules];
    const { out, err, exitCode } = await runProgram('replay', files.recording, ...flags);
    assert.equal(exitCode, 0, err);
    const alerts = out.split('\n').filter(Boolean);
    return alerts.map((line) => JSON.parse(line).ruleID);
  }

  it('find what happens outside Kubernetes', async () => {
    assert.deepEqual(await rulesThatFind({}), ['standalone', 'container']);
  });

  it('find what happens in a task of ECS', async () => {
    const labels = { 'com.amazonaws.ecs.task-arn': 'arn:aws:ecs:eu-west-1:1:task/a' };
    assert.deepEqual(await rulesThatFind({ labels }), ['ecs', 'container']);
  });

  it('find what happens on the node itself', async () => {
    assert.deepEqual(await rulesThatFind({ id: 'host', cgroupId: 1 }), ['host']);
  });
});
