import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ResourceDefinition } from '#model/schema/resource.js';
import { RESOURCES, resourceOfKind } from '#model/schema/resources.js';
import { checkAgainstSchema, unknownFields } from './check-object.ts';
import { FULL_OBJECTS } from './testing/full-objects.ts';

type Step = string | number;

/** The full object of a kind with one value put somewhere, or taken away. */
function changed(kind: string, path: readonly Step[], value?: unknown): unknown {
  // Parts of the full objects are shared; the copy shares none.
  const object = JSON.parse(JSON.stringify(FULL_OBJECTS[kind])) as Record<Step, unknown>;
  let at = object;
  for (const step of path.slice(0, -1)) at = at[step] as Record<Step, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return object;
}

function problems(kind: string, object: unknown): readonly string[] {
  return checkAgainstSchema(definition(kind), object).map(
    ({ field, type }) => `${field} ${type.replace('FieldValue', '')}`,
  );
}

function definition(kind: string): ResourceDefinition {
  const resource = resourceOfKind(kind);
  assert.ok(resource, kind);
  return resource;
}

describe('checkAgainstSchema', () => {
  it('names the exact field of what is wrong in a spec', () => {
    const cases: readonly (readonly [string, readonly Step[], unknown, string])[] = [
      ['ContainerProfile', ['spec', 'execs', 0, 'path'], 5, 'spec.execs[0].path TypeInvalid'],
      ['ContainerProfile', ['spec', 'execs', 0, 'path'], undefined, 'spec.execs[0].path Required'],
      ['ContainerProfile', ['spec', 'execs', 0, 'path'], null, 'spec.execs[0].path Required'],
      ['ContainerProfile', ['spec', 'execs'], {}, 'spec.execs TypeInvalid'],
      ['ContainerProfile', ['spec', 'opens', 0], 'x', 'spec.opens[0] TypeInvalid'],
      ['ContainerProfile', ['spec'], [], 'spec TypeInvalid'],
      [
        'ContainerProfile',
        ['spec', 'egress', 0, 'ports', 0, 'port'],
        70_000,
        'spec.egress[0].ports[0].port Invalid',
      ],
      [
        'ContainerProfile',
        ['spec', 'egress', 0, 'ports', 0, 'port'],
        1.5,
        'spec.egress[0].ports[0].port TypeInvalid',
      ],
      [
        'ContainerProfile',
        ['spec', 'rulePolicies', 'R0001', 'processAllowed'],
        'sh',
        'spec.rulePolicies.R0001.processAllowed TypeInvalid',
      ],
      [
        'ContainerProfile',
        ['spec', 'initContainers', 0, 'opens', 0, 'flags', 0],
        1,
        'spec.initContainers[0].opens[0].flags[0] TypeInvalid',
      ],
      [
        'ContainerProfile',
        ['spec', 'matchExpressions', 0, 'operator'],
        'Near',
        'spec.matchExpressions[0].operator NotSupported',
      ],
      ['Rules', ['spec', 'rules', 0, 'severity'], 11, 'spec.rules[0].severity Invalid'],
      [
        'Rules',
        ['spec', 'rules', 0, 'profileDependency'],
        3,
        'spec.rules[0].profileDependency NotSupported',
      ],
      ['Rules', ['spec', 'rules'], undefined, 'spec.rules Required'],
      ['Rules', ['spec'], undefined, 'spec Required'],
      [
        'CollapseConfiguration',
        ['spec', 'collapseConfigs', 0, 'prefix'],
        'etc',
        'spec.collapseConfigs[0].prefix Invalid',
      ],
      [
        'CollapseConfiguration',
        ['spec', 'collapseConfigs', 0, 'threshold'],
        0,
        'spec.collapseConfigs[0].threshold Invalid',
      ],
      [
        'CollapseConfiguration',
        ['spec', 'collapseConfigs', 1, 'prefix'],
        '/etc',
        'spec.collapseConfigs[1] Duplicate',
      ],
      [
        'CollapseConfiguration',
        ['spec', 'openDynamicThreshold'],
        -1,
        'spec.openDynamicThreshold Invalid',
      ],
      [
        'RuntimeRuleAlertBinding',
        ['spec', 'rules', 0, 'ruleName'],
        'Shell',
        'spec.rules[0] Forbidden',
      ],
      [
        'RuntimeRuleAlertBinding',
        ['spec', 'rules', 1, 'ruleName'],
        undefined,
        'spec.rules[1] Required',
      ],
    ];
    for (const [kind, path, value, expected] of cases) {
      assert.deepEqual(problems(kind, changed(kind, path, value)), [expected]);
    }
  });

  it('takes null for a list, an object and a port, and no status at all', () => {
    for (const field of ['execs', 'rulePolicies', 'seccompProfile', 'matchLabels', 'egress']) {
      const object = changed('ContainerProfile', ['spec', field], null);
      assert.deepEqual(problems('ContainerProfile', object), []);
    }
    const port = ['spec', 'egress', 0, 'ports', 0, 'port'];
    assert.deepEqual(problems('ContainerProfile', changed('ContainerProfile', port, null)), []);
    assert.deepEqual(problems('ContainerProfile', changed('ContainerProfile', ['status'])), []);
  });

  it('looks into the nodes of a call stack, however deep', () => {
    const path = ['spec', 'identifiedCallStacks', 0, 'callStack', 'root', 'children', 0];
    const inner = { frame: { fileID: '1', lineno: '2' }, children: [{ frame: { fileID: 1 } }] };
    assert.deepEqual(problems('ContainerProfile', changed('ContainerProfile', path, inner)), [
      'spec.identifiedCallStacks[0].callStack.root.children[0].children[0].frame.lineno Required',
      'spec.identifiedCallStacks[0].callStack.root.children[0].children[0].frame.fileID TypeInvalid',
    ]);
  });

  it('checks metadata as Kubernetes does', () => {
    const long = 'a'.repeat(64);
    const cases: readonly (readonly [readonly Step[], unknown, string])[] = [
      [['metadata', 'name'], 'Web', 'metadata.name Invalid'],
      [['metadata', 'name'], 'web_1', 'metadata.name Invalid'],
      [['metadata', 'name'], `${'a'.repeat(254)}`, 'metadata.name Invalid'],
      [['metadata', 'name'], '', 'metadata.name Required'],
      [['metadata', 'generateName'], 'Web-', 'metadata.generateName Invalid'],
      [['metadata', 'namespace'], 'a.b', 'metadata.namespace Invalid'],
      [['metadata', 'namespace'], undefined, 'metadata.namespace Required'],
      [['metadata', 'labels'], { [long]: '' }, 'metadata.labels Invalid'],
      [['metadata', 'labels'], { a: long }, 'metadata.labels Invalid'],
      [['metadata', 'labels'], { a: 'x y' }, 'metadata.labels Invalid'],
      [['metadata', 'labels'], { '/a': 'x' }, 'metadata.labels Invalid'],
      [['metadata', 'labels'], { 'a/b/c': 'x' }, 'metadata.labels Invalid'],
      [['metadata', 'labels'], { a: 1 }, 'metadata.labels.a TypeInvalid'],
      [['metadata', 'annotations'], { 'a b': '' }, 'metadata.annotations Invalid'],
      [['metadata', 'annotations'], { a: 'x'.repeat(262_144) }, 'metadata.annotations TooLong'],
      [['metadata', 'finalizers'], ['a/b', '-'], 'metadata.finalizers Invalid'],
      [['metadata', 'creationTimestamp'], 'today', 'metadata.creationTimestamp Invalid'],
      [['metadata'], 'web', 'metadata TypeInvalid'],
      [['apiVersion'], 'v1', 'apiVersion Invalid'],
      [['kind'], undefined, 'kind Required'],
    ];
    for (const [path, value, expected] of cases) {
      const object = changed('ContainerProfile', path, value);
      assert.deepEqual(problems('ContainerProfile', object), [expected]);
    }
  });

  it('takes what Kubernetes takes as metadata', () => {
    const fine = {
      annotations: { 'Example.com/UPPER': 'x'.repeat(262_126), a: '' },
      labels: { 'a.b/c_D.e': 'V_1', a: '' },
      creationTimestamp: null,
      finalizers: null,
      generateName: 'web-',
      namespace: 'shop',
    };
    const object = changed('ContainerProfile', ['metadata'], fine);
    assert.deepEqual(problems('ContainerProfile', object), []);
  });

  it('refuses a namespace on a cluster-wide kind', () => {
    const object = changed('CollapseConfiguration', ['metadata', 'namespace'], 'shop');
    assert.deepEqual(problems('CollapseConfiguration', object), ['metadata.namespace Forbidden']);
  });

  it('takes any status on a ContainerProfile, and the public ones on the older kinds', () => {
    const path = ['metadata', 'annotations', 'kubescape.io/status'];
    assert.deepEqual(problems('ContainerProfile', changed('ContainerProfile', path, 'failed')), []);
    for (const kind of ['ApplicationProfile', 'NetworkNeighborhood']) {
      assert.deepEqual(problems(kind, changed(kind, path, 'too-large')), []);
      assert.deepEqual(problems(kind, changed(kind, path, 'failed')), [
        'metadata.annotations[kubescape.io/status] NotSupported',
      ]);
    }
  });

  it('checks the addresses and names of a NetworkNeighborhood only', () => {
    for (const [field, value] of [
      ['ipAddresses', '10.0.0.300'],
      ['ipAddresses', '10.0.0.0/33'],
      ['dnsNames', 'a.*.b.'],
      ['dnsNames', '**'],
    ] as const) {
      const path = ['spec', 'initContainers', 0, 'egress', 0, field, 0];
      assert.deepEqual(
        problems('NetworkNeighborhood', changed('NetworkNeighborhood', path, value)),
        [`spec.initContainers[0].egress[0].${field}[0] Invalid`],
      );
      const free = changed('ContainerProfile', ['spec', 'egress', 0, field, 0], value);
      assert.deepEqual(problems('ContainerProfile', free), []);
    }
  });

  it('stops after 32 problems and keeps messages and paths short', () => {
    const items = Array.from({ length: 100_000 }, () => 'x'.repeat(1_000));
    const found = checkAgainstSchema(
      definition('ContainerProfile'),
      changed('ContainerProfile', ['spec', 'rulePolicies'], { ['k'.repeat(5_000)]: items }),
    );
    assert.equal(found.length, 1);
    const many = changed('ContainerProfile', ['spec', 'execs'], items);
    const all = checkAgainstSchema(definition('ContainerProfile'), many);
    assert.equal(all.length, 32);
    for (const { field, message } of [...found, ...all]) {
      assert.ok(field.length < 600 && message.length < 300, field);
    }
  });

  it('refuses what is nested too deep without falling over', () => {
    let deep: unknown = {};
    for (let i = 0; i < 100_000; i += 1) deep = { children: [deep], frame: {} };
    const path = ['spec', 'identifiedCallStacks', 0, 'callStack', 'root'];
    const object = changed('ContainerProfile', path, 1) as { spec: Record<string, unknown> };
    object.spec['extra'] = deep;
    assert.deepEqual(problems('ContainerProfile', object), [' Invalid']);
    assert.deepEqual(unknownFields(definition('ContainerProfile'), object), []);
  });

  it('never throws and never answers without a field, whatever it gets', () => {
    const kinds = fc.constantFrom(...RESOURCES);
    fc.assert(
      fc.property(kinds, fc.jsonValue(), fc.jsonValue(), (resource, whole, part) => {
        checkAgainstSchema(resource, whole);
        unknownFields(resource, whole);
        const full = FULL_OBJECTS[resource.kind] as { readonly spec: object };
        for (const key of Object.keys(full.spec)) {
          const spec = { ...full.spec, [key]: part };
          for (const problem of checkAgainstSchema(resource, { ...full, spec })) {
            assert.match(problem.field, new RegExp(`^spec\\.${key}`));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('unknownFields', () => {
  it('names each field that nothing is known of', () => {
    const object = changed('ContainerProfile', ['spec', 'execs', 0, 'pth'], 1) as object;
    const found = unknownFields(definition('ContainerProfile'), {
      ...object,
      extra: 1,
      metadata: { lables: {} },
    });
    assert.deepEqual([...found].sort(), ['extra', 'metadata.lables', 'spec.execs[0].pth']);
  });

  it('leaves alone what is kept as it is', () => {
    const path = ['spec', 'endpoints', 0, 'headers'];
    const object = changed('ContainerProfile', path, { any: [{ thing: 1 }] });
    assert.deepEqual(unknownFields(definition('ContainerProfile'), object), []);
  });

  it('looks into the nodes of a call stack', () => {
    const path = ['spec', 'identifiedCallStacks', 0, 'callStack', 'root', 'children', 0, 'x'];
    assert.deepEqual(
      unknownFields(definition('ContainerProfile'), changed('ContainerProfile', path, 1)),
      ['spec.identifiedCallStacks[0].callStack.root.children[0].x'],
    );
  });

  it('does not take what every object inherits for a field of the schema', () => {
    const spec = JSON.parse('{"constructor": {}, "__proto__": {}, "toString": 1}');
    const found = unknownFields(definition('ContainerProfile'), { spec });
    assert.deepEqual(found, ['spec.constructor', 'spec.__proto__', 'spec.toString']);
    const object = changed('Rules', ['spec'], JSON.parse('{"__proto__": {"rules": []}}'));
    assert.deepEqual(problems('Rules', object), ['spec.rules Required']);
  });

  it('names 100 at most', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x${i}`, 1]));
    const found = unknownFields(definition('ContainerProfile'), { spec: many });
    assert.equal(found.length, 100);
  });
});
