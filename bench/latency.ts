// npm run bench:latency [-- --times N]: how long after the kernel's timestamp an alert's line is read by another process,
// on an idle machine and under the public load mix (see bench/load.ts). N alerts of each kind (1,000 unless told otherwise),
// 20 a second. Prints Markdown. Needs root, as the live tests do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type PrivateContainerd,
  startPrivateContainerd,
} from '../test/live/harness/private-containerd.ts';
import { ensureSensor } from '../test/live/harness/sensor-build.ts';
import { startBuiltAgent } from './agent-runs.ts';
import { LoadPods } from './load-pods.ts';
import { printTable } from './tables.ts';
import {
  A_PATIENT_OPEN,
  A_SENSITIVE_OPEN,
  AN_EXEC,
  quantile,
  WatchedVictim,
} from './watched-victim.ts';

const PAUSE_MS = 50;
const { values } = parseArgs({ options: { times: { type: 'string', default: '1000' } } });
const times = Number(values.times);
const ACTS = [
  { name: 'a program that was not learned (R0001)', act: AN_EXEC },
  { name: 'a file with password hashes (R0010)', act: A_SENSITIVE_OPEN },
  { name: 'another file that was not learned (R0002)', act: A_PATIENT_OPEN },
] as const;
const FLAGS = [
  ...['--learning-period', '6s', '--first-save', '1s', '--update-period', '1s'],
  ...['--consolidation-interval', '1s', '--refresh-interval', '1s'],
  ...['--cooldown', '0', '--dedup-window', '0'],
];

ensureSensor();
const folder = mkdtempSync(join(tmpdir(), 'hullwatch-latency-'));
const containerd = await startPrivateContainerd();
try {
  const rows = [...(await measure(containerd, 'idle'))];
  await LoadPods.start(containerd);
  rows.push(...(await measure(containerd, 'load mix')));
  printTable(
    `Kernel event to alert, ms; ${times} of each`,
    ['alert', 'machine', 'p50', 'p99', 'p99.9', 'most'],
    rows,
  );
} finally {
  await containerd.stop();
  rmSync(folder, { recursive: true });
}

async function measure(
  at: PrivateContainerd,
  machine: string,
): Promise<readonly (readonly string[])[]> {
  const name = machine.replace(' ', '-');
  const agent = await startBuiltAgent(folder, name, ['--containerd-socket', at.socket, ...FLAGS]);
  try {
    const victim = await WatchedVictim.start(at, agent.process, {
      id: `victim-${name}`,
      acts: ACTS.map(({ act }) => ({ ...act, times, pauseMs: PAUSE_MS })),
    });
    const rows: (readonly string[])[] = [];
    for (const [index, act] of ACTS.entries()) {
      const latencies = await victim.latencies(index);
      const shown = [0.5, 0.99, 0.999, 1].map((part) => quantile(latencies, part).toFixed(1));
      rows.push([act.name, machine, ...shown]);
      console.error(rows.at(-1)?.join(' | '));
    }
    console.error(await agent.stop());
    return rows;
  } finally {
    await agent.process.kill9();
  }
}
