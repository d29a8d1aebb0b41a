import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type ApplicationProfile,
  type CallStackNode,
  type ContainerProfile,
  type ContainerProfileSpec,
  type NetworkNeighbor,
  type NetworkNeighborhood,
  type ObjectMeta,
  PROFILE_API_VERSION,
  type StackFrame,
} from '#model/profile.js';
import {
  deflateSpec,
  mergeApplicationProfile,
  mergeNetworkNeighborhood,
  mergeTimeSeries,
} from './merge.ts';

const EMPTY_FRAME = { fileID: '', lineno: '' };

const apiVersion = PROFILE_API_VERSION;

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

function aProfile(spec: ContainerProfileSpec, meta: Partial<ObjectMeta> = {}): ContainerProfile {
  const metadata = { name: 'p', namespace: 'shop', ...meta };
  return frozen({ apiVersion, kind: 'ContainerProfile', metadata, spec });
}

function anOverlay(spec: ApplicationProfile['spec']): ApplicationProfile {
  const metadata = { name: 'ug-p', namespace: 'shop' };
  return frozen({ apiVersion, kind: 'ApplicationProfile', metadata, spec });
}

function aNeighborhood(spec: NetworkNeighborhood['spec']): NetworkNeighborhood {
  const metadata = { name: 'ug-p', namespace: 'shop' };
  return frozen({ apiVersion, kind: 'NetworkNeighborhood', metadata, spec });
}

function aNeighbor(identifier: string, rest: Partial<NetworkNeighbor> = {}): NetworkNeighbor {
  return { identifier, type: 'external', ...rest };
}

describe('mergeTimeSeries', () => {
  const base = aProfile(
    {
      execs: [{ path: '/a' }],
      capabilities: null,
      rulePolicies: { R1: { processAllowed: ['x'] } },
      matchLabels: { app: 'base' },
      imageTag: 'old',
      imageID: 'kept',
    },
    { labels: { l: 'base' }, annotations: { a: 'base', 'kubescape.io/status': 'ready' } },
  );
  const report = aProfile(
    {
      execs: [{ path: '/b' }],
      opens: [{ path: '/o', flags: ['O_RDONLY'] }],
      rulePolicies: { R1: { containerAllowed: true }, R2: { processAllowed: ['y'] } },
      matchLabels: { app: 'report', tier: 'web' },
      imageTag: 'new',
      imageID: '',
    },
    {
      labels: { l: 'report', m: 'report' },
      annotations: {
        a: 'report',
        b: 'report',
        'kubescape.io/status': 'completed',
        'kubescape.io/completion': 'complete',
        'kubescape.io/report-series-id': 's',
        'kubescape.io/report-timestamp': 't',
        'kubescape.io/previous-report-timestamp': 'p',
      },
    },
  );

  it('appends lists, joins policies and takes the image of the report', () => {
    assert.deepEqual(mergeTimeSeries(base, report).spec, {
      execs: [{ path: '/a' }, { path: '/b' }],
      opens: [{ path: '/o', flags: ['O_RDONLY'] }],
      capabilities: null,
      rulePolicies: {
        R1: { processAllowed: ['x'], containerAllowed: true },
        R2: { processAllowed: ['y'] },
      },
      matchLabels: { app: 'base', tier: 'web' },
      imageTag: 'new',
      imageID: 'kept',
    });
  });

  it('takes over labels and annotations that are missing, but not those of the report itself', () => {
    const { labels, annotations } = mergeTimeSeries(base, report).metadata;
    assert.deepEqual(labels, { l: 'base', m: 'report' });
    assert.deepEqual(annotations, { a: 'base', b: 'report', 'kubescape.io/status': 'ready' });
  });

  it('appends every list that a spec has', () => {
    const spec = {
      architectures: ['amd64'],
      capabilities: ['NET_ADMIN'],
      execs: [{ path: '/a' }],
      opens: [{ path: '/a' }],
      syscalls: ['read'],
      endpoints: [{ endpoint: ':80/', internal: false }],
      identifiedCallStacks: [{ callID: 'x', callStack: { root: { frame: EMPTY_FRAME } } }],
      matchExpressions: [{ key: 'k', operator: 'Exists' }],
      ingress: [aNeighbor('i')],
      egress: [aNeighbor('e')],
    };
    assert.deepEqual(mergeTimeSeries(aProfile({}), aProfile(spec)).spec, spec);
  });
});

describe('deflateSpec', () => {
  it('sorts and dedupes names', () => {
    const spec = deflateSpec({
      architectures: ['b', 'a', 'b'],
      capabilities: ['SYS_ADMIN', 'KILL', 'KILL'],
      syscalls: ['write', 'read', 'write'],
    });
    assert.deepEqual(spec.architectures, ['a', 'b']);
    assert.deepEqual(spec.capabilities, ['KILL', 'SYS_ADMIN']);
    assert.deepEqual(spec.syscalls, ['read', 'write']);
  });

  it('leaves absent lists absent, except execs', () => {
    assert.deepEqual(deflateSpec({ syscalls: null }), { syscalls: null, execs: [] });
  });

  it('keeps one exec for each path and arguments, by both, with all environment names', () => {
    const execs = [
      { path: '/b', args: ['b'] },
      { path: '/a', args: ['a', 'b'], envs: ['Y'] },
      { path: '/a', args: ['a b'] },
      { path: '/b', args: ['b'], argsRequired: true },
      { path: '/a', args: ['a', 'b'], envs: ['X'] },
      { path: '/a' },
      { path: '/a', args: null },
    ];
    assert.deepEqual(deflateSpec({ execs }).execs, [
      { path: '/a' },
      { path: '/a', args: ['a', 'b'], envs: ['X', 'Y'] },
      { path: '/a', args: ['a b'] },
      { path: '/b', args: ['b'] },
      { path: '/b', args: ['b'], argsRequired: true },
    ]);
  });

  it('joins opens of one path with the flags of all, by path', () => {
    const opens = [
      { path: '/b', flags: ['O_RDWR', 'O_CREAT'] },
      { path: '/a', flags: ['O_RDONLY'] },
      { path: '/b', flags: ['O_RDONLY', 'O_RDWR'] },
    ];
    assert.deepEqual(deflateSpec({ opens }).opens, [
      { path: '/a', flags: ['O_RDONLY'] },
      { path: '/b', flags: ['O_CREAT', 'O_RDONLY', 'O_RDWR'] },
    ]);
  });

  it('joins endpoints that differ in methods and headers only', () => {
    const endpoint = { endpoint: ':80/a', internal: false, direction: 'inbound' };
    const endpoints = [
      { ...endpoint, methods: ['GET'], headers: { Host: ['a'] } },
      { ...endpoint, internal: true, methods: ['PUT'] },
      { ...endpoint, methods: ['POST', 'GET'], headers: { Host: ['b', 'a'], Via: ['c'] } },
    ];
    assert.deepEqual(deflateSpec({ endpoints }).endpoints, [
      { ...endpoint, methods: ['GET', 'POST'], headers: { Host: ['a', 'b'], Via: ['c'] } },
      { ...endpoint, internal: true, methods: ['PUT'] },
    ]);
  });

  it('joins neighbors of one identifier with all their names, addresses and ports', () => {
    const http = { name: 'TCP-80', protocol: 'TCP', port: 80 };
    const https = { name: 'TCP-443', protocol: 'TCP', port: 443 };
    const alone = aNeighbor('2', { dnsNames: ['z.', 'a.'] });
    const ingress = [
      aNeighbor('1', { dnsNames: ['b.'], ipAddresses: ['10.0.0.2'], ports: [http] }),
      alone,
      aNeighbor('1', { dnsNames: ['a.', 'b.'], ipAddresses: ['10.0.0.1'], ports: [https, http] }),
    ];
    assert.deepEqual(deflateSpec({ ingress }).ingress, [
      aNeighbor('1', {
        dnsNames: ['a.', 'b.'],
        ipAddresses: ['10.0.0.1', '10.0.0.2'],
        ports: [https, http],
      }),
      { ...alone, dnsNames: ['a.', 'z.'], ports: [] },
    ]);
  });

  it('dedupes expressions, call stacks and the processes of policies', () => {
    const spec = deflateSpec({
      matchExpressions: [
        { key: 'k', operator: 'In', values: ['b', 'a'] },
        { operator: 'In', key: 'k', values: ['a', 'b'] },
        { key: 'k', operator: 'Exists' },
      ],
      identifiedCallStacks: [
        { callID: '1', callStack: { root: { frame: EMPTY_FRAME } } },
        { callStack: { root: { frame: EMPTY_FRAME } }, callID: '1' },
      ],
      rulePolicies: { R1: { processAllowed: ['b', 'a', 'b'] }, R2: { containerAllowed: true } },
    });
    assert.equal(spec.matchExpressions?.length, 2);
    assert.equal(spec.identifiedCallStacks?.length, 1);
    assert.deepEqual(spec.rulePolicies, {
      R1: { processAllowed: ['a', 'b'] },
      R2: { containerAllowed: true },
    });
  });

  it('changes nothing the second time, and nothing that it is given', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const names = fc.array(name, { maxLength: 3 });
    const spec = fc.record({
      syscalls: names,
      execs: fc.array(fc.record({ path: name, args: names })),
      opens: fc.array(fc.record({ path: name, flags: names })),
      egress: fc.array(
        fc.record({ identifier: name, type: name, dnsNames: names, ipAddresses: names }),
      ),
    });
    fc.assert(
      fc.property(spec, (given) => {
        const once = deflateSpec(frozen(given));
        assert.deepEqual(deflateSpec(frozen(once)), once);
      }),
    );
  });

  it('keeps every call stack of a call in one tree', () => {
    const at = (fileID: string, frameType: number) => ({ fileID, lineno: '1', frameType });
    const stack = (frame: StackFrame, ...below: readonly CallStackNode[]) => ({
      callID: 'open',
      callStack: { root: { frame: EMPTY_FRAME, children: [{ frame, children: below }] } },
    });
    const read = { frame: at('read', 1) };
    const stacks = [
      stack(at('b', 2)),
      stack(at('a', 1), read),
      stack(at('b', 1)),
      stack(at('a', 1)),
    ];
    const { identifiedCallStacks } = deflateSpec({ identifiedCallStacks: stacks });
    assert.deepEqual(identifiedCallStacks, [
      {
        callID: 'open',
        callStack: {
          root: {
            frame: EMPTY_FRAME,
            children: [
              { frame: at('a', 1) },
              { frame: at('a', 1), children: [read] },
              { frame: at('b', 1) },
            ],
          },
        },
      },
    ]);
  });
});

describe('mergeApplicationProfile', () => {
  const base = aProfile({
    capabilities: ['KILL'],
    execs: [{ path: '/a' }],
    imageTag: 'base',
    identifiedCallStacks: [],
  });
  const container = {
    name: 'nginx',
    capabilities: ['NET_ADMIN'],
    execs: [{ path: '/b' }],
    opens: [{ path: '/o' }],
    syscalls: ['read'],
    endpoints: [{ endpoint: ':80/', internal: false }],
    rulePolicies: { R1: { processAllowed: ['sh'] } },
    identifiedCallStacks: [{ callID: 'x', callStack: { root: { frame: EMPTY_FRAME } } }],
    imageTag: 'overlay',
    architectures: ['arm64'],
  };

  it('appends the entries of the container of that name, and neither its image nor its call stacks', () => {
    const merged = mergeApplicationProfile(base, anOverlay({ containers: [container] }), 'nginx');
    assert.deepEqual(merged.spec, {
      capabilities: ['KILL', 'NET_ADMIN'],
      execs: [{ path: '/a' }, { path: '/b' }],
      opens: [{ path: '/o' }],
      syscalls: ['read'],
      endpoints: [{ endpoint: ':80/', internal: false }],
      rulePolicies: { R1: { processAllowed: ['sh'] } },
      identifiedCallStacks: [],
      imageTag: 'base',
    });
    assert.deepEqual(merged.metadata, base.metadata);
  });

  it('looks for the container in containers, then init, then ephemeral ones', () => {
    const named = (path: string) => ({ name: 'nginx', execs: [{ path }] });
    const overlays = [
      { containers: [named('/c')], initContainers: [named('/i')] },
      { containers: null, initContainers: [named('/i')], ephemeralContainers: [named('/e')] },
      { ephemeralContainers: [named('/e')] },
    ];
    const last = overlays.map(
      (spec) => mergeApplicationProfile(base, anOverlay(spec), 'nginx').spec.execs?.at(-1)?.path,
    );
    assert.deepEqual(last, ['/c', '/i', '/e']);
  });

  it('leaves the profile as it is when no container has the name', () => {
    assert.equal(mergeApplicationProfile(base, anOverlay({ containers: [container] }), 'x'), base);
    assert.equal(mergeApplicationProfile(base, anOverlay({}), 'nginx'), base);
  });

  it('puts new lists into the result, so that none is shared with an input', () => {
    const overlay = anOverlay({ containers: [container] });
    const { execs, opens } = mergeApplicationProfile(base, overlay, 'nginx').spec;
    assert.notEqual(execs, base.spec.execs);
    assert.notEqual(opens, container.opens);
    assert.ok(!Object.isFrozen(execs));
  });
});

describe('mergeNetworkNeighborhood', () => {
  const http = { name: 'TCP-80', protocol: 'TCP', port: 80 };
  const learned = aNeighbor('1', {
    type: 'internal',
    dnsNames: ['b.'],
    ipAddresses: ['10.0.0.1'],
    ipAddress: '10.0.0.1',
    ports: [http, { name: 'TCP-443', protocol: 'TCP', port: 443 }],
    podSelector: { matchLabels: { app: 'a', tier: 'x' } },
    namespaceSelector: null,
  });
  const base = aProfile({ egress: [learned], matchLabels: { app: 'web', v: '1' } });

  it('takes nothing away that stands beside: neighbors without an identifier, or of one', () => {
    for (const identifier of ['', 'x']) {
      const own = ['1.1.1.1', '2.2.2.2'].map((ipAddress) => aNeighbor(identifier, { ipAddress }));
      const added = ['3.3.3.3', '4.4.4.4'].map((ipAddress) => aNeighbor('', { ipAddress }));
      const overlay = aNeighborhood({ containers: [{ name: 'nginx', egress: added }] });
      const { spec } = mergeNetworkNeighborhood(aProfile({ egress: own }), overlay, 'nginx');
      assert.deepEqual(
        spec.egress?.map(({ ipAddress }) => ipAddress),
        ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4'],
      );
    }
  });

  it('lays a neighbor over the one of the same identifier, and appends others', () => {
    const egress = [
      aNeighbor('1', {
        type: '',
        dnsNames: ['a.'],
        ipAddresses: ['10.0.0.0/8'],
        ports: [{ name: 'TCP-80', protocol: 'TCP', port: 8080 }],
        podSelector: { matchLabels: { app: 'mine' } },
        namespaceSelector: { matchLabels: { ns: 'x' } },
      }),
      aNeighbor('2'),
    ];
    const overlay = aNeighborhood({ containers: [{ name: 'nginx', egress }] });
    assert.deepEqual(mergeNetworkNeighborhood(base, overlay, 'nginx').spec.egress, [
      {
        ...learned,
        dnsNames: ['a.', 'b.'],
        ipAddresses: ['10.0.0.0/8', '10.0.0.1'],
        ports: [
          { name: 'TCP-80', protocol: 'TCP', port: 8080 },
          { name: 'TCP-443', protocol: 'TCP', port: 443 },
        ],
        podSelector: { matchLabels: { app: 'mine', tier: 'x' } },
        namespaceSelector: { matchLabels: { ns: 'x' } },
      },
      aNeighbor('2'),
    ]);
  });

  it('lets the type and address of a person win where they say one', () => {
    const egress = [aNeighbor('1', { type: 'external', ipAddress: '10.9.9.9' })];
    const overlay = aNeighborhood({ containers: [{ name: 'nginx', egress }] });
    const [merged] = mergeNetworkNeighborhood(base, overlay, 'nginx').spec.egress ?? [];
    assert.deepEqual([merged?.type, merged?.ipAddress], ['external', '10.9.9.9']);
  });

  it('merges the selector even when no container has the name', () => {
    const expression = { key: 'k', operator: 'In', values: ['b', 'a'] };
    const overlay = aNeighborhood({
      matchLabels: { app: 'mine' },
      matchExpressions: [expression, { ...expression, values: ['a', 'b'] }],
      containers: null,
    });
    const { spec } = mergeNetworkNeighborhood(base, overlay, 'nginx');
    assert.deepEqual(spec.matchLabels, { app: 'mine', v: '1' });
    assert.deepEqual(spec.matchExpressions, [expression]);
    assert.deepEqual(spec.egress, [learned]);
  });

  it('makes no list where there was none', () => {
    const overlay = aNeighborhood({ containers: [{ name: 'nginx', ingress: [aNeighbor('3')] }] });
    const { spec } = mergeNetworkNeighborhood(aProfile({}), overlay, 'nginx');
    assert.deepEqual(spec, { ingress: [aNeighbor('3')] });
  });
});
