import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerProfileSpec } from '#model/profile.js';
import type { ProfileQuestion } from '#model/profile-question.js';
import { projectProfile } from './projection.ts';

const PROFILE = projectProfile({
  execs: [
    { path: '/bin/ls', args: ['ls', '-la'] },
    { path: '/bin/ls', args: ['ls'] },
    { path: '/bin/sh', args: ['sh', '-c', '⋯⋯'] },
    { path: '/bin/cat' },
    { path: '/opt/⋯/bin/tool', args: ['tool'] },
    { path: '/usr/bin/mysql', args: ['mysql', '-p[redacted]'] },
    { path: '/usr/bin/psql', args: ['psql', 'postgres://u:literal@db'] },
  ],
  opens: [
    { path: '/etc/passwd', flags: ['O_RDONLY'] },
    { path: '/etc/passwd', flags: ['O_WRONLY', 'O_CREAT'] },
    { path: '/proc/⋯/maps', flags: ['O_RDONLY', 'O_CLOEXEC'] },
    { path: '/srv/*', flags: [] },
    { path: '/srv/none' },
  ],
  rulePolicies: { R0001: { processAllowed: ['sh'] } },
});

describe('projectProfile: execs', () => {
  it('finds programs by path and by pattern', () => {
    assert.ok(PROFILE.wasExecuted('/bin/ls'));
    assert.ok(PROFILE.wasExecuted('/opt/v2/bin/tool'));
    assert.ok(!PROFILE.wasExecuted('/bin/lsof'));
    assert.ok(!PROFILE.wasExecuted('/opt/v2/x/bin/tool'));
    assert.ok(!PROFILE.wasExecuted(''));
  });

  it('compares arguments with every vector of the path, none meaning any', () => {
    assert.ok(PROFILE.wasExecutedWithArgs('/bin/ls', ['ls']));
    assert.ok(PROFILE.wasExecutedWithArgs('/bin/ls', ['ls', '-la']));
    assert.ok(!PROFILE.wasExecutedWithArgs('/bin/ls', ['ls', '-l']));
    assert.ok(!PROFILE.wasExecutedWithArgs('/bin/ls', []));
    assert.ok(PROFILE.wasExecutedWithArgs('/bin/sh', ['sh', '-c', 'x', 'y']));
    assert.ok(PROFILE.wasExecutedWithArgs('/bin/cat', ['cat', 'anything']));
    assert.ok(PROFILE.wasExecutedWithArgs('/opt/v2/bin/tool', ['tool']));
    assert.ok(!PROFILE.wasExecutedWithArgs('/opt/v2/bin/tool', ['tool', 'x']));
    assert.ok(!PROFILE.wasExecutedWithArgs('/bin/other', ['ls']));
  });

  it('knows learned arguments again whose secrets were redacted, and written ones that were not', () => {
    assert.ok(PROFILE.wasExecutedWithArgs('/usr/bin/mysql', ['mysql', '-pnew-secret']));
    assert.ok(!PROFILE.wasExecutedWithArgs('/usr/bin/mysql', ['mysql', '-uroot']));
    assert.ok(PROFILE.wasExecutedWithArgs('/usr/bin/psql', ['psql', 'postgres://u:literal@db']));
    assert.ok(!PROFILE.wasExecutedWithArgs('/usr/bin/psql', ['psql', 'postgres://u:other@db']));
  });

  it('looks at the patterns when the vectors of the literal path do not match', () => {
    const profile = projectProfile({
      execs: [
        { path: '/bin/ls', args: ['ls'] },
        { path: '/bin/⋯', args: ['⋯', '--help'] },
      ],
    });
    assert.ok(profile.wasExecutedWithArgs('/bin/ls', ['ls', '--help']));
    assert.ok(!profile.wasExecutedWithArgs('/bin/cat', ['ls']));
  });
});

describe('projectProfile: opens', () => {
  it('finds paths by themselves and by pattern, with or without a slash at the end', () => {
    for (const path of ['/etc/passwd', '/etc/passwd/', '/proc/46/maps', '/srv/a/b']) {
      assert.ok(PROFILE.wasPathOpened(path), path);
    }
    for (const path of ['/etc/shadow', '/proc/maps', '/srv', '/etc', '']) {
      assert.ok(!PROFILE.wasPathOpened(path), path);
    }
  });

  it('wants all flags in one entry, and takes an entry without flags for any', () => {
    const opened = (path: string, flags: readonly string[]) =>
      PROFILE.wasPathOpenedWithFlags(path, flags);
    assert.ok(opened('/etc/passwd', ['O_CREAT', 'O_WRONLY']));
    assert.ok(opened('/etc/passwd', []));
    assert.ok(!opened('/etc/passwd', ['O_RDONLY', 'O_CREAT']));
    assert.ok(opened('/proc/1/maps', ['O_CLOEXEC']));
    assert.ok(!opened('/proc/1/maps', ['O_RDWR']));
    assert.ok(opened('/srv/a', ['O_TRUNC']));
    assert.ok(opened('/srv/none', ['O_TRUNC']));
    assert.ok(!opened('/etc/shadow', []));
  });
});

describe('projectProfile: the rest', () => {
  it('names the nearest entry when nothing allows what is asked', () => {
    const nearest = (question: ProfileQuestion) => PROFILE.explain(question).nearest?.entry;
    assert.equal(nearest({ surface: 'execs', path: '/opt/v2/bin/other' }), '/opt/⋯/bin/tool');
    assert.equal(
      nearest({ surface: 'opens', path: '/etc/shadow' }),
      '/etc/passwd (O_CREAT, O_WRONLY)',
    );
    assert.equal(nearest({ surface: 'opens', path: '/nowhere' }), undefined);
    assert.deepEqual(projectProfile({}).explain({ surface: 'execs', path: '/bin/ls' }), {
      allowedBy: [],
    });
  });

  it('answers for rule policies that are there, and for no other property', () => {
    assert.deepEqual(PROFILE.policyOf('R0001'), { processAllowed: ['sh'] });
    assert.equal(PROFILE.policyOf('R0002'), undefined);
    assert.equal(PROFILE.policyOf('constructor'), undefined);
  });

  it('takes null, absent and empty lists as equal, and entries without a path for nothing', () => {
    const specs: ContainerProfileSpec[] = [
      {},
      { execs: null, opens: null, rulePolicies: null },
      { execs: [], opens: [], rulePolicies: {} },
      { execs: [{ path: '' }], opens: [{ path: '' }] },
    ];
    const checksums = specs.map((spec) => projectProfile(spec).checksum);
    assert.equal(new Set(checksums).size, 1);
    assert.ok(specs.every((spec) => !projectProfile(spec).wasPathOpened('/')));
  });

  it('has one checksum for one meaning', () => {
    const of = (spec: ContainerProfileSpec) => projectProfile(spec).checksum;
    const execs = [{ path: '/a', args: ['1', '2'] }, { path: '/b' }];
    assert.equal(of({ execs }), of({ execs: [...execs].reverse(), architectures: ['amd64'] }));
    assert.equal(of({ execs }), of({ execs: [...execs, ...execs] }));
    assert.notEqual(
      of({ execs }),
      of({ execs: [{ path: '/a', args: ['2', '1'] }, { path: '/b' }] }),
    );
    assert.notEqual(of({ execs }), of({ opens: execs }));
    const opens = (...flags: string[]) => of({ opens: [{ path: '/a', flags }] });
    assert.equal(opens('O_RDWR', 'O_CREAT'), opens('O_CREAT', 'O_RDWR'));
    assert.notEqual(opens('O_RDWR'), opens('O_CREAT'));
  });
});
