import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { ContainerProfileSpec } from '#model/profile.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import { specOfContainer } from '#profile/container-spec.js';
import { projectProfile } from '#profile/projection.js';
import type { RuleEngine } from '#rules/rule-engine.js';
import { subjectOf } from '#rules/rule-subject.js';
import { engineWith } from '#rules/testing/engine-builder.js';
import { OTHER_EVENTS } from '#rules/testing/other-subjects.js';
import { aRule, compiled } from '#rules/testing/rule-builder.js';
import { anExec, anOpen, inContainer } from '#rules/testing/subjects.js';
import { loadRules } from './load-rules.ts';
import { overlayAnswer } from './overlay-answer.ts';
import { widenedProfile } from './widened-profile.ts';

const LEARNED: ContainerProfileSpec = {
  execs: [{ path: '/bin/ls', args: ['ls'] }],
  opens: [{ path: '/etc/hosts', flags: ['O_RDONLY'] }],
};

function entryOf(spec: ContainerProfileSpec): ContainerProfileEntry {
  const state = { name: 'learned', status: 'completed', completion: 'complete' } as const;
  return { profile: projectProfile(spec), state, isEnforced: true };
}

function other(fields: object): AttributedEvent {
  const { event } = anOpen();
  const common = { ...event, path: undefined, flags: undefined, result: undefined };
  return inContainer({ ...common, ...fields } as unknown as AttributedEvent['event']);
}

const { rules: DEFAULTS } = await loadRules([]);

/** The overlay for what a rule finds in an event, which it must find; and that it finds nothing with it. */
function allowed(
  engine: RuleEngine,
  {
    ruleId,
    subject,
    spec = LEARNED,
  }: { ruleId: string; subject: AttributedEvent; spec?: ContainerProfileSpec },
) {
  const entry = entryOf(spec);
  const by = (profile: ContainerProfileEntry) =>
    engine.decide(subjectOf(subject), { ruleId, entry: profile })[0];
  assert.ok(by(entry)?.finding, `${ruleId} has to find something first`);
  const { objects, remarks } = overlayAnswer(engine, { ruleId, subject, entry });
  assert.ok(objects.length > 0);
  const added: ContainerProfileSpec = Object.assign(
    {},
    ...objects.map((object) => {
      assert.equal(object.metadata.name, 'ug-replicaset-web-5d');
      assert.equal(object.metadata.annotations?.['kubescape.io/managed-by'], 'User');
      const { name: _name, ...own } = { name: '', ...specOfContainer(object, 'web') };
      return own;
    }),
  );
  const profile = widenedProfile(entry.profile, projectProfile(added));
  const after = by({ ...entry, profile });
  assert.equal(after?.finding, undefined, `${ruleId} finds it still: ${JSON.stringify(added)}`);
  return { added, remarks };
}

describe('the overlay that allows what a rule found', () => {
  const engine = engineWith(DEFAULTS);
  const token = '/run/secrets/kubernetes.io/serviceaccount/token';
  for (const [ruleId, subject, expected] of [
    ['R0001', anExec(), { execs: [{ path: '/bin/dash', args: ['sh', '-c', 'id'] }] }],
    [
      'R0040',
      anExec({ exePath: '/bin/ls', args: ['ls', '-l'] }),
      { execs: [{ path: '/bin/ls', args: ['ls', '-l'] }] },
    ],
    [
      'R1001',
      anExec({ upperLayer: true }),
      { execs: [{ path: '/bin/dash', args: ['sh', '-c', 'id'] }] },
    ],
    [
      'R0002',
      anOpen({ path: '/etc//hostname' }),
      { opens: [{ path: '/etc/hostname', flags: ['O_RDONLY', 'O_CLOEXEC'] }] },
    ],
    [
      'R0010',
      anOpen({ path: '/etc/shadow' }),
      { opens: [{ path: '/etc/shadow', flags: ['O_RDONLY', 'O_CLOEXEC'] }] },
    ],
    [
      'R0006',
      anOpen({ path: token }),
      { opens: [{ path: token, flags: ['O_RDONLY', 'O_CLOEXEC'] }] },
    ],
    [
      'R0008',
      anOpen({ path: '/proc/77/environ' }),
      { opens: [{ path: '/proc/⋯/environ', flags: ['O_RDONLY', 'O_CLOEXEC'] }] },
    ],
    ['R0003', other({ type: 'syscall', syscall: 'ptrace' }), { syscalls: ['ptrace'] }],
    [
      'R0004',
      other({ type: 'capabilities', capability: 'NET_ADMIN', syscall: 'x' }),
      { capabilities: ['NET_ADMIN'] },
    ],
    ['R1010', other({ ...OTHER_EVENTS.symlink }), undefined],
    ['R1012', other({ ...OTHER_EVENTS.hardlink }), undefined],
  ] as const) {
    it(`holds an entry of ${Object.keys(expected ?? { opens: 0 })} for ${ruleId}`, () => {
      const { added } = allowed(engine, { ruleId, subject });
      if (expected !== undefined) assert.deepEqual(added, expected);
      else
        assert.deepEqual(
          added.opens?.map(({ path }) => path),
          ['/etc/shadow'],
        );
    });
  }

  it('names the peer of a connection by address and port, also by IPv6, and a service by its address too', () => {
    for (const address of ['203.0.113.7', '2001:db8::7']) {
      const subject = other({ ...OTHER_EVENTS.network, address });
      const { added } = allowed(engine, { ruleId: 'R0011', subject });
      assert.deepEqual(
        added.egress?.map(({ ipAddress }) => ipAddress),
        [address],
      );
      assert.deepEqual(
        added.egress?.[0]?.ports?.map(({ port, protocol }) => [port, protocol]),
        [[443, 'TCP']],
      );
    }
    const peer = { kind: 'pod', namespace: 'shop', name: 'db', labels: { app: 'db' } };
    const toPod = other({ ...OTHER_EVENTS.network, peer });
    const { added } = allowed(engine, { ruleId: 'R0011', subject: toPod });
    assert.equal(added.egress?.at(-1)?.ipAddress, '203.0.113.7');
  });

  it('names a domain as it was asked for', () => {
    const subject = other({ ...OTHER_EVENTS.dns, name: 'Example.COM.' });
    const { added } = allowed(engine, { ruleId: 'R0005', subject });
    assert.equal(added.egress?.length, 1);
    assert.match(JSON.stringify(added.egress), /example\.com/i);
  });

  it('holds arguments without their secrets, and allows them all the same', () => {
    const subject = anExec({ exePath: '/bin/ls', args: ['ls', '--password=hunter2'] });
    const { added, remarks } = allowed(engine, { ruleId: 'R0040', subject });
    assert.doesNotMatch(JSON.stringify(added), /hunter2/);
    assert.match(remarks.join(), /only these arguments are allowed/);
  });

  it('holds what endpoints, flags, prefixes, suffixes and hosts of other rules ask for', () => {
    const http = { ...OTHER_EVENTS.http };
    for (const [eventType, subject, condition] of [
      [
        'http',
        other(http),
        "cp.was_endpoint_accessed_with_method(event.containerId, ':8080/orders', 'POST')",
      ],
      ['http', other(http), "cp.was_endpoint_accessed_with_prefix(event.containerId, ':8080/')"],
      ['http', other(http), "cp.was_endpoint_accessed(event.containerId, ':8080/orders')"],
      [
        'open',
        anOpen(),
        'cp.was_path_opened_with_flags(event.containerId, event.path, event.flags)',
      ],
      ['open', anOpen(), "cp.was_path_opened_with_suffix(event.containerId, '/passwd')"],
      ['open', anOpen(), "nn.was_address_in_egress(event.containerId, '10.0.0.1')"],
      [
        'exec',
        anExec(),
        "ap.was_syscall_used(event.containerId, 'bpf') && cp.was_executed(event.containerId, event.exepath)",
      ],
      [
        'network',
        other(OTHER_EVENTS.network),
        "nn.is_domain_in_egress(event.containerId, 'example.com')",
      ],
      [
        'network',
        other({ ...OTHER_EVENTS.network, direction: 'inbound' }),
        'nn.was_address_in_ingress(event.containerId, event.dstAddr)',
      ],
    ] as const) {
      const rule = aRule({
        id: 'T1',
        profileDependency: 0,
        ruleExpression: [{ eventType, expression: `!(${condition})` }],
      });
      allowed(engineWith(compiled(rule)), { ruleId: 'T1', subject });
    }
  });

  it('is a policy where a rule takes one and asks for no entry', () => {
    const rule = aRule({ id: 'T1', supportPolicy: true });
    const { added, remarks } = allowed(engineWith(compiled(rule)), {
      ruleId: 'T1',
      subject: anExec(),
    });
    assert.deepEqual(added, { rulePolicies: { T1: { processAllowed: ['sh'] } } });
    assert.match(remarks.join(), /the process may do all that T1 is about/);
  });

  for (const [what, ruleId, subject] of [
    ['asks nothing of the profile', 'R1000', anExec({ exePath: '/dev/shm/x' })],
    ['is about the way a program is started', 'R1005', anExec({ exePath: '/memfd:x' })],
  ] as const) {
    it(`is refused for a rule that ${what}, with what to do instead`, () => {
      assert.throws(() => overlayAnswer(engine, { ruleId, subject, entry: entryOf(LEARNED) }), {
        code: 'invalid',
        message: new RegExp(
          `no profile can allow what ${ruleId} is about.*bind it.*parameters.*disable`,
        ),
      });
    });
  }

  it('comes with a warning where no profile is in force', () => {
    const { remarks } = overlayAnswer(engine, {
      ruleId: 'R1001',
      subject: anExec({ upperLayer: true }),
      entry: undefined,
    });
    assert.match(remarks.join(), /no profile of the container is in force/);
  });

  it('is refused where the profile allows it by now', () => {
    const entry = entryOf({ execs: [{ path: '/bin/dash' }] });
    assert.throws(() => overlayAnswer(engine, { ruleId: 'R0001', subject: anExec(), entry }), {
      code: 'invalid',
      message: /R0001 does not find it any more/,
    });
  });

  it('is refused for a rule that is gone', () => {
    assert.throws(
      () => overlayAnswer(engineWith([]), { ruleId: 'R0001', subject: anExec(), entry: undefined }),
      { code: 'invalid', message: /R0001 is not in use any more/ },
    );
  });
});
