// npm run record-demo: makes the recording that `npm start` replays, with `hullwatch record` from real
// containers: the story of test/live/harness/demo-workload.ts. Needs root and what the live tests need,
// and a machine on which no other containers run.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AgentProcess } from '../test/live/harness/agent-process.ts';
import { playDemo } from '../test/live/harness/demo-workload.ts';
import { startPrivateContainerd } from '../test/live/harness/private-containerd.ts';
import { ensureSensor } from '../test/live/harness/sensor-build.ts';

const FILE = fileURLToPath(new URL('../examples/recordings/web-shop.ndjson', import.meta.url));
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

ensureSensor();
const containerd = await startPrivateContainerd();
try {
  rmSync(FILE, { force: true });
  const recorder = new AgentProcess(process.execPath, [
    ...['--conditions=source', MAIN, 'record', FILE],
    ...['--containerd-socket', containerd.socket],
  ]);
  await recorder.waitForLog(/recording into/, 15_000);
  await playDemo({ containerd, log: console.log });
  const { exitCode } = await recorder.stop();
  console.log(recorder.log.at(-1));
  if (exitCode !== 0) throw new Error(`the recorder ended with ${exitCode}`);
} finally {
  await containerd.stop();
}
