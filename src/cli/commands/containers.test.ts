import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { HttpServer } from '#web/http-server.js';
import type { CacheEntryView } from '#web/observed.js';
import { ask } from '#web/testing/ask.js';
import { observing, VIEWED_MS, VIEWS } from '#web/testing/observed-containers.js';
import { GivenTerminal } from '../testing/given-terminal.ts';
import { runProgram } from '../testing/run-program.ts';
import { type ContainersOptions, runContainers } from './containers.ts';

const MAIN = join(import.meta.dirname, '../main.ts');

/** The blocks of the page that begin with a command, as [command, output]. */
function documented(): readonly (readonly [string, string])[] {
  const page = new URL('../../../docs/containers.md', import.meta.url);
  const blocks = readFileSync(page, 'utf8').matchAll(/^```\n\$ (hullwatch .*)\n([^`]*)^```$/gm);
  return [...blocks].map(([, command = '', output = '']) => [command, output]);
}

/** Splits a documented command; single quotes hold together. */
function optionsOf(command: string): Partial<ContainersOptions> {
  const [, , ...words] = command.match(/'[^']*'|\S+/g) ?? [];
  const at = words.indexOf('--explain');
  const [id] = words;
  return { id, ...(at > 0 && { explain: words[at + 1]?.slice(1, -1) }) };
}

describe('hullwatch containers', () => {
  let folder: string;
  let server: HttpServer;
  const others: HttpServer[] = [];
  let http: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-containers-'));
    server = await HttpServer.listen('127.0.0.1:0', observing());
    http = new URL(server.url).host;
  });
  after(async () => {
    for (const each of [server, ...others]) await each.close();
    rmSync(folder, { recursive: true });
  });

  async function serve(
    views: readonly CacheEntryView[] | undefined,
    address = '127.0.0.1:0',
  ): Promise<string> {
    const other = await HttpServer.listen(address, observing(views));
    others.push(other);
    return address.startsWith('unix:') ? address : new URL(other.url).host;
  }

  async function run(options: Partial<ContainersOptions> = {}, hasColour = false) {
    const terminal = new GivenTerminal(hasColour);
    const clock = new VirtualClock(VIEWED_MS);
    const exitCode = await runContainers({ http, terminal, clock, ...options });
    assert.equal(clock.pending, 0, 'a timer was left');
    return { exitCode, out: terminal.out, err: terminal.err };
  }

  for (const [command, output] of documented()) {
    it(`prints what docs/containers.md shows for ${command}`, async () => {
      const { exitCode, out, err } = await run(optionsOf(command));
      assert.deepEqual([exitCode, err], [0, '']);
      assert.equal(out, output);
    });
  }

  it('shows enough of itself in docs/containers.md', () => {
    assert.equal(documented().length, 6);
  });

  it('adds columns when asked for more, and cuts nothing', async () => {
    const { out } = await run({ output: 'wide' });
    const [titles = '', ...rows] = out.split('\n');
    const columnAt = (row: string, title: string) =>
      row.slice(titles.indexOf(title)).split('  ')[0];
    const failing = rows.find((row) => row.startsWith('c0ffee')) ?? '';
    assert.equal(columnAt(failing, 'LAST ERROR'), 'learned: the store took longer than 5000 ms');
    assert.equal(columnAt(failing, 'RETRY'), 'now');
    assert.equal(columnAt(failing, 'WOULD CHANGE BY'), 'an answer of the store');
    const overlaid = rows.find((row) => row.startsWith('5d01e88')) ?? '';
    assert.equal(
      columnAt(overlaid, 'SOURCES'),
      'learned@640,managed-application@655,authored-for-container@12(refused)',
    );
    assert.deepEqual(
      ['PROFILE', 'KEPT/STORED', 'SIZE', 'SHARED BY', 'REFRESHED', 'RETRY'].map((title) =>
        columnAt(overlaid, title),
      ),
      ['statefulset-db-postgres-90fe-aa10', '102/434', '20.0 KiB', '1', '12s ago', 'in 18s'],
    );
  });

  it('describes one that is leaving, and one of which nothing is known yet', async () => {
    const leaving = (await run({ id: '77aa' })).out;
    assert.match(leaving, /^State: +leaving, since 2026-01-31T11:59:56.000Z \(4s\)$/m);
    assert.doesNotMatch(leaving, /Next retry/);
    assert.equal(
      (await run({ id: 'e1e2' })).out,
      `ID:               ${VIEWS.waiting.containerId}
State:            waiting, since 2026-01-31T11:59:58.000Z (2s)
Reason:           identity-unknown
Would change by:  its identity, and the first answer of the store
Enforced:         no
Sources: none known yet
`,
    );
  });

  it('prints as JSON exactly what the agent sent', async () => {
    for (const [id, path] of [
      [undefined, ''],
      ['5d01c', '/5d01c'],
    ] as const) {
      const { body } = await ask(server.url, `/api/v1/containers${path}`);
      assert.equal((await run({ id, output: 'json' })).out, body);
    }
    const { body } = await ask(server.url, '/api/v1/containers/5d01c/explain?syscall=ptrace');
    const explained = { id: '5d01c', explain: 'syscall ptrace', output: 'json' } as const;
    assert.equal((await run(explained)).out, body);
  });

  it('colours states on a terminal, without moving the columns', async () => {
    const { out } = await run({}, true);
    assert.ok(out.includes('\u001b[33mpending\u001b[0m  '));
    assert.ok(out.includes('\u001b[32mcached\u001b[0m   completed'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour is made of them.
    assert.equal(out.replace(/\u001b\[\d+m/g, ''), (await run()).out);
  });

  it('lets no control character of an agent reach the terminal', async () => {
    const evil = 'a\u001b[2J\u009b1m\u202eb\nc';
    const sources = VIEWS.learned.sources.map((each) => ({ ...each, error: evil, refusal: evil }));
    const view = {
      ...VIEWS.learned,
      containerName: evil,
      podName: evil,
      profileName: evil,
      wouldChange: evil,
      sources,
    };
    const at = { http: await serve([view]) };
    for (const options of [{}, { output: 'wide' }, { id: '5d01' }] as const) {
      const { out } = await run({ ...at, ...options });
      assert.match(out, /^[\u0020-\u007e\n]*$/);
      assert.doesNotMatch(out, /^c/m);
    }
  });

  it('says when there are no containers', async () => {
    const ended = await run({ http: await serve([]) });
    assert.deepEqual(ended, { exitCode: 0, out: '', err: 'the agent has no containers\n' });
  });

  it('asks on a unix socket', async () => {
    const address = await serve(undefined, `unix:${folder}/a.sock`);
    assert.equal((await run({ http: address })).out, (await run()).out);
  });

  it('takes the address from its flag or its configuration file', async () => {
    const file = join(folder, 'hullwatch.yaml');
    writeFileSync(file, `http: ${http}\n`);
    for (const where of [
      ['--http', http],
      ['--config', file],
    ]) {
      const { exitCode, out, err } = await runProgram(
        'containers',
        '5d01c',
        '-o',
        'wide',
        ...where,
      );
      assert.deepEqual([exitCode, err], [0, '']);
      assert.match(out, /^5d01c3a9f7e2 .* 321\/1323 /m);
    }
  });

  it('fails in one line when no agent answers', async () => {
    const missing = `unix:${folder}/none.sock`;
    assert.deepEqual(await runProgram('containers', '--http', missing), {
      exitCode: 1,
      out: '',
      err: `hullwatch: no agent answers at ${missing} (ENOENT); start one with "hullwatch run", or say with --http where it listens\n`,
    });
  });

  it('refuses with 2 what cannot be asked', async () => {
    for (const [args, message] of [
      [['--http', 'off'], /^hullwatch: http: off: the agent serves nothing then; .*\n$/],
      [['--http', 'nowhere'], /^hullwatch: http: expected host:port such as .*\n$/],
      [['9999', '--http', http], /^hullwatch: there is no container "9999" in .*\n$/],
      [['5d01', '--http', http], /^hullwatch: "5d01" is the beginning of 2 container ids.*\n$/],
      [['5d0', '--http', http], /^hullwatch: "5d0": expected a container id, or at least 4.*\n$/],
      [['--explain', 'syscall x', '--http', http], /^hullwatch: --explain: expected the id.*\n$/],
      [['5d01c', '--explain', 'x', '--http', http], /^hullwatch: --explain: expected "exec.*\n$/],
      [['91be', '--explain', 'syscall x', '--http', http], /has no profile to ask: it is pending/],
      [['5d01c', '-w', '--explain', 'syscall x', '--http', http], /--explain: cannot be watched/],
      [['-o', 'yaml'], /wide, json/],
    ] as const) {
      const { exitCode, out, err } = await runProgram('containers', ...args);
      assert.deepEqual([exitCode, out], [2, ''], err);
      assert.match(err, message);
    }
  });

  it('watches until Ctrl-C and ends with 0', async () => {
    const views: CacheEntryView[] = [VIEWS.learned, VIEWS.pending];
    const args = ['containers', '--watch', '--http', await serve(views)];
    const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    await once(child.stdout, 'data');
    views.pop();
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    const rows = out.split('\n').map((row) => row.split(/ {2,}/));
    assert.deepEqual(
      rows.map(([id, , , , state]) => [id, state]),
      [
        ['CONTAINER', 'STATE'],
        ['91be77d04c15', 'pending'],
        ['5d01c3a9f7e2', 'cached'],
        ['91be77d04c15', 'gone'],
        ['', undefined],
      ],
    );
  });
});
