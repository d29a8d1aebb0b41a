import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CallStackNode } from '#model/profile.js';
import type { Observed } from './observed.ts';
import { callStackTrees } from './recorded-call-stacks.ts';
import { splitObserved } from './split-observed.ts';

const word = fc.string({ minLength: 1, maxLength: 12 });
const few = <T>(each: fc.Arbitrary<T>) => fc.array(each, { maxLength: 5 });
const distinct = (of: fc.Arbitrary<string>) => fc.uniqueArray(of, { maxLength: 5 });
const ports = fc
  .uniqueArray(fc.nat(9), { maxLength: 5 })
  .map((all) => all.map((port) => ({ name: `TCP-${port}`, protocol: 'TCP', port })));
const neighbors = fc
  .uniqueArray(fc.record({ identifier: word, type: fc.constant('external'), ports }), {
    selector: ({ identifier }) => identifier,
    maxLength: 4,
  })
  .filter((all) => all.length > 0);
const stacks = few(
  fc.record({
    callId: fc.constantFrom('open', 'exec'),
    frames: fc.array(fc.record({ fileId: fc.constantFrom('a', 'b', 'c'), line: fc.nat(2) }), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
);
const observed: fc.Arbitrary<Observed> = fc
  .record(
    {
      execs: few(fc.record({ path: word, args: few(word) })),
      opens: few(fc.record({ path: word, flags: few(word) })),
      capabilities: distinct(word),
      syscalls: distinct(word),
      egress: neighbors,
      ingress: neighbors,
      identifiedCallStacks: stacks.map(callStackTrees),
      rulePolicies: fc.dictionary(
        word.filter((id) => id !== '__proto__'),
        fc.record({ processAllowed: distinct(word) }),
        { maxKeys: 4 },
      ),
    },
    { requiredKeys: ['execs', 'opens'] },
  )
  .map((all) => all as Observed);

/** Every single thing that was observed, as texts. */
function atoms(all: Observed): readonly string[] {
  const { execs, opens, capabilities = [], syscalls = [], endpoints = [] } = all;
  const { egress = [], ingress = [], identifiedCallStacks = [], rulePolicies = {} } = all;
  const lists = { execs, opens, capabilities, syscalls, endpoints };
  const plain = Object.entries(lists).flatMap(([name, list]) =>
    list.map((entry) => JSON.stringify([name, entry])),
  );
  const ofNeighbors = Object.entries({ egress, ingress }).flatMap(([name, list]) =>
    list.flatMap(({ identifier, ports: own }) =>
      (own?.length ? own : ['none']).map((port) => JSON.stringify([name, identifier, port])),
    ),
  );
  const ofStacks = identifiedCallStacks.flatMap(({ callID, callStack }) =>
    ways(callStack.root).map((way) => JSON.stringify([callID, way])),
  );
  const ofPolicies = Object.entries(rulePolicies).flatMap(([rule, { processAllowed }]) =>
    (processAllowed?.length ? processAllowed : ['none']).map((one) => JSON.stringify([rule, one])),
  );
  return [...plain, ...ofNeighbors, ...ofStacks, ...ofPolicies].sort();
}

function ways({ frame, children }: CallStackNode): readonly (readonly unknown[])[] {
  if (!children?.length) return [[frame]];
  return children.flatMap((child) => ways(child).map((way) => [frame, ...way]));
}

const sizeOf = (all: Observed) => JSON.stringify(all).length;

describe('splitObserved', () => {
  it('loses nothing and doubles nothing', () => {
    fc.assert(
      fc.property(observed, (all) => {
        const halves = splitObserved(all);
        const parts = (halves ?? [all]).flatMap((half) => atoms(half));
        assert.deepEqual(parts.sort(), atoms(all));
      }),
    );
  });

  it('splits all the way down to single things, and then says so', () => {
    fc.assert(
      fc.property(observed, (all) => {
        const open = [all];
        const ends: Observed[] = [];
        for (let next = open.pop(); next !== undefined; next = open.pop()) {
          const halves = splitObserved(next);
          if (halves === undefined) ends.push(next);
          else open.push(...halves);
        }
        for (const end of ends) assert.ok(atoms(end).length <= 1);
        assert.deepEqual(ends.flatMap(atoms).sort(), atoms(all));
      }),
    );
  });

  it('makes halves of about the same size, whatever the surface', () => {
    const opens = Array.from({ length: 1_000 }, (_, n) => ({
      path: `/p/${n}`,
      flags: ['O_RDONLY'],
    }));
    const manyPorts = Array.from({ length: 1_000 }, (_, n) => ({
      ...{ name: `TCP-${n}`, protocol: 'TCP', port: n },
    }));
    const one = { identifier: 'i', type: 'external', ipAddress: '192.0.2.1', ports: manyPorts };
    for (const all of [
      { execs: [], opens },
      { execs: [], opens: [], egress: [one] },
      { execs: [], opens: [], rulePolicies: { R1: { processAllowed: opens.map((o) => o.path) } } },
    ]) {
      const [first, second] = splitObserved(all) ?? assert.fail('not split');
      assert.ok(Math.abs(sizeOf(first) - sizeOf(second)) < 0.05 * sizeOf(all));
    }
  });

  it('leaves absent what is empty', () => {
    const [first, second] =
      splitObserved({ execs: [], opens: [], syscalls: ['read', 'write'] }) ?? assert.fail();
    assert.deepEqual(first, { execs: [], opens: [], syscalls: ['read'] });
    assert.deepEqual(second, { execs: [], opens: [], syscalls: ['write'] });
  });

  it('does not split nothing', () => {
    assert.equal(splitObserved({ execs: [], opens: [] }), undefined);
  });
});
