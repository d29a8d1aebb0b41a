#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-semi-space-size=2
// Starts the command line. Works on any Node from 18 on as far as finding a Node 24: the one that
// runs it, or the one that is a development dependency of a checkout.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const REQUIRED_MAJOR = 24;
// As in the first line: under a flood of events the young generation would grow by 20 MB and gain
// nothing, since all but nothing of it outlives a millisecond, and each of Node's threads would keep
// some memory for itself (docs/benchmarks.md).
const HEAP_FLAG = '--max-semi-space-size=2';
const ARENAS = { MALLOC_ARENA_MAX: '1' };
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
// A checkout runs its sources, so that it needs no build; a package carries only what was built.
const source = at('../src/cli/main.ts');
const isCheckout = existsSync(source);
const isNewEnough = Number(process.versions.node.split('.')[0]) >= REQUIRED_MAJOR;

if (isNewEnough && !isCheckout) {
  await import('../dist/cli/main.js');
} else {
  const node = isNewEnough ? process.execPath : at('../node_modules/node/bin/node');
  if (existsSync(node)) runWith(node);
  else {
    console.error(
      `hullwatch needs Node.js ${REQUIRED_MAJOR} or newer; this is ${process.version}. In a checkout, run npm ci first.`,
    );
    process.exitCode = 1;
  }
}

function runWith(node) {
  const program = isCheckout ? ['--conditions=source', source] : [at('../dist/cli/main.js')];
  const child = spawn(node, [HEAP_FLAG, ...program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...ARENAS },
  });
  // A terminal sends Ctrl-C to both, and the child takes two in a moment for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`hullwatch cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0);
  });
}
