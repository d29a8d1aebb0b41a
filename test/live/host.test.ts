import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type AgentProcess, startAgent } from './harness/agent-process.ts';
import { mustRun } from './harness/command.ts';
import { liveRequirements } from './harness/requirements.ts';
import { ensureSensor } from './harness/sensor-build.ts';

describe('an agent with --host', {
  skip: liveRequirements(['root', 'ebpf', 'sensor', 'busybox']),
}, () => {
  let folder: string;
  let program: string;
  let agent: AgentProcess;

  before(async () => {
    ensureSensor();
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-host-'));
    program = join(folder, 'sleep');
    copyFileSync('/bin/busybox', program);
    const rule = {
      ...{ id: 'T1', name: 'T1', enabled: true, severity: 1, profileDependency: 2 },
      tags: ['context:host'],
      expressions: {
        ...{ message: "'seen'", uniqueId: "'x'" },
        ruleExpression: [{ eventType: 'exec', expression: `event.exepath == '${program}'` }],
      },
    };
    const rules = join(folder, 'rules.json');
    const manifest = { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules: [rule] } };
    writeFileSync(rules, JSON.stringify(manifest));
    agent = startAgent([
      ...['--host', '--node-name', 'n1', '--rules', rules, '--http', 'off'],
      ...['--store', ':memory:', '--containerd-socket', join(folder, 'nobody.sock')],
    ]);
    await agent.waitForLog(/the sensor is ready/, 15_000);
  });

  after(async () => {
    await agent?.kill9();
    rmSync(folder, { recursive: true, force: true });
  });

  it('alerts on a program that runs outside of containers', async () => {
    await mustRun(program, ['0']);
    const { alert } = await agent.waitForAlert(({ ruleID }) => ruleID === 'T1', 5_000);
    assert.equal(alert['containerID'], 'host');
    assert.equal((await agent.stop()).exitCode, 0);
  });
});
