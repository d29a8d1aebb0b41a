import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { type NodePod, parseNodePod } from './node-pod.ts';
import { NodePods } from './node-pods.ts';
import { rawPod } from './testing/sample-pod.ts';

const NAMES = ['a', 'b', 'c'] as const;

/** A pod in the model's cluster: one incarnation, and how far its container is. */
interface Incarnation {
  readonly uid: string;
  readonly state: 'waiting' | 'running' | 'terminated';
}

type Name = (typeof NAMES)[number];

interface Step {
  readonly what: 'make' | 'change' | 'delete' | 'cut' | 'relist';
  readonly name: Name;
  readonly state: Incarnation['state'];
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('make', 'change', 'delete', 'cut', 'relist'),
  name: fc.constantFrom(...NAMES),
  state: fc.constantFrom('waiting', 'running', 'terminated'),
});

function seen(name: Name, { uid, state }: Incarnation): NodePod {
  const status = {
    containerStatuses: [
      { name: 'web', containerID: `containerd://c-${uid}`, state: { [state]: {} } },
    ],
  };
  return parseNodePod(rawPod({ name, uid, status }));
}

/** A cluster, and a watch of it that can be cut: what happens then is only seen by the next list. */
class Cluster {
  readonly pods = new Map<Name, Incarnation>();
  readonly told: NodePods;
  #made = 0;
  #isCut = false;

  constructor(told: NodePods) {
    this.told = told;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  apply({ what, name, state }: Step): void {
    const known = this.pods.get(name);
    if (what === 'cut') this.#isCut = true;
    if (what === 'relist') this.#relist();
    if (what === 'make') this.#made += 1;
    const uid = what === 'make' ? `u${this.#made}` : known?.uid;
    if (uid === undefined) return;
    if (what === 'delete' && known) this.#delete(name, known);
    if (what === 'make' && known) this.#delete(name, known);
    if (what === 'make' || what === 'change') this.#put(name, { uid, state });
  }

  #put(name: Name, incarnation: Incarnation): void {
    const type = this.pods.get(name)?.uid === incarnation.uid ? 'modified' : 'added';
    this.pods.set(name, incarnation);
    if (!this.#isCut) this.told.apply({ type, item: seen(name, incarnation) });
  }

  #delete(name: Name, incarnation: Incarnation): void {
    this.pods.delete(name);
    if (!this.#isCut) this.told.apply({ type: 'deleted', item: seen(name, incarnation) });
  }

  #relist(): void {
    this.#isCut = false;
    this.told.replace([...this.pods].map(([name, incarnation]) => seen(name, incarnation)));
  }
}

function assertSame(cluster: Cluster): void {
  assert.equal(cluster.told.size, cluster.pods.size);
  for (const name of NAMES) {
    const incarnation = cluster.pods.get(name);
    const status = cluster.told.podOf('shop', name);
    assert.equal(status?.uid, incarnation?.uid);
    assert.equal(status?.containerStatuses[0]?.state, incarnation?.state);
    if (incarnation) assert.equal(cluster.told.podByUid(incarnation.uid)?.name, name);
  }
}

/** Whatever was missed: a status is that of the incarnation whose uid stands beside it. */
function assertNothingMixed({ told }: Cluster): void {
  for (const name of NAMES) {
    const status = told.podOf('shop', name);
    for (const { containerId } of status?.containerStatuses ?? []) {
      assert.equal(containerId, `containerd://c-${status?.uid}`);
    }
  }
}

describe('the pods of a node, through any history', () => {
  it('are those of the API server, and never mix two incarnations', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const cluster = new Cluster(new NodePods({ clock: new VirtualClock() }));
        for (const each of steps) {
          cluster.apply(each);
          assertNothingMixed(cluster);
          if (!cluster.isCut) assertSame(cluster);
        }
        cluster.apply({ what: 'relist', name: 'a', state: 'running' });
        assertSame(cluster);
        assert.equal(
          [...cluster.pods.values()].every(({ uid }) => cluster.told.podByUid(uid)),
          true,
        );
      }),
      { numRuns: 300 },
    );
  });
});
