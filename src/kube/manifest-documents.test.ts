import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseManifests } from './manifest-documents.ts';

const read = (text: string) => {
  const { manifests, errors } = parseManifests(text, 'f.yaml');
  return {
    objects: manifests.map(({ object }) => object),
    sources: manifests.map(({ source }) => source),
    errors: errors.map(({ message }) => message),
  };
};

describe('documents of a manifest', () => {
  it('are cut at their marks, whatever stands around them', () => {
    const text =
      '# head\n%YAML 1.2\n---\na: 1\n---\n---\n# nothing\n--- # b\nb: |\n  x\n  --- y\n...\n---\r\nc: 3\r\n---\n';
    assert.deepEqual(read(text).objects, [{ a: 1 }, { b: 'x\n--- y\n' }, { c: 3 }]);
  });

  it('carry their number when there are several', () => {
    assert.deepEqual(read('a: 1').sources, ['f.yaml']);
    assert.deepEqual(read('a: 1\n---\nb: 1').sources, ['f.yaml, document 1', 'f.yaml, document 2']);
  });

  it('are used although another is broken, which is told with its line', () => {
    const { objects, errors } = read('a: 1\n---\nb: [1\nc: 2\n---\nd: 4\n---\n- list\n---\nword\n');
    assert.deepEqual(objects, [{ a: 1 }, { d: 4 }]);
    assert.deepEqual(errors.length, 3);
    assert.match(errors[0] ?? '', /^f\.yaml:4: expected YAML or JSON: /);
    assert.equal(errors[1], 'f.yaml, document 4: expected a Kubernetes object, got a list');
    assert.equal(errors[2], 'f.yaml, document 5: expected a Kubernetes object, got a string');
  });

  it('may be JSON, with a byte order mark and with a mistake', () => {
    assert.deepEqual(read('\uFEFF {"a": "\\u0041"}').objects, [{ a: 'A' }]);
    assert.match(read('{"a": 1,\n"b": }}').errors[0] ?? '', /^f\.yaml:2: expected YAML or JSON: /);
  });

  it('keep timestamps and yes as the text they are', () => {
    assert.deepEqual(read('t: 2023-03-26T09:10:32Z\ny: yes').objects, [
      { t: '2023-03-26T09:10:32Z', y: 'yes' },
    ]);
  });

  it('are nothing when there is nothing', () => {
    for (const text of ['', '\n', '# c', '---\n---\n', 'null']) {
      assert.deepEqual(read(text), { objects: [], sources: [], errors: [] });
    }
  });
});

describe('lists', () => {
  it('are replaced by their items, each named', () => {
    const { objects, sources, errors } = read('kind: List\nitems: [{kind: A}, 7, {kind: B}]');
    assert.deepEqual(objects, [{ kind: 'A' }, { kind: 'B' }]);
    assert.deepEqual(sources, ['f.yaml, item 1', 'f.yaml, item 3']);
    assert.deepEqual(errors, ['f.yaml, item 2: expected a Kubernetes object, got a number']);
  });

  it('of one kind lend it to their items', () => {
    const { objects } = read('{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{}}]}');
    assert.deepEqual(objects, [{ kind: 'Pod', apiVersion: 'v1', metadata: {} }]);
  });
});

describe('hostile manifests', () => {
  it('cannot fill the memory through aliases', () => {
    let text = 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n';
    for (let level = 1; level < 9; level += 1) {
      text += `a${level}: &a${level} [${`*a${level - 1},`.repeat(10)}]\n`;
    }
    assert.match(read(text).errors[0] ?? '', /^f\.yaml: expected at most 1000000 values/);
  });

  it('cannot make one long text stand for many', () => {
    const text = `d: &d ${'x'.repeat(10_000)}\nl: [${'*d,'.repeat(10_000)}]\n`;
    assert.match(read(text).errors[0] ?? '', /^f\.yaml: expected at most 67108864 characters/);
  });

  it('cannot go round in circles or too deep', () => {
    assert.match(read('a: &a [*a]').errors[0] ?? '', /^f\.yaml.*/);
    const deep = `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`;
    assert.match(read(deep).errors[0] ?? '', /^f\.yaml: expected at most 100 levels/);
  });

  it('cannot change what an object is', () => {
    for (const text of ['a: {__proto__: {b: 1}}', '{"a": {"__proto__": {"b": 1}}}']) {
      assert.match(read(text).errors[0] ?? '', /expected no key called __proto__/);
    }
    assert.equal(({} as Record<string, unknown>)['b'], undefined);
  });

  it('never throw', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom('---', 'a: &a', '- *a', '{', ']', '  b: |'));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        parseManifests(lines.join('\n'), 'f.yaml');
      }),
    );
  });
});
