import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { ContainerProfileSpec } from '#model/profile.js';
import type { EventType } from '#model/raw-event.js';
import { activationOf } from './event-activation.ts';
import { EVENT_FIELDS, MEASURED_FIELDS } from './event-fields.ts';
import { createRuleEnvironment } from './rule-environment.ts';

import { engineWith } from './testing/engine-builder.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aHost } from './testing/hosts.ts';
import { happened, OTHER_EVENTS } from './testing/other-subjects.ts';
import { aRule, compiled } from './testing/rule-builder.ts';

const environment = createRuleEnvironment();
const host = aHost();

function holds(subject: AttributedEvent, source: string): void {
  const value = environment.compile(source, 'bool').evaluate(activationOf(subject), host);
  assert.equal(value, true, `${source}: ${String(value)}`);
}

describe('an event as rules see it', () => {
  for (const [type, source] of [
    ['capabilities', "event.capName == 'NET_ADMIN' && event.syscallName == 'setsockopt'"],
    ['syscall', "event.syscallName == 'ptrace' && event.capName == ''"],
    ['network', "event.dstAddr == '203.0.113.7' && event.dstPort == 443 && event.dstIp == ''"],
    ['network', "event.proto == 'TCP' && event.pktType == 'OUTGOING'"],
    ['network', "event.direction == 'outbound'"],
    ['dns', "event.name == 'example.com.' && event.proto == 'UDP'"],
    ['dns', "event.dstIp == '10.96.0.10' && event.dstPort == 53 && event.srcPort == 40000"],
    ['dns', "event.dstAddr == '' && event.cwd == '/' && event.exepath == ''"],
    ['http', "event.request.method == 'POST' && event.request.url == '/orders?page=2'"],
    ['http', "event.request.path == '/orders' && event.request.host == 'shop'"],
    ['http', "event.request.headers['User-Agent'][0] == 'curl/8' && event.request.body == ''"],
    ['http', "http.request.method == 'POST' && http.direction == 'inbound'"],
    ['http', "event.dstIp == '10.0.0.9' && event.dstPort == 8080 && event.srcPort == 41000"],
    ['symlink', "event.oldPath == '/etc/shadow' && event.newPath == '/tmp/kept'"],
    ['symlink', "event.exepath == '/bin/ln' && event.upperlayer && event.path == ''"],
    ['hardlink', "event.oldPath == '/etc/shadow' && !event.upperlayer"],
    ['iouring', 'event.opcode == 18 && event.flagsRaw == 3 && event.flags == []'],
  ] as const) {
    it(`of ${type}: ${source}`, () => {
      holds(happened(type), `eventType == '${type}' && ${source}`);
    });
  }

  it('says HOST of a connection that came in', () => {
    const incoming = happened('network', { direction: 'inbound' });
    holds(incoming, "event.pktType == 'HOST' && event.direction == 'inbound'");
  });

  for (const type of Object.keys(OTHER_EVENTS) as (keyof typeof OTHER_EVENTS)[]) {
    it(`answers for every field of ${type}, in the type declared`, () => {
      for (const [field, declared] of Object.entries(EVENT_FIELDS)) {
        if (declared !== 'HttpRequest')
          holds(happened(type), `event.${field} == dyn(event.${field})`);
        const isAlways = !(MEASURED_FIELDS as readonly string[]).includes(field);
        holds(happened(type), `has(event.${field}) == ${isAlways}`);
      }
      holds(happened(type), `has(event.request.method) == ${type === 'http'}`);
    });
  }
});

describe('rules about every kind of event', () => {
  const rule = (eventType: EventType, expression: string) =>
    aRule({
      id: `R-${eventType}`,
      message: "'seen'",
      uniqueId: 'eventType',
      ruleExpression: [{ eventType, expression }],
      profileDependency: 0,
    });
  const RULES = compiled(
    rule('capabilities', '!cp.was_capability_used(event.containerId, event.capName)'),
    rule('syscall', '!cp.was_syscall_used(event.containerId, event.syscallName)'),
    rule(
      'network',
      "event.pktType == 'OUTGOING' && !cp.was_address_port_protocol_in_egress(event.containerId, event.dstAddr, event.dstPort, event.proto)",
    ),
    rule('dns', '!cp.is_domain_in_egress(event.containerId, event.name)'),
    rule(
      'http',
      "!cp.was_endpoint_accessed_with_method(event.containerId, ':' + string(event.dstPort) + event.request.path, event.request.method)",
    ),
    rule('symlink', "event.oldPath.startsWith('/etc/shadow')"),
    rule('hardlink', "event.oldPath.startsWith('/etc/shadow')"),
    rule('iouring', 'event.opcode == 18'),
  );
  const ALLOWED: ContainerProfileSpec = {
    capabilities: ['NET_ADMIN'],
    syscalls: ['ptrace'],
    endpoints: [{ endpoint: ':8080/orders', methods: ['POST'], internal: true }],
    egress: [
      {
        ...{ identifier: 'i', type: 'external', ipAddress: '203.0.113.7' },
        dnsNames: ['example.com.'],
        ports: [{ name: 'TCP-443', protocol: 'TCP', port: 443 }],
      },
    ],
  };
  const OTHER: ContainerProfileSpec = {
    capabilities: ['NET_RAW'],
    syscalls: ['ptrac'],
    endpoints: [{ endpoint: ':8080/orders', methods: ['GET'], internal: true }],
    egress: [
      {
        ...{ identifier: 'i', type: 'external', ipAddress: '203.0.113.8' },
        dnsNames: ['example.org.'],
        ports: [{ name: 'TCP-443', protocol: 'TCP', port: 443 }],
      },
    ],
  };

  function findingsIn(spec: ContainerProfileSpec, type: keyof typeof OTHER_EVENTS) {
    const profiles = new FixedProfiles().set('c1', spec);
    const engine = engineWith(RULES, { profiles });
    return engine.evaluate(happened(type));
  }

  for (const type of Object.keys(OTHER_EVENTS) as (keyof typeof OTHER_EVENTS)[]) {
    it(`find ${type} that the profile does not hold`, () => {
      assert.deepEqual(
        findingsIn(OTHER, type).map((finding) => finding.rule.id),
        [`R-${type}`],
      );
    });
  }

  for (const type of ['capabilities', 'syscall', 'network', 'dns', 'http'] as const) {
    it(`find nothing in ${type} that the profile holds`, () => {
      assert.deepEqual(findingsIn(ALLOWED, type), []);
    });
  }

  for (const [type, nearest] of [
    ['network', /^network .*203\.0\.113\.8.*, from profile-of-c1$/],
    ['http', /^http .*:8080\/orders.*GET.*, from profile-of-c1$/],
  ] as const) {
    it(`name the entry that is most like ${type}`, () => {
      assert.match(findingsIn(OTHER, type)[0]?.reason.nearest ?? '', nearest);
    });
  }

  it('name no entry for what profiles do not speak of', () => {
    assert.equal(findingsIn(OTHER, 'symlink')[0]?.reason.nearest, undefined);
  });
});
