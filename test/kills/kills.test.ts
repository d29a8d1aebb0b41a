import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { liveRequirements } from '../live/harness/requirements.ts';
import { type KillRun, killRun } from './kill-run.ts';
import { KubectlOnlooker } from './kubectl-onlooker.ts';

/** `HULLWATCH_KILLS=100,20`: how often the store and the agents are killed. A few times unless told otherwise. */
const [STORE_KILLS = 8, AGENT_KILLS = 3] = (process.env['HULLWATCH_KILLS'] ?? '8,3')
  .split(',')
  .map(Number);
const TIMEOUT_MS = 60_000 + STORE_KILLS * 3_000 + AGENT_KILLS * 10_000;

/** Of several, the first judges here. */
const KUBECTL = process.env['HULLWATCH_KUBECTL']?.split(':')[0] ?? 'kubectl';
const LACK = liveRequirements(['kubectl']);

const lines = (value: unknown) => JSON.stringify(value).slice(0, 2_000);

describe('two agents and one served store', { timeout: 2 * TIMEOUT_MS }, () => {
  let folder: string;
  let undisturbed: KillRun;
  const onlooker = new KubectlOnlooker(KUBECTL);
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-kills-'));
    undisturbed = await killRun(
      join(folder, 'undisturbed'),
      { store: 0, agents: 0, seed: 1 },
      LACK ? undefined : onlooker,
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  it('leave a profile for every container, each with its own state', () => {
    const states = Object.entries(undisturbed.profiles)
      .filter(([key]) => key.startsWith('containerprofiles '))
      .map(([key, profile]) => {
        const { annotations } = (profile as { metadata: { annotations: Record<string, string> } })
          .metadata;
        const name = key.replace(/^.*\/replicaset-(.*)-5d-main-.*$/, '$1');
        return `${name} ${annotations['kubescape.io/status']} ${annotations['kubescape.io/completion']}`;
      });
    const expected = ['north', 'south'].flatMap((node) => [
      `${node}-by-time completed complete`,
      `${node}-job completed partial`,
      `${node}-runs-on ready complete`,
      `${node}-short completed complete`,
      `${node}-web completed complete`,
    ]);
    assert.deepEqual(states.sort(), [...expected, 'everywhere completed complete'].sort());
  });

  it('are seen by kubectl: each profile appears once and becomes final once', {
    skip: LACK,
  }, () => {
    const profiles = onlooker.told.filter(({ isReport }) => !isReport);
    const names = [...new Set(profiles.map(({ name }) => name))];
    const stored = Object.keys(undisturbed.profiles).filter((key) =>
      key.startsWith('containerprofiles '),
    );
    assert.equal(names.length, stored.length);
    for (const name of names) {
      const events = profiles.filter((told) => told.name === name);
      assert.deepEqual(
        events.map(({ type }) => type),
        ['ADDED', ...events.slice(1).map(() => 'MODIFIED')],
        name,
      );
      const firstFinal = events.findIndex(
        ({ status, completion }) => status === 'completed' && completion === 'complete',
      );
      const isLast = firstFinal === -1 || firstFinal === events.length - 1;
      assert.ok(isLast, `${name} was written again after it was final`);
    }
  });

  it(`leave the same, byte for byte, after ${STORE_KILLS} kills of the store and ${AGENT_KILLS} of the agents`, async () => {
    const seed = Math.floor(performance.timeOrigin) % 1_000_000;
    const disturbed = await killRun(join(folder, 'disturbed'), {
      store: STORE_KILLS,
      agents: AGENT_KILLS,
      seed,
    });
    const names = (run: KillRun) => Object.keys(run.profiles);
    assert.deepEqual(names(disturbed), names(undisturbed), `seed ${seed}`);
    for (const name of names(disturbed)) {
      const [after, without] = [disturbed.profiles[name], undisturbed.profiles[name]];
      assert.deepEqual(after, without, `seed ${seed}: ${name}\n${lines(after)}\n${lines(without)}`);
    }
    assert.equal(JSON.stringify(disturbed.profiles), JSON.stringify(undisturbed.profiles));
  });
});
