import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runStoreServe } from '#cli/commands/store-serve.js';
import { GivenTerminal } from '../../src/cli/testing/given-terminal.ts';
import { Shell } from './shell.ts';
import { CHAPTERS, FILES, type Step } from './steps.ts';
import { chapterText, masked } from './transcript.ts';

// Real kubectls against a served store. HULLWATCH_KUBECTL names them, with colons between, else the one in
// PATH is taken. HULLWATCH_UPDATE_TRANSCRIPT=1 writes docs/kubectl.md with the newest of them.
const DOCUMENT = new URL('../../docs/kubectl.md', import.meta.url);
const { HULLWATCH_KUBECTL, HULLWATCH_LIVE, HULLWATCH_UPDATE_TRANSCRIPT } = process.env;

const kubectls = (HULLWATCH_KUBECTL ?? 'kubectl')
  .split(':')
  .flatMap((path) => {
    const minor = minorOf(path);
    return minor === undefined ? [] : [{ path, minor }];
  })
  .sort((a, b) => a.minor - b.minor);
const newest = kubectls.at(-1);
const isMissing = newest === undefined && HULLWATCH_LIVE !== 'required';

describe('kubectl with a served store', { skip: isMissing ? 'no kubectl' : false }, () => {
  it('finds a kubectl', () => assert.ok(newest, 'no kubectl was found'));

  const hasWritten = kubectls.some(({ minor }) => minor === writtenMinor());
  const lacks = `docs/kubectl.md was not compared: there is no kubectl 1.${writtenMinor()} here`;
  it('has the version that docs/kubectl.md is compared with', {
    skip: !hasWritten && lacks,
  }, () => {
    assert.ok(hasWritten);
  });

  for (const { path, minor } of kubectls) {
    it(`does what 1.${minor} asks for`, { timeout: 180_000 }, () =>
      withServedStore(async (folder) => {
        const shell = new Shell(folder, path);
        const chapters: string[] = [];
        for (const { title, steps } of CHAPTERS) {
          const told = [];
          for (const step of steps.filter(({ since = 0 }) => since <= minor)) {
            told.push(...(await tellStep(shell, step)));
          }
          chapters.push(chapterText(title, told));
        }
        compare(chapters, { minor, isNewest: path === newest?.path });
      }),
    );
  }
});

async function tellStep(shell: Shell, { line, exit = 0, says, meanwhile }: Step) {
  const ran = meanwhile ? await shell.runBeside(line, meanwhile) : await shell.run(line);
  assert.equal(ran.exit, exit, `${line}\n${ran.output}`);
  if (says) assert.match(ran.output, says, line);
  const others = (meanwhile?.lines ?? []).map((other) => `# meanwhile: ${other}\n`).join('');
  return [{ line, output: others + masked(ran.output) }];
}

/** Other versions word some things in another way: their steps are checked, the page is not theirs. */
function compare(
  chapters: readonly string[],
  { minor, isNewest }: { readonly minor: number; readonly isNewest: boolean },
): void {
  const text = `${introduction(minor)}\n${chapters.join('\n')}`;
  if (isNewest && HULLWATCH_UPDATE_TRANSCRIPT === '1') writeFileSync(DOCUMENT, text);
  if (minor === writtenMinor()) assert.equal(text, readFileSync(DOCUMENT, 'utf8'));
}

/** The version whose words docs/kubectl.md has. */
function writtenMinor(): number {
  return Number(/kubectl 1\.(\d+)/.exec(readFileSync(DOCUMENT, 'utf8'))?.[1]);
}

function introduction(minor: number): string {
  return `# kubectl and the store

What kubectl 1.${minor} says to a store that was started with
\`hullwatch store serve --data DIR --listen 127.0.0.1:0 --kubeconfig kubeconfig\`. A test runs these lines and holds this page equal to
what it sees; older versions down to 1.20 must do the same. \`<uid>\`, \`<time>\`, \`<version>\`, \`<age>\` and \`<random>\` stand for
what differs each time. [kubernetes-api.md](kubernetes-api.md) says what is served.
`;
}

async function withServedStore(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hullwatch-kubectl-'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const controller = new AbortController();
  const terminal = new GivenTerminal();
  const served = runStoreServe(
    { data: folder, listen: '127.0.0.1:0', kubeconfig: join(folder, 'kubeconfig') },
    { terminal, signal: controller.signal },
  );
  try {
    while (!terminal.out.includes('serving profiles')) await new Promise(setImmediate);
    await work(folder);
  } finally {
    controller.abort();
    await served;
    rmSync(folder, { recursive: true, force: true });
  }
  assert.equal(terminal.err, '');
}

function minorOf(path: string): number | undefined {
  try {
    const text = execFileSync(path, ['version', '--client', '-o', 'json'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return Number.parseInt(JSON.parse(text).clientVersion.minor, 10);
  } catch {
    return undefined;
  }
}
