import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import { registerReflectorMetrics } from './metrics.ts';
import { newReflectorCounters } from './reflector-counters.ts';

describe('metrics of reflectors', () => {
  it('tell what each of them counts, by its name', async () => {
    const metrics = new Metrics();
    const pods = newReflectorCounters();
    const reports = newReflectorCounters();
    registerReflectorMetrics(metrics, 'pods', { counters: pods });
    registerReflectorMetrics(metrics, 'reports', { counters: reports });
    pods.lists = 2;
    reports.items = 7;
    reports.expired = 1;
    const text = await metrics.render();
    assert.match(text, /^hullwatch_kube_reflector_lists_total{name="pods"} 2$/m);
    assert.match(text, /^hullwatch_kube_reflector_lists_total{name="reports"} 0$/m);
    assert.match(text, /^hullwatch_kube_reflector_objects{name="reports"} 7$/m);
    assert.match(text, /^hullwatch_kube_reflector_expired_total{name="reports"} 1$/m);
  });

  it('belong to one agent each', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    registerReflectorMetrics(one, 'pods', { counters: newReflectorCounters() });
    registerReflectorMetrics(other, 'reports', { counters: newReflectorCounters() });
    assert.doesNotMatch(await one.render(), /reports/);
  });
});
