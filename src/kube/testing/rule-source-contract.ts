import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RULE_KINDS, type RuleKind, type RuleObjectSource } from '#model/rule-objects.js';

/** A place for rules as the contract needs it. Each object is called by its kind and name. */
export interface RuleSourceRig {
  readonly source: RuleObjectSource;
  put(kind: RuleKind, name: string, spec: object): Promise<void>;
  remove(kind: RuleKind, name: string): Promise<void>;
  /** Lets the source notice what happened. */
  settle(): Promise<void>;
  /** Whoever watches is cut off, and comes back; nothing is lost on the way. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

const API_VERSION = 'kubescape.io/v1';

/** What every place where rules are kept does. `runs`: of the property test, for places that are slow. */
export function ruleSourceContract(
  name: string,
  open: () => Promise<RuleSourceRig>,
  { runs = 25 }: { readonly runs?: number } = {},
): void {
  const withRig = async (work: (rig: RuleSourceRig) => Promise<void>) => {
    const rig = await open();
    try {
      await work(rig);
    } finally {
      await rig.close();
    }
  };

  describe(`rules in ${name}`, () => {
    it('are none when there is nothing', () =>
      withRig(async (rig) => {
        assert.deepEqual(await told(rig), []);
      }));

    it('are told whole, with a name for messages', () =>
      withRig(async (rig) => {
        await rig.put('Rules', 'mine', { rules: [{ id: 'R1' }] });
        await rig.put('RuntimeRuleAlertBinding', 'all', { rules: [{ ruleID: 'R1' }] });
        const { objects, problems } = await rig.source.read({ signal: never() });
        assert.deepEqual(problems, []);
        const found = objects.map(({ object }) => ({
          apiVersion: object['apiVersion'],
          kind: object['kind'],
          name: Object(object['metadata']).name,
          spec: object['spec'],
        }));
        assert.deepEqual(
          found.sort((a, b) => (String(a.kind) < String(b.kind) ? -1 : 1)),
          [
            {
              ...{ apiVersion: API_VERSION, kind: 'Rules', name: 'mine' },
              spec: { rules: [{ id: 'R1' }] },
            },
            {
              ...{ apiVersion: API_VERSION, kind: 'RuntimeRuleAlertBinding', name: 'all' },
              spec: { rules: [{ ruleID: 'R1' }] },
            },
          ],
        );
        assert.ok(objects.every(({ source }) => /mine|all/.test(source)));
      }));

    it('are followed: each change is told after it, and the start of following too', () =>
      withRig(async (rig) => {
        const watch = follow(rig.source);
        await rig.settle();
        assert.ok(watch.calls() > 0, 'the start');
        const steps = [
          () => rig.put('Rules', 'a', { rules: [] }),
          () => rig.put('Rules', 'a', { rules: [{ id: 'R2' }] }),
          () => rig.put('RuntimeRuleAlertBinding', 'b', { rules: [] }),
          () => rig.remove('Rules', 'a'),
        ];
        for (const [at, step] of steps.entries()) {
          const before = watch.calls();
          await step();
          await rig.settle();
          assert.ok(watch.calls() > before, `step ${at}`);
        }
        assert.deepEqual(await told(rig), ['RuntimeRuleAlertBinding b {"rules":[]}']);
        await watch.stop();
      }));

    it('are followed after an interruption', () =>
      withRig(async (rig) => {
        const watch = follow(rig.source);
        await rig.settle();
        await rig.interrupt();
        const before = watch.calls();
        await rig.put('Rules', 'late', { rules: [] });
        await rig.settle();
        assert.ok(watch.calls() > before);
        assert.deepEqual(await told(rig), ['Rules late {"rules":[]}']);
        await watch.stop();
      }));

    it('are not told of any more after the end', () =>
      withRig(async (rig) => {
        const watch = follow(rig.source);
        await rig.settle();
        await watch.stop();
        const before = watch.calls();
        await rig.put('Rules', 'a', { rules: [] });
        await rig.settle();
        assert.equal(watch.calls(), before);
      }));

    it('are all known to whoever reads after the last call, whatever happened', () =>
      fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 6 }), (steps) =>
          withRig((rig) => playedAndRead(rig, steps)),
        ),
        { numRuns: runs },
      ));
  });
}

/** Does the steps while somebody reads after each call, and compares what was read last. */
async function playedAndRead(rig: RuleSourceRig, steps: readonly Step[]): Promise<void> {
  const model = new Map<string, string>();
  let seen: readonly string[] = [];
  let reading: Promise<void> = Promise.resolve();
  const watch = follow(rig.source, () => {
    reading = reading.then(async () => {
      seen = await told(rig);
    });
  });
  for (const { verb, kind, name, value, isSettled } of steps) {
    const spec = { rules: [{ id: `R${value}` }] };
    const key = `${kind} ${name}`;
    if (verb === 'interrupt') await rig.interrupt();
    if (verb === 'put') await rig.put(kind, name, spec);
    if (verb === 'put') model.set(key, JSON.stringify(spec));
    if (verb === 'remove' && model.delete(key)) await rig.remove(kind, name);
    if (isSettled) await rig.settle();
  }
  await rig.settle();
  await reading;
  assert.deepEqual(seen, [...model].map(([key, spec]) => `${key} ${spec}`).sort());
  await watch.stop();
}

interface Step {
  readonly verb: 'put' | 'remove' | 'interrupt';
  readonly kind: RuleKind;
  readonly name: string;
  readonly value: number;
  readonly isSettled: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom<Step['verb'][]>('put', 'put', 'put', 'remove', 'interrupt'),
  kind: fc.constantFrom(...RULE_KINDS),
  name: fc.constantFrom('a', 'b'),
  value: fc.nat(3),
  isSettled: fc.boolean(),
});

function follow(source: RuleObjectSource, onCall = () => {}) {
  const ending = new AbortController();
  let count = 0;
  const onChange = () => {
    count += 1;
    onCall();
  };
  const running = source.watch({ signal: ending.signal, onChange });
  return {
    calls: () => count,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

/** What is there, as `kind name spec`. */
async function told({ source }: RuleSourceRig): Promise<readonly string[]> {
  const { objects, problems } = await source.read({ signal: never() });
  assert.deepEqual(problems, []);
  return objects
    .map(
      ({ object }) =>
        `${object['kind']} ${Object(object['metadata']).name} ${JSON.stringify(object['spec'])}`,
    )
    .sort();
}

function never(): AbortSignal {
  return new AbortController().signal;
}
