import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ContainerProfileSpec } from '#model/profile.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import type { CompiledProfile } from './compiled-profile.ts';
import { ProfileCompiler } from './profile-compiler.ts';
import { EVERYTHING, NOTHING } from './profile-needs.ts';
import { allAnswers } from './testing/all-answers.ts';
import { anyNeeds, anyQuestions, anySpec, type Questions } from './testing/arbitrary-profile.ts';
import { PlainProfile } from './testing/plain-profile.ts';

const NO_SIZES = { strings: 0, groups: 0, sizeBytes: 0 };

/** A profile with something on every surface. */
function fullSpec(name: string): ContainerProfileSpec {
  const neighbor = {
    identifier: name,
    type: 'external',
    ports: [{ name: 'p', protocol: 'TCP', port: 443 }],
  };
  return {
    execs: [{ path: `/bin/${name}`, args: [name, '⋯'] }],
    opens: [{ path: `/etc/${name}`, flags: ['O_RDONLY'] }, { path: `/var/⋯/${name}` }],
    syscalls: ['read', name],
    capabilities: [name],
    endpoints: [{ endpoint: `:80/${name}`, methods: ['GET'], internal: false }],
    egress: [{ ...neighbor, dns: `${name}.example.com.`, ipAddress: '10.0.0.1' }],
    ingress: [{ ...neighbor, dnsNames: ['*.example.com'], ipAddresses: ['10.0.0.0/8', '*'] }],
    rulePolicies: { R1: { processAllowed: [name] } },
    identifiedCallStacks: [
      {
        callID: name,
        callStack: {
          root: {
            frame: { fileID: '', lineno: '' },
            children: [{ frame: { fileID: name, lineno: '1' } }],
          },
        },
      },
    ],
  };
}

describe('ProfileCompiler', () => {
  it('has everything back once all are released, in any order and however often', () => {
    const specs = fc.array(fc.tuple(anySpec, anyNeeds), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(specs, fc.array(fc.nat(), { maxLength: 12 }), (all, order) => {
        const compiler = new ProfileCompiler(1);
        const compiled = all.map(([spec, needs]) => compiler.compile(spec, needs));
        for (const i of order) compiled[i % compiled.length]?.release();
        for (const profile of compiled) profile.release();
        assert.deepEqual(compiler.sizes, NO_SIZES);
      }),
      { numRuns: 300 },
    );
    const compiler = new ProfileCompiler(1);
    const full = [
      compiler.compile(fullSpec('a'), EVERYTHING),
      compiler.compile(fullSpec('b'), EVERYTHING),
    ];
    assert.ok(
      compiler.sizes.strings > 10 && compiler.sizes.groups > 3 && compiler.sizes.sizeBytes > 100,
    );
    for (const profile of full) profile.release();
    assert.deepEqual(compiler.sizes, NO_SIZES);
  });

  it('lets no profile disturb another, whatever is compiled and released between', () => {
    const compile = fc.record({
      spec: anySpec,
      needs: fc.oneof(fc.constant(EVERYTHING), anyNeeds),
    });
    const steps = fc.array(fc.oneof(compile, fc.record({ release: fc.nat() })), { maxLength: 24 });
    const questions = fc.array(anyQuestions, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(steps, questions, (all, asked) => {
        const held = new HeldProfiles();
        for (const step of all) {
          if ('release' in step) held.release(step.release);
          else held.compile(step.spec, step.needs);
          held.check(asked);
        }
        held.releaseAll();
        assert.deepEqual(held.compiler.sizes, NO_SIZES);
      }),
      { numRuns: 200 },
    );
  });

  it('lets a released profile answer like an empty one, also when its numbers are used again', () => {
    const compiler = new ProfileCompiler(1);
    const empty = compiler.compile({}, EVERYTHING);
    const released = compiler.compile(fullSpec('a'), EVERYTHING);
    const { callStacks } = released;
    released.release();
    released.release();
    const others = ['a', 'b'].map((name) => compiler.compile(fullSpec(name), EVERYTHING));
    fc.assert(
      fc.property(anyQuestions, (asked) => {
        assert.deepEqual(allAnswers(released, asked), allAnswers(empty, asked));
      }),
      { numRuns: 200 },
    );
    assert.ok(!released.wasExecuted('/bin/a') && others[0]?.wasExecuted('/bin/a'));
    assert.equal(released.policyOf('R1'), undefined);
    assert.deepEqual([callStacks.callIds, released.callStacks.callIds], [[], []]);
    assert.deepEqual(released.entriesAllowing({ surface: 'opens', path: '/etc/a' }), []);
    assert.deepEqual(
      [released.nearestTo({ surface: 'opens', path: '/etc/a' }), released.sizeBytes],
      [undefined, 0],
    );
    assert.equal(released.checksum, empty.checksum);
  });

  it('shares what profiles have in common', () => {
    const compiler = new ProfileCompiler(1);
    const first = compiler.compile(fullSpec('a'), EVERYTHING);
    const { sizes } = compiler;
    const second = compiler.compile(fullSpec('a'), EVERYTHING);
    assert.deepEqual(compiler.sizes, sizes);
    assert.equal(first.callStacks, second.callStacks);
    assert.equal(first.policyOf('R1'), second.policyOf('R1'));
    first.release();
    assert.deepEqual(compiler.sizes, sizes);
    assert.deepEqual(second.callStacks.callIds, ['a']);
    assert.deepEqual(second.policyOf('R1'), { processAllowed: ['a'] });
  });

  it('changes nothing in what it is given', () => {
    const spec = deepFrozen(fullSpec('a'));
    const compiler = new ProfileCompiler(1);
    const compiled = compiler.compile(spec, EVERYTHING);
    assert.ok(compiled.wasPathOpenedWithFlags('/etc/a', ['O_RDONLY']));
  });

  it('counts different valid entries, and those that it kept', () => {
    const spec: ContainerProfileSpec = {
      opens: [
        { path: '/a' },
        { path: '/a', flags: ['O_RDWR'] },
        { path: '/b' },
        { path: '/⋯' },
        { path: '' },
      ],
      syscalls: ['read', 'read', 'write'],
      egress: [
        { identifier: '1', type: 'x', ipAddress: '10.0.0.1', ipAddresses: ['10.0.0.1', 'x'] },
      ],
    };
    const opens = { all: false, selectors: [{ exact: '/a' }] };
    const { entries } = new ProfileCompiler().compile(spec, {
      ...EVERYTHING,
      opens,
      syscalls: NOTHING.syscalls,
    });
    assert.deepEqual(entries.opens, { stored: 3, kept: 2 });
    assert.deepEqual(entries.syscalls, { stored: 2, kept: 0 });
    assert.deepEqual(entries.egressAddresses, { stored: 1, kept: 1 });
    assert.deepEqual(entries.egressDomains, { stored: 0, kept: 0 });
  });

  it('says what a profile holds alone, growing with what is kept', () => {
    const opens = Array.from({ length: 1_000 }, (_, i) => ({
      path: `/a/${i}`,
      flags: ['O_RDONLY'],
    }));
    const compiler = new ProfileCompiler();
    const sizeOf = (count: number) =>
      compiler.compile({ opens: opens.slice(0, count) }, EVERYTHING).sizeBytes;
    assert.ok(sizeOf(1_000) - sizeOf(500) >= 2_000);
    assert.ok(sizeOf(1_000) < 8_000);
  });
});

describe('checksum', () => {
  const of = (
    spec: ContainerProfileSpec,
    needs: ProfileNeeds = EVERYTHING,
    compiler = new ProfileCompiler(),
  ) => compiler.compile(spec, needs).checksum;

  it('is equal for one content, whatever the order, repetitions, and what else the pool holds', () => {
    fc.assert(
      fc.property(anySpec, anySpec, anyNeeds, (spec, other, needs) => {
        const compiler = new ProfileCompiler(9);
        compiler.compile(other, EVERYTHING);
        assert.equal(of(shuffled(spec), needs, compiler), of(spec, needs));
      }),
      { numRuns: 300 },
    );
  });

  it('is different when an answer is', () => {
    fc.assert(
      fc.property(fc.tuple(anySpec, anySpec), anyNeeds, anyQuestions, ([a, b], needs, asked) => {
        const compiler = new ProfileCompiler();
        const [first, second] = [compiler.compile(a, needs), compiler.compile(b, needs)];
        const isAlike =
          JSON.stringify(allAnswers(first, asked)) === JSON.stringify(allAnswers(second, asked));
        if (!isAlike) assert.notEqual(first.checksum, second.checksum);
      }),
      { numRuns: 500 },
    );
  });

  it('tells policies, call stacks and declared prefixes apart, and nothing that is not needed', () => {
    const empty = of({});
    assert.notEqual(of({ rulePolicies: { R1: { containerAllowed: true } } }), empty);
    assert.notEqual(of({ identifiedCallStacks: fullSpec('a').identifiedCallStacks ?? [] }), empty);
    const prefix = {
      ...NOTHING,
      opens: { all: false, selectors: [{ prefix: '/a' }, { exact: '/b' }] },
    };
    const pattern: ContainerProfileSpec = { opens: [{ path: '/a/⋯' }] };
    const undeclared = { ...NOTHING, opens: { all: false, selectors: [{ exact: '/b' }] } };
    assert.notEqual(of(pattern, prefix), of(pattern, undeclared));
    assert.equal(
      of(fullSpec('a'), NOTHING),
      of({ ...fullSpec('a'), opens: [], egress: null }, NOTHING),
    );
  });
});

/** Profiles of one compiler beside plain ones. */
class HeldProfiles {
  readonly compiler = new ProfileCompiler(2);
  readonly #held: { readonly compiled: CompiledProfile; readonly plain: PlainProfile }[] = [];

  compile(spec: ContainerProfileSpec, needs: ProfileNeeds): void {
    const compiled = this.compiler.compile(spec, needs);
    this.#held.push({ compiled, plain: new PlainProfile(spec, needs) });
  }

  release(index: number): void {
    const [gone] = this.#held.splice(index % Math.max(1, this.#held.length), 1);
    gone?.compiled.release();
  }

  releaseAll(): void {
    while (this.#held.length > 0) this.release(0);
  }

  check(asked: readonly Questions[]): void {
    for (const { compiled, plain } of this.#held) {
      for (const each of asked)
        assert.deepEqual(allAnswers(compiled, each), allAnswers(plain, each));
    }
  }
}

function shuffled(spec: ContainerProfileSpec): ContainerProfileSpec {
  const turned = Object.entries(spec).map(([field, value]) => [
    field,
    Array.isArray(value) ? [...value, ...value].reverse() : value,
  ]);
  return Object.fromEntries(turned) as ContainerProfileSpec;
}

function deepFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFrozen(member);
    Object.freeze(value);
  }
  return value;
}
