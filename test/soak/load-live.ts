import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBuiltAgent } from '../../bench/agent-runs.ts';
import { LoadPods } from '../../bench/load-pods.ts';
import { costOf } from '../../bench/process-cost.ts';
import { startPrivateContainerd } from '../live/harness/private-containerd.ts';
import { ensureSensor } from '../live/harness/sensor-build.ts';

const STEP_MS = 30_000;
/** The first part of the time fills tables to their bounds and is not judged. */
const JUDGED_PART = 2 / 3;
/** Learning ends within the time, so that both halves of a container's life are seen. */
const FLAGS = ['--learning-period', '3m', '--first-save', '30s', '--update-period', '1m'];

/** Runs the built agent under the load mix and gives its resident memory of each step that is judged, in megabytes. */
export async function watchLoad(minutes: number): Promise<readonly number[]> {
  ensureSensor();
  const folder = mkdtempSync(join(tmpdir(), 'hullwatch-soak-'));
  const containerd = await startPrivateContainerd();
  try {
    const socket = ['--containerd-socket', containerd.socket];
    const agent = await startBuiltAgent(folder, 'soak', [...socket, ...FLAGS]);
    await LoadPods.start(containerd);
    const resident: number[] = [];
    const steps = Math.ceil((minutes * 60_000) / STEP_MS);
    for (let step = 1; step <= steps; step += 1) {
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      const [node, sensor] = [costOf(agent.process.pid), costOf(agent.sensorPid)];
      resident.push(node.residentMb + sensor.residentMb);
      console.log(
        `${((step * STEP_MS) / 60_000).toFixed(1)} min: node ${node.residentMb.toFixed(1)} MB, sensor ${sensor.residentMb.toFixed(1)} MB; ${node.cpuSeconds.toFixed(1)} + ${sensor.cpuSeconds.toFixed(1)} s of processor time`,
      );
    }
    console.log(await agent.stop());
    return resident.slice(Math.floor(resident.length * (1 - JUDGED_PART)));
  } finally {
    await containerd.stop();
    rmSync(folder, { recursive: true });
  }
}
