import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import { registerApiMetrics } from './metrics.ts';

describe('metrics of a served store', () => {
  it('tell the answers apart, and are 0 while nothing is served', async () => {
    const metrics = new Metrics();
    let server: Parameters<typeof registerApiMetrics>[1] = () => undefined;
    registerApiMetrics(metrics, () => server());
    assert.match(await metrics.render(), /requests_total\{answer="ok"\} 0\n/);
    const counts = { requests: 10, refused: 3, failed: 1, inFlight: 0, watchers: 2, serialised: 7 };
    server = () => ({ counts });
    const text = await metrics.render();
    assert.match(text, /requests_total\{answer="ok"\} 6\n/);
    assert.match(text, /requests_total\{answer="refused"\} 3\n/);
    assert.match(text, /requests_total\{answer="failed"\} 1\n/);
    assert.match(text, /serialised_events_total 7\n/);
    assert.match(text, /api_watchers 2\n/);
  });
});
