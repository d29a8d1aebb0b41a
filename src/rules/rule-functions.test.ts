import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { ContainerProfileSpec, NetworkNeighbor } from '#model/profile.js';
import { activationOf } from './event-activation.ts';
import { EVENT_FIELDS, REQUEST_FIELDS } from './event-fields.ts';
import { PROFILE_FUNCTIONS } from './profile-functions.ts';
import { createRuleEnvironment } from './rule-environment.ts';
import { RULE_FUNCTIONS } from './rule-functions.ts';

import { needsOfRule } from './rule-needs.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aHost } from './testing/hosts.ts';
import { aRule } from './testing/rule-builder.ts';
import { anExec } from './testing/subjects.ts';

function neighbor(changes: Partial<NetworkNeighbor>): NetworkNeighbor {
  return { identifier: JSON.stringify(changes), type: 'external', ...changes };
}

const PORTS = [0, 65_535].map((port) => ({ name: `tcp-${port}`, protocol: 'TCP', port }));
const environment = createRuleEnvironment();
const spec: ContainerProfileSpec = {
  execs: [
    { path: '/bin/dash', args: ['sh', '-c', '⋯'] },
    { path: '/usr/bin/⋯', args: [] },
  ],
  opens: [
    { path: '/etc/passwd', flags: ['O_RDONLY', 'O_CLOEXEC'] },
    { path: '/var/log/*', flags: [] },
  ],
  syscalls: ['read', 'bpf'],
  capabilities: ['NET_ADMIN'],
  endpoints: [
    { endpoint: ':80/api/orders/⋯', methods: ['GET', 'POST'], internal: false },
    { endpoint: ':443/health.json', methods: ['GET'], internal: false },
    { endpoint: 'db.internal:5432', methods: [], internal: false },
  ],
  egress: [
    neighbor({ ipAddresses: ['10.0.0.0/8'], ports: [{ name: 'a', protocol: 'TCP', port: 443 }] }),
    neighbor({ dnsNames: ['*.example.com.'] }),
  ],
  ingress: [
    neighbor({ ipAddress: '192.0.2.7', ports: [{ name: 'b', protocol: 'UDP', port: 53 }] }),
    neighbor({ dns: 'client.internal.' }),
  ],
};
const profiles = new FixedProfiles()
  .set('c1', spec)
  .set('any', { egress: [neighbor({ ipAddresses: ['*'], ports: PORTS })] })
  .set('learning', { execs: [{ path: '/bin/dash' }] }, { isEnforced: false });

function ask(source: string, among = profiles) {
  return environment.compile(source, 'bool').evaluate(activationOf(anExec()), aHost(among));
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
    ["cp.was_path_opened_with_prefix('c1', '/etc/pass')", true],
    ["cp.was_path_opened_with_prefix('c1', '/root/')", false],
    ["cp.was_path_opened_with_suffix('c1', 'swd')", true],
    ["cp.was_path_opened_with_suffix('c1', '/token')", false],
    ["cp.was_syscall_used('c1', 'bpf')", true],
    ["cp.was_syscall_used('c1', 'ptrace')", false],
    ["cp.was_capability_used('c1', 'NET_ADMIN')", true],
    ["cp.was_capability_used('c1', 'SYS_ADMIN')", false],
    ["cp.was_endpoint_accessed('c1', ':80/api/orders/7')", true],
    ["cp.was_endpoint_accessed('c1', ':80/api/users/7')", false],
    ["cp.was_endpoint_accessed_with_method('c1', ':443/health.json', 'GET')", true],
    ["cp.was_endpoint_accessed_with_method('c1', ':443/health.json', 'POST')", false],
    ["cp.was_endpoint_accessed_with_methods('c1', ':80/api/orders/7', ['GET', 'POST'])", true],
    ["cp.was_endpoint_accessed_with_methods('c1', ':443/health.json', ['GET', 'PUT'])", false],
    ["cp.was_endpoint_accessed_with_prefix('c1', ':443/')", true],
    ["cp.was_endpoint_accessed_with_prefix('c1', ':8080/')", false],
    ["cp.was_endpoint_accessed_with_suffix('c1', '.json')", true],
    ["cp.was_endpoint_accessed_with_suffix('c1', '.xml')", false],
    ["cp.was_host_accessed('c1', 'db.internal')", true],
    ["cp.was_host_accessed('c1', 'other.internal')", false],
    ["cp.was_address_in_egress('c1', '10.1.2.3')", true],
    ["cp.was_address_in_egress('c1', '192.0.2.7')", false],
    ["cp.was_address_in_ingress('c1', '192.0.2.7')", true],
    ["cp.was_address_in_ingress('c1', '10.1.2.3')", false],
    ["cp.is_domain_in_egress('c1', 'api.example.com.')", true],
    ["cp.is_domain_in_egress('c1', 'client.internal.')", false],
    ["cp.is_domain_in_ingress('c1', 'client.internal')", true],
    ["cp.is_domain_in_ingress('c1', 'api.example.com.')", false],
    ["cp.was_address_port_protocol_in_egress('c1', '10.1.2.3', 443, 'TCP')", true],
    ["cp.was_address_port_protocol_in_egress('c1', '10.1.2.3', 443, 'UDP')", false],
    ["cp.was_address_port_protocol_in_egress('c1', '10.1.2.3', 80, 'TCP')", false],
    ["cp.was_address_port_protocol_in_egress('c1', '192.0.2.7', 53, 'UDP')", false],
    ["cp.was_address_port_protocol_in_ingress('c1', '192.0.2.7', 53, 'UDP')", true],
    ["cp.was_address_port_protocol_in_ingress('c1', '192.0.2.7', 443, 'TCP')", false],
    ["cp.was_address_port_protocol_in_egress('c1', '10.1.2.3', 443, '')", true],
    ["cp.was_address_port_protocol_in_egress('c1', '10.1.2.3', 80, '')", false],
    ["cp.was_address_port_protocol_in_egress('c1', '192.0.2.7', 53, '')", false],
    ["cp.was_address_port_protocol_in_ingress('c1', '192.0.2.7', 53, '')", true],
    ["nn.was_address_port_protocol_in_egress('c1', '10.1.2.3', 443, 'TCP')", true],
    ["ap.was_host_accessed('c1', 'db.internal')", true],
    ["nn.was_host_accessed('another', 'db.internal')", false],
  ];
  for (const [source, expected] of cases) {
    it(`answers ${expected} to ${source}`, () => assert.equal(ask(source), expected));
  }

  it('answer the same from a profile that holds only what the asking rule needs', () => {
    for (const [expression, expected] of cases) {
      const rule = aRule({ ruleExpression: [{ eventType: 'exec', expression }] });
      const narrow = new FixedProfiles().set('c1', spec, { needs: needsOfRule(rule) });
      assert.equal(ask(expression, narrow), expected, expression);
    }
  });

  for (const port of ['-1', '65536', '9223372036854775807']) {
    it(`answers false to the port ${port}, which is none`, () => {
      const call = `cp.was_address_port_protocol_in_egress('any', '10.1.2.3', ${port}, 'TCP')`;
      assert.equal(ask(call), false);
    });
  }

  it('takes every number that is a port to the profile', () => {
    for (const port of [0, 65_535]) {
      const call = `cp.was_address_port_protocol_in_egress('any', '10.1.2.3', ${port}, 'TCP')`;
      assert.equal(ask(call), true);
    }
  });

  it('exist under the three names of the public libraries', () => {
    const names = new Set(RULE_FUNCTIONS.map(({ name }) => name));
    for (const { name } of PROFILE_FUNCTIONS) {
      for (const namespace of ['cp', 'ap', 'nn']) assert.ok(names.has(`${namespace}.${name}`));
    }
  });

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

describe('docs/rules.md', () => {
  const docs = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');
  const rows = docs.split('\n').filter((line) => line.startsWith('| `'));

  it('tells of every function', () => {
    const names = RULE_FUNCTIONS.map(({ name }) => name).filter((name) => !/^(ap|nn)\./.test(name));
    for (const name of names) {
      const isTold = (row: string) => row.includes(`\`${name}(`) || row.includes(`\`${name}\``);
      assert.ok(rows.some(isTold), name);
    }
  });

  it('tells of every field of an event and of a request', () => {
    for (const field of [...Object.keys(EVENT_FIELDS), ...Object.keys(REQUEST_FIELDS)]) {
      assert.ok(
        rows.some((row) => row.includes(`\`${field}\``)),
        field,
      );
    }
  });
});
