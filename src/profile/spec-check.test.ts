import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerProfileSpec } from '#model/profile.js';
import { ProfileCompiler } from './profile-compiler.ts';
import { EVERYTHING } from './profile-needs.ts';
import { checkSections, checkSpec } from './spec-check.ts';

const BROKEN: readonly [spec: unknown, message: string][] = [
  [{ opens: [{ path: '/a' }, { path: 5 }] }, 'spec.opens.1.path: expected text, got 5'],
  [{ opens: [{ path: '/a', flags: [null] }] }, 'spec.opens.0.flags.0: expected text, got null'],
  [{ opens: {} }, 'spec.opens: expected a list, got {}'],
  [{ execs: [null] }, 'spec.execs.0: expected an object, got null'],
  [{ execs: [{ args: [] }] }, 'spec.execs.0.path: expected text, got nothing'],
  [{ execs: [{ path: '/a', args: 'x' }] }, 'spec.execs.0.args: expected a list, got "x"'],
  [{ syscalls: 'read' }, 'spec.syscalls: expected a list, got "read"'],
  [{ capabilities: [7] }, 'spec.capabilities.0: expected text, got 7'],
  [{ endpoints: [{ methods: [1] }] }, 'spec.endpoints.0.methods.0: expected text, got 1'],
  [{ rulePolicies: { R1: 1 } }, 'spec.rulePolicies.R1: expected an object, got 1'],
  [
    { rulePolicies: { R1: { processAllowed: 'sh' } } },
    'spec.rulePolicies.R1.processAllowed: expected a list, got "sh"',
  ],
  [
    { egress: [{ ports: [{ port: '80' }] }] },
    'spec.egress.0.ports.0.port: expected a number, got "80"',
  ],
  [{ ingress: [{ dnsNames: [{}] }] }, 'spec.ingress.0.dnsNames.0: expected text, got {}'],
  [
    { identifiedCallStacks: [{ callID: 'a', callStack: {} }] },
    'spec.identifiedCallStacks.0.callStack.root: expected an object, got nothing',
  ],
  ['text', 'spec: expected an object, got "text"'],
];

describe('checkSpec', () => {
  it('passes what the type says, null and absent included', () => {
    checkSpec({});
    checkSpec({ opens: null, execs: [{ path: '/a', args: null }], egress: [] });
    const root = { frame: { fileID: '', lineno: '' }, children: null };
    checkSpec({ identifiedCallStacks: [{ callID: 'a', callStack: { root } }] });
  });

  it('names the field and what was expected', () => {
    for (const [spec, message] of BROKEN) {
      assert.throws(() => checkSpec(spec as ContainerProfileSpec), { code: 'invalid', message });
    }
  });
});

describe('checkSections', () => {
  it('looks at the lists, and closely at the container of that name', () => {
    const other = { name: 'other', execs: 7 };
    checkSections({ containers: [other], initContainers: null }, 'web');
    const broken: readonly [spec: unknown, message: string][] = [
      [undefined, 'spec: expected an object, got nothing'],
      [[], 'spec: expected an object, got []'],
      [{ containers: 'web' }, 'spec.containers: expected a list, got "web"'],
      [{ containers: [null] }, 'spec.containers.0: expected an object, got null'],
      [
        { initContainers: [other, { name: 'web', execs: true }] },
        'spec.initContainers.1.execs: expected a list, got true',
      ],
      [
        { containers: [{ name: 'web', syscalls: 'text' }] },
        'spec.containers.0.syscalls: expected a list, got "text"',
      ],
      [
        { containers: [{ name: 'web', egress: [{ dns: 1 }] }] },
        'spec.containers.0.egress.0.dns: expected text, got 1',
      ],
    ];
    for (const [spec, message] of broken) {
      assert.throws(() => checkSections(spec, 'web'), { code: 'invalid', message });
    }
  });

  it('refuses what is larger than any profile may become', () => {
    const syscalls = Array.from({ length: 40_001 }, (_, i) => `call${i}`);
    const message = 'spec.containers.0: expected at most 40000 entries, got 40001';
    const containers = [{ name: 'web', syscalls }];
    assert.throws(() => checkSections({ containers }, 'web'), { code: 'invalid', message });
    checkSections({ containers }, 'other');
    assert.throws(() => checkSpec({ syscalls }), { code: 'invalid', message: /at most 40000/ });
  });
});

describe('ProfileCompiler', () => {
  it('compiles whatever may be absent or null', () => {
    const compiler = new ProfileCompiler();
    for (const nothing of [undefined, null]) {
      const neighbor = { identifier: 'x', type: 'external', dns: nothing, dnsNames: nothing };
      const ports = [{ name: nothing, protocol: nothing, port: nothing }];
      const network = [{ ...neighbor, ipAddress: '10.0.0.1', ipAddresses: nothing, ports }];
      const spec = {
        ...{ capabilities: nothing, syscalls: nothing, identifiedCallStacks: nothing },
        execs: [{ path: '/a', args: nothing }],
        opens: [{ path: '/a', flags: nothing }],
        endpoints: [{ endpoint: nothing, methods: nothing, internal: false }],
        rulePolicies: { R1: { processAllowed: nothing } },
        ...{ egress: network, ingress: [{ ...neighbor, ports: nothing }] },
      };
      const compiled = compiler.compile(spec as unknown as ContainerProfileSpec, EVERYTHING);
      assert.equal(compiled.wasAddressPortProtocolIn('egress', '10.0.0.1', [80, 'TCP']), true);
      compiled.release();
    }
    assert.deepEqual(compiler.sizes, { strings: 0, groups: 0, sizeBytes: 0 });
  });

  it('holds nothing of a spec that it refuses', () => {
    const compiler = new ProfileCompiler();
    for (const [spec] of BROKEN) {
      const good = { execs: [{ path: '/bin/good', args: ['good'] }] };
      const mixed = typeof spec === 'object' ? { ...good, ...spec } : spec;
      assert.throws(() => compiler.compile(mixed as ContainerProfileSpec, EVERYTHING));
    }
    assert.deepEqual(compiler.sizes, { strings: 0, groups: 0, sizeBytes: 0 });
  });
});
