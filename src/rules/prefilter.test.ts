import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { givenActivation } from './given-activation.ts';
import { prefilterFrom } from './prefilter.ts';
import type { RuleEventType } from './rule.ts';
import { RuleEvent } from './rule-event.ts';
import { anExec } from './testing/subjects.ts';

type Values = Readonly<Record<string, unknown>>;

function skips(state: Values, type: RuleEventType, fields: Values): boolean {
  const { event } = givenActivation(type, fields);
  return prefilterFrom(state)?.skips({ type, event }) ?? false;
}

const SHELL = { name: 'sh', path: '/bin//dash' };
const bash = { comm: 'bash', exepath: '/bin/dash' };

describe('a prefilter', () => {
  const cases: readonly (readonly [state: Values, type: RuleEventType, of: Values, is: boolean])[] =
    [
      [{ includePrefixes: ['/srv'] }, 'open', { path: '/srv' }, false],
      [{ includePrefixes: ['/srv'] }, 'open', { path: '/srv/a/b' }, false],
      [{ includePrefixes: ['/srv///'] }, 'open', { path: '/srvice' }, true],
      [{ includePrefixes: ['/srv', '/opt'] }, 'exec', { exepath: '/opt/run' }, false],
      [{ includePrefixes: ['/srv', '/opt'] }, 'exec', { exepath: '/usr/run' }, true],
      [{ includePrefixes: ['/'] }, 'open', { path: '/anything' }, false],
      [{ includePrefixes: ['/srv'] }, 'open', { path: '' }, false],
      [{ includePrefixes: ['/srv'] }, 'symlink', { oldPath: '/etc', exepath: '/bin/ln' }, false],
      [{ ignorePrefixes: ['/tmp'] }, 'open', { path: '/tmp/a' }, true],
      [{ ignorePrefixes: ['/tmp'] }, 'open', { path: '/tmpfile' }, false],
      [
        { includePrefixes: ['/srv'], ignorePrefixes: ['/srv/x'] },
        'open',
        { path: '/srv/x/y' },
        true,
      ],
      [{ ports: [22, 2222] }, 'network', { dstPort: 2222 }, false],
      [{ ports: [22, 2222] }, 'network', { dstPort: 443 }, true],
      [{ ports: [22] }, 'ssh', { dstPort: 23 }, true],
      [{ ports: [22] }, 'dns', { dstPort: 53 }, false],
      [{ direction: 'OUTBOUND' }, 'http', { direction: 'outbound' }, false],
      [{ direction: 'outbound' }, 'http', { direction: 'inbound' }, true],
      [{ direction: 'outbound' }, 'http', {}, false],
      [{ direction: 'outbound' }, 'http', { direction: 'sideways' }, false],
      [{ direction: 'outbound' }, 'network', { direction: 'inbound' }, false],
      [{ methods: ['delete'] }, 'http', { request: { method: 'DELETE' } }, false],
      [{ methods: ['DELETE'] }, 'http', { request: { method: 'get' } }, true],
      [{ methods: ['DELETE'] }, 'http', {}, false],
      [{ excludeProcesses: [SHELL] }, 'exec', { comm: 'sh', exepath: '/bin/dash' }, true],
      [{ excludeProcesses: [SHELL] }, 'exec', bash, false],
      [{ excludeProcesses: [SHELL] }, 'exec', { comm: 'sh', exepath: '/tmp/dash' }, false],
      [{ excludeProcesses: [SHELL] }, 'open', { comm: 'sh', path: '/bin/dash' }, false],
    ];
  for (const [state, type, fields, expected] of cases) {
    const what = `${type} of ${JSON.stringify(fields)}`;
    it(`${expected ? 'keeps out' : 'lets through'} ${what} given ${JSON.stringify(state)}`, () => {
      assert.equal(skips(state, type, fields), expected);
    });
  }

  it('knows a parent by its name and its program', () => {
    const exec = anExec();
    const parent = { ...exec.process, exePath: '/usr/sbin/nginx' };
    const under = (program: string) =>
      new RuleEvent({
        ...exec,
        process: { ...exec.process, parent: { ...parent, exePath: program } },
      });
    const prefilter = prefilterFrom({
      excludeParentProcesses: [{ name: 'nginx', path: '/usr/sbin/nginx' }],
    });
    assert.equal(prefilter?.skips({ type: 'exec', event: under('/usr/sbin/nginx') }), true);
    assert.equal(prefilter?.skips({ type: 'exec', event: under('/tmp/nginx') }), false);
    assert.equal(prefilter?.skips({ type: 'exec', event: new RuleEvent(exec) }), false);
  });

  it('takes the parameters of a binding in place of the rule’s own, key by key', () => {
    const state = { includePrefixes: ['/srv'], ignorePrefixes: ['/srv/tmp'] };
    const prefilter = prefilterFrom(state, { includePrefixes: ['/opt'] });
    assert.deepEqual(prefilter?.parameters.includePrefixes, ['/opt']);
    assert.deepEqual(prefilter?.parameters.ignorePrefixes, ['/srv/tmp']);
  });

  it('is made of anything without an error', () => {
    const keys = fc.constantFrom('includePrefixes', 'ports', 'methods', 'excludeProcesses', 'x');
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue()), (state) => {
        prefilterFrom(state);
      }),
      { numRuns: 200 },
    );
  });

  it('compares prefixes by whole segments', () => {
    const segments = fc.array(fc.stringMatching(/^[a-z0-9]{1,4}$/), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(segments, fc.nat({ max: 2 }), (names, slashes) => {
        const folder = `/${names.join('/')}`;
        const ignores = { ignorePrefixes: [folder + '/'.repeat(slashes)] };
        assert.equal(skips(ignores, 'open', { path: folder }), true);
        assert.equal(skips(ignores, 'open', { path: `${folder}/b` }), true);
        assert.equal(skips(ignores, 'open', { path: `${folder}b` }), false);
      }),
      { numRuns: 200 },
    );
  });

  const none: readonly Values[] = [
    {},
    { enforceArgs: true, note: 'for the rule itself' },
    { includePrefixes: [] },
    { direction: '' },
    { includePrefixes: '/etc' },
    { includePrefixes: ['/etc'], ports: ['22'] },
    { includePrefixes: ['/etc'], ports: [70_000] },
    { includePrefixes: ['/etc'], direction: 'up' },
    {
      excludeProcesses: [{ name: '', path: '/bin/sh' }, { name: 'sh', path: '/' }, { name: 'sh' }],
    },
  ];
  for (const state of none) {
    it(`is none for ${JSON.stringify(state)}`, () => {
      assert.equal(prefilterFrom(state), undefined);
    });
  }
});
