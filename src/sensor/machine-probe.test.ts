import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Check, probeMachine } from './machine-probe.ts';

const folder = mkdtempSync(join(tmpdir(), 'hullwatch-machine-probe-'));
after(() => rmSync(folder, { recursive: true }));
let machines = 0;

const HYBRID =
  'cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw\n';

/** The files of a machine on which all is well. */
const WELL: Readonly<Record<string, string>> = {
  'proc/self/status': 'Name:\tnode\nCapEff:\t000001ffffffffff\n',
  'proc/sys/kernel/osrelease': '6.1.0-18-amd64\n',
  'sys/kernel/btf/vmlinux': '',
  'sys/kernel/tracing/events/header': '',
  'proc/self/mounts': 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n',
  'sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
};

/** The checks of a machine with these files; an undefined one is absent. */
async function probe(changes: Readonly<Record<string, string | undefined>> = {}, loader?: string) {
  machines += 1;
  const root = join(folder, String(machines));
  mkdirSync(root);
  for (const [path, content] of Object.entries({ ...WELL, ...changes })) {
    if (content === undefined) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const objectPath = join(root, 'loader.mjs');
  if (loader !== undefined) writeFileSync(objectPath, loader);
  const files = loader === undefined ? undefined : { loaderPath: process.execPath, objectPath };
  return await probeMachine({ files, root, platform: 'linux' });
}

const find = (checks: readonly Check[], name: string) =>
  checks.find((check) => check.name === name) ?? assert.fail(`no check ${name}`);

describe('probeMachine', () => {
  it('finds nothing wrong but the missing build on a machine where all is well', async () => {
    const checks = await probe();
    assert.deepEqual(
      checks.filter(({ ok }) => ok !== true).map(({ name, fix }) => [name, fix]),
      [['sensor files', 'npm run build:sensor']],
    );
  });

  it('says how to mend each thing that is missing', async () => {
    const cases: readonly (readonly [string, string, string | undefined])[] = [
      ['privileges', 'proc/self/status', 'CapEff:\t0000000000000000\n'],
      ['kernel version', 'proc/sys/kernel/osrelease', '5.10.0\n'],
      ['kernel types (BTF)', 'sys/kernel/btf/vmlinux', undefined],
      ['cgroups', 'proc/self/mounts', 'cgroup /sys/fs/cgroup/cpu cgroup rw\n'],
      ['kernel lockdown', 'sys/kernel/security/lockdown', 'none integrity [confidentiality]\n'],
    ];
    for (const [name, path, content] of cases) {
      const check = find(await probe({ [path]: content }), name);
      assert.equal(check.ok, false, name);
      assert.ok(check.fix, name);
    }
  });

  it('takes the two small capabilities for root’s large one', async () => {
    const bits = (1n << 38n) | (1n << 39n) | (1n << 19n);
    const status = `CapEff:\t${bits.toString(16).padStart(16, '0')}\n`;
    assert.equal(find(await probe({ 'proc/self/status': status }), 'privileges').ok, true);
  });

  it('compares kernel versions as numbers', async () => {
    for (const [release, ok] of [
      ['5.4.0', false],
      ['5.16.9', false],
      ['5.17.0-rc1', true],
      ['6.1.0', true],
      ['10.0.0', true],
    ] as const) {
      const checks = await probe({ 'proc/sys/kernel/osrelease': release });
      assert.equal(find(checks, 'kernel version').ok, ok, release);
    }
  });

  it('says which way tracefs comes to be', async () => {
    const events = 'sys/kernel/tracing/events/header';
    const bare = { [events]: undefined, 'sys/kernel/tracing/README': '' };
    assert.match(find(await probe(bare), 'tracefs').detail, /mounts it for itself/);
    const poor = { ...bare, 'proc/self/status': 'CapEff:\t0000000000000000\n' };
    assert.equal(find(await probe(poor), 'tracefs').ok, false);
    const old = { [events]: undefined, 'sys/kernel/debug/tracing/events/header': '' };
    assert.match(find(await probe(old), 'tracefs').detail, /debug/);
  });

  it('tells hybrid cgroups from v2', async () => {
    assert.match(find(await probe({ 'proc/self/mounts': HYBRID }), 'cgroups').detail, /hybrid/);
  });

  it('says that it does not know what it may not see', async () => {
    const checks = await probe({
      'proc/self/status': undefined,
      'proc/self/mounts': undefined,
      'sys/kernel/security/lockdown': undefined,
      'proc/sys/kernel/osrelease': undefined,
    });
    for (const name of ['privileges', 'cgroups', 'kernel lockdown', 'kernel version']) {
      assert.equal(find(checks, name).ok, 'unknown', name);
    }
  });

  it('has the loader try each program, and says what is missed without it', async () => {
    const report = {
      kernel: '6.1.0',
      programs: ['process_exec', 'sys_openat', 'socket_write'],
      skipped: [
        { program: 'process_fork', reason: 'it was refused' },
        { program: 'sys_setns', reason: 'the kernel has no such tracepoint' },
        { program: 'sys_openat2', reason: 'the kernel has no such tracepoint' },
        { program: 'sys_write', reason: 'socket_write tells the same' },
        { program: 'new_one', reason: 'it was refused' },
      ],
    };
    const checks = await probe({}, `console.log('${JSON.stringify(report)}')`);
    assert.equal(find(checks, 'program process_exec').ok, true);
    const events = find(checks, 'types of events');
    assert.equal(events.ok, 'unknown');
    assert.match(events.detail, /^not told here: fork, exit, capabilities, .*, setns$/);
    const found = report.skipped.map(({ program }) => find(checks, `program ${program}`));
    assert.deepEqual(
      found.map(({ ok, detail }) => [ok, detail]),
      [
        [false, 'it was refused: no fork events are told'],
        ['unknown', 'the kernel has no such tracepoint: no setns events are told'],
        ['unknown', 'the kernel has no such tracepoint: some open events are not told'],
        [true, 'socket_write tells the same: nothing is missed by it'],
        ['unknown', 'it was refused: what it tells is not known here'],
      ],
    );
  });

  it('passes on what a loader that fails says, and survives nonsense', async () => {
    const failing = await probe({}, `console.error('no BTF here'); process.exitCode = 1;`);
    assert.match(find(failing, 'programs').detail, /no BTF here/);
    for (const nonsense of ['', '{"kernel":1}', '[1', 'null']) {
      const checks = await probe({}, `console.log('${nonsense}')`);
      assert.equal(find(checks, 'programs').ok, false);
    }
  });

  it('stops at another operating system', async () => {
    const checks = await probeMachine({ files: undefined, platform: 'darwin' });
    assert.deepEqual(
      checks.map(({ name, ok }) => [name, ok]),
      [['operating system', false]],
    );
  });
});
