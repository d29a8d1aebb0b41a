import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import { registerLearningMetrics } from './metrics.ts';
import { aLearner, MINUTE } from './testing/learner-setup.ts';
import { aContainer, anOpen } from './testing/observed.ts';

describe('registerLearningMetrics', () => {
  it('shows containers, what waits, and reports by what became of them', async () => {
    const { clock, learner, store } = aLearner();
    const metrics = new Metrics();
    registerLearningMetrics(metrics, learner);
    learner.containerAdded(aContainer());
    await clock.advance(2 * MINUTE);
    store.behave = () => 'invalid';
    learner.observe(anOpen('/a'));
    await clock.advance(10 * MINUTE);
    learner.observe(anOpen('/b'));
    const text = await metrics.render();
    assert.match(text, /^node_agent_learning_containers 1$/m);
    assert.match(text, /^node_agent_learning_unsaved_entries 2$/m);
    assert.match(text, /^node_agent_learning_reports_total\{result="stored"\} 1$/m);
    assert.match(text, /^node_agent_learning_reports_total\{result="refused"\} 1$/m);
    assert.match(text, /^node_agent_learning_queue_reports 1$/m);
    assert.match(text, /^node_agent_learning_queue_bytes [1-9]\d+$/m);
    assert.match(text, /^node_agent_learning_queue_set_aside 0$/m);
    assert.match(text, /^node_agent_learning_queue_oldest_age_seconds 0$/m);
    assert.match(text, /^node_agent_learning_reports_given_up_total 0$/m);
    assert.match(text, /^node_agent_learning_report_splits_total 0$/m);
    await learner.stop();
  });
});
