import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { silentLogger } from '#runtime/log.js';
import { compileRules } from './compile-rules.ts';
import { DEFAULT_RULES_URL } from './default-rules.ts';
import { RuleEngine } from './rule-engine.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { anExec, anOpen, aStandaloneContainer } from './testing/subjects.ts';

const object = load(readFileSync(DEFAULT_RULES_URL, 'utf8')) as Record<string, unknown>;
const loaded = compileRules([{ source: 'default-rules.yaml', object }]);
const profiles = new FixedProfiles().set('c1', {
  execs: [{ path: '/usr/sbin/nginx', args: ['nginx'] }],
  opens: [
    { path: '/etc/nginx/nginx.conf', flags: ['O_RDONLY'] },
    { path: '/var/log/nginx/*', flags: [] },
  ],
});
const engine = new RuleEngine({ rules: loaded.rules, profiles, log: silentLogger });

function found(...subjects: Parameters<RuleEngine['evaluate']>): string[] {
  return engine.evaluate(...subjects).map(({ rule, message }) => `${rule.id} ${message}`);
}

describe('the default rules', () => {
  it('load without an error', () => {
    assert.deepEqual(loaded.errors, []);
    assert.deepEqual(
      loaded.rules.map(({ rule }) => rule.id),
      ['R0001', 'R0002'],
    );
  });

  it('find a program that is not in the profile, in a pod and outside', () => {
    const expected = ['R0001 /bin/dash was started by nginx (pid 100) as pid 1234'];
    assert.deepEqual(found(anExec()), expected);
    assert.deepEqual(found(anExec({}, aStandaloneContainer())), expected);
  });

  it('leave a program alone that is in the profile', () => {
    assert.deepEqual(found(anExec({ exePath: '/usr/sbin/nginx' })), []);
    assert.deepEqual(found(anExec({ exePath: '', args: ['/usr/sbin/nginx'] })), []);
  });

  it('find a file that is not in the profile', () => {
    assert.deepEqual(found(anOpen({ path: '/etc/shadow' })), [
      'R0002 cat (pid 1234) opened /etc/shadow (O_RDONLY, O_CLOEXEC)',
    ]);
    const paths = ['/root/.ssh/id_rsa', '/run/docker.sock', '/opt/x/key', '/usr/local/bin/new'];
    for (const path of paths) assert.equal(found(anOpen({ path })).length, 1, path);
  });

  it('leave files alone that are in the profile, uninteresting, or libraries', () => {
    const paths = [
      ...['/etc/nginx/nginx.conf', '/var/log/nginx/access.log', '/tmp/x', '/usr/lib/libc.so.6'],
      ...[
        '/etcetera',
        '/etc/ld.so.cache',
        '/opt/app/node_modules/a/index.js',
        '/opt/app/libx.so.1',
      ],
      ...['/app/__pycache__/a.cpython-312.pyc', '/run/secrets/x/..2026_01_31_12_00_00.1/token'],
    ];
    for (const path of paths) assert.deepEqual(found(anOpen({ path })), [], path);
  });

  it('stay silent while there is no profile to judge by', () => {
    const empty = new RuleEngine({
      rules: loaded.rules,
      profiles: new FixedProfiles(),
      log: silentLogger,
    });
    assert.deepEqual(empty.evaluate(anExec()), []);
    assert.deepEqual(empty.evaluate(anOpen({ path: '/etc/shadow' })), []);
  });

  it('have state prefixes that are those of the expression and of the data required', () => {
    const rule = loaded.rules.find(({ rule: { id } }) => id === 'R0002')?.rule;
    const declared = rule?.profileDataRequired?.opens;
    assert.ok(Array.isArray(declared));
    const prefixes = declared.map((selector) => ('prefix' in selector ? selector.prefix : ''));
    const included = rule?.state['includePrefixes'];
    assert.ok(Array.isArray(included));
    const state = included.map((path) => `${String(path)}/`);
    assert.deepEqual([...state].sort(), [...prefixes].sort());
    const expression = rule?.ruleExpression[0]?.expression ?? '';
    for (const prefix of prefixes) assert.ok(expression.includes(`'${prefix}'`), prefix);
  });
});
