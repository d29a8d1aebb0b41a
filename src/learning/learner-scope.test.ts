import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '#runtime/virtual-clock.js';
import { aLearner, MINUTE } from './testing/learner-setup.ts';
import { aContainer, aLabelledContainer, anOpen } from './testing/observed.ts';

describe('Learner: what is learned', () => {
  it('leaves sandboxes and containers with a profile of their own alone', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer({ kind: 'sandbox' }));
    learner.containerAdded(aLabelledContainer({ 'kubescape.io/user-defined-profile': 'mine' }));
    learner.observe(anOpen('/a'));
    await clock.advance(90 * MINUTE);
    assert.deepEqual(store.tried, []);
    assert.equal(clock.pending, 0);
  });

  it('ends when the label of a profile of its own comes later', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.containerAdded(aLabelledContainer({ 'kubescape.io/user-defined-profile': 'mine' }));
    await clock.advance(90 * MINUTE);
    assert.deepEqual(store.tried, []);
    assert.equal(clock.pending, 0);
  });

  it('takes the learning period from the pod, and ignores a bad one with one warning', async () => {
    const key = 'kubescape.io/max-sniffing-time';
    const { clock, store, warnings, learner } = aLearner();
    learner.containerAdded(aLabelledContainer({ [key]: '5m' }));
    await clock.advance(5 * MINUTE);
    assert.deepEqual(store.column('status'), ['ready', 'completed']);
    for (const [i, bad] of ['soon', 'soon', '0', '-5m'].entries()) {
      learner.containerAdded({ ...aLabelledContainer({ [key]: bad }), id: `bad${i}` });
    }
    assert.equal(warnings.length, 3);
    await clock.advance(59 * MINUTE);
    assert.equal(learner.learning().length, 4);
    await clock.advance(MINUTE);
    assert.equal(learner.learning().length, 0);
  });

  it('says in later reports what became known of the workload, under the same profile', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    await clock.advance(2 * MINUTE);
    const workload = { kind: 'Deployment', name: 'web', resourceVersion: '7' };
    learner.containerAdded(aContainer({ workload }));
    learner.containerAdded(aContainer({ workload, profileName: 'another' }));
    learner.observe(anOpen('/a'));
    await clock.advance(10 * MINUTE);
    const versions = store.rows.map(
      ({ metadata }) => metadata.labels?.['kubescape.io/workload-resource-version'],
    );
    assert.deepEqual(versions, [undefined, '7']);
    await learner.stop();
  });

  it('learns init and ephemeral containers, each as what it is', async () => {
    const { clock, store, learner } = aLearner();
    const { instanceId } = aContainer();
    for (const containerType of ['initContainers', 'ephemeralContainers'] as const) {
      const id = containerType;
      learner.containerAdded(aContainer({ id, instanceId: { ...instanceId, containerType } }));
    }
    await clock.advance(2 * MINUTE);
    assert.deepEqual(store.column('containerType'), ['initContainers', 'ephemeralContainers']);
    await learner.stop();
  });

  it('learns which processes the policy of a rule is to allow, until learning ends', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.notePolicy('c1', 'R1010', 'ln');
    learner.notePolicy('unknown', 'R1010', 'cp');
    await clock.advance(60 * MINUTE);
    learner.notePolicy('c1', 'R1010', 'late');
    const policies = store.rows.map(({ spec }) => spec.rulePolicies?.['R1010']?.processAllowed);
    assert.deepEqual(policies, [['ln'], undefined]);
  });

  it('starts one learning for a container that is added twice', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.containerAdded(aContainer());
    await clock.advance(2 * MINUTE);
    assert.equal(store.rows.length, 1);
    await learner.stop();
  });

  it('forgets a container that is gone, and would learn one of the same id anew', async () => {
    const { store, learner } = aLearner();
    for (const count of [1, 2]) {
      learner.containerAdded(aContainer());
      assert.equal(learner.learning().length, 1);
      learner.containerRemoved({ containerId: 'c1', timeMs: 0, exitCode: 0 });
      await settle();
      assert.equal(store.rows.length, count);
      assert.equal(learner.learning().length, 0);
    }
  });

  it('learns nothing of a container whose identity makes no name, and goes on with the others', async () => {
    const { clock, store, warnings, learner } = aLearner();
    const { instanceId } = aContainer();
    learner.containerAdded(aContainer({ id: 'bad', instanceId: { ...instanceId, name: 'a/b' } }));
    learner.containerAdded(aContainer());
    await clock.advance(2 * MINUTE);
    assert.equal(store.rows.length, 1);
    assert.equal(warnings.length, 1);
    assert.equal(learner.learning().length, 1);
    await learner.stop();
  });
});
