import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import { activationOf } from './event-activation.ts';
import { createRuleEnvironment } from './rule-environment.ts';
import { RuleHost } from './rule-host.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { anExec } from './testing/subjects.ts';

const environment = createRuleEnvironment();
const profiles = new FixedProfiles()
  .set('c1', {
    execs: [
      { path: '/bin/dash', args: ['sh', '-c', '⋯'] },
      { path: '/usr/bin/⋯', args: [] },
    ],
    opens: [
      { path: '/etc/passwd', flags: ['O_RDONLY', 'O_CLOEXEC'] },
      { path: '/var/log/*', flags: [] },
    ],
  })
  .set('learning', { execs: [{ path: '/bin/dash' }] }, { isEnforced: false });

function ask(source: string, subject: AttributedEvent = anExec()) {
  return environment
    .compile(source, 'bool')
    .evaluate(activationOf(subject), new RuleHost(profiles));
}

describe('functions on the profile', () => {
  const cases: readonly (readonly [source: string, expected: boolean])[] = [
    ["cp.was_executed(event.containerId, '/bin/dash')", true],
    ["cp.was_executed(event.containerId, '/usr/bin/id')", true],
    ["cp.was_executed(event.containerId, '/bin/id')", false],
    ["ap.was_executed(event.containerId, '/bin/dash')", true],
    ["nn.was_executed(event.containerId, '/bin/dash')", true],
    ["cp.was_executed('another', '/bin/dash')", false],
    ["cp.was_executed('learning', '/bin/dash')", false],
    ["cp.was_executed_with_args('c1', '/bin/dash', event.args)", true],
    ["cp.was_executed_with_args('c1', '/bin/dash', ['sh'])", false],
    ["cp.was_executed_with_args('c1', '/usr/bin/id', ['id', '-u'])", true],
    ["cp.was_executed_with_args('another', '/bin/dash', event.args)", false],
    ["cp.was_path_opened('c1', '/etc/passwd')", true],
    ["cp.was_path_opened('c1', '/var/log/a/b')", true],
    ["cp.was_path_opened('c1', '/etc/shadow')", false],
    ["cp.was_path_opened_with_flags('c1', '/etc/passwd', ['O_RDONLY'])", true],
    ["cp.was_path_opened_with_flags('c1', '/etc/passwd', ['O_WRONLY'])", false],
    ["cp.was_path_opened_with_flags('c1', '/var/log/a', ['O_WRONLY'])", true],
  ];
  for (const [source, expected] of cases) {
    it(`answers ${expected} to ${source}`, () => assert.equal(ask(source), expected));
  }

  it('fails, and does not answer, when a list holds something else than strings', () => {
    assert.ok(ask("cp.was_executed_with_args('c1', '/bin/dash', [dyn(1)])") instanceof AgentError);
  });
});

describe('parse.get_exec_path', () => {
  const cases: readonly (readonly [call: string, path: string])[] = [
    ["parse.get_exec_path(['/bin/ls', '-la'], 'ls')", '/bin/ls'],
    ["parse.get_exec_path(['', '-la'], 'ls')", 'ls'],
    ["parse.get_exec_path([], 'ls')", 'ls'],
    ["parse.get_exec_path(['sh'], 'sh', '/bin/busybox')", '/bin/busybox'],
    ["parse.get_exec_path(['sh'], 'dash', '')", 'sh'],
    ['parse.get_exec_path(event.args, event.comm, event.exepath)', '/bin/dash'],
  ];
  for (const [call, path] of cases) {
    it(`gives ${path} for ${call}`, () => assert.equal(ask(`${call} == '${path}'`), true));
  }
});
