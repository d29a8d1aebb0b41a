import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alertFromFinding } from './alert-from-finding.ts';
import { cooldownKeyOf } from './cooldown-key.ts';
import { LOST_EVENTS_RULE, shareLostFinding } from './lost-events.ts';
import { StdoutSink } from './sinks/stdout-sink.ts';
import { aFinding } from './testing/findings.ts';

const { container } = aFinding().subject;
const node = { nodeName: 'n1', hostName: 'h1', agentVersion: '9.9' };

function of(changes: Partial<Parameters<typeof shareLostFinding>[0]> = {}) {
  return shareLostFinding({ container, count: 412, timeMs: 1_769_860_800_250, ...changes });
}

describe('events of a container that were not seen', () => {
  it('become an alert about the container, with no process or profile made up', () => {
    const alert = alertFromFinding(of(), node);
    assert.equal(alert.ruleID, LOST_EVENTS_RULE);
    assert.equal(alert.alertName, 'Events of a container were not seen');
    assert.equal(alert.containerID, container.id);
    assert.equal(alert.timestamp, '2026-01-31T12:00:00.250Z');
    assert.deepEqual(alert.identifiers, {});
    assert.equal('infectedPID' in alert || 'profileMetadata' in alert, false);
  });

  it('are told to people with their number', async () => {
    const written: string[] = [];
    const sink = new StdoutSink({
      ...{ format: 'pretty', hasColour: false, write: (text: string) => written.push(text) },
    });
    await sink.deliver([of(), of({ count: 1 })].map((one) => alertFromFinding(one, node)));
    const what = written.join('').match(/(?<=what +)\S.*/g);
    const rest = 'of the container could not be looked at: it had filled its share of the buffer';
    assert.deepEqual(what, [`412 events ${rest}`, `1 event ${rest}`]);
  });

  it('are repeats of each other in one container, whatever their number, and not in two', () => {
    const key = cooldownKeyOf(of());
    assert.equal(cooldownKeyOf(of({ count: 7, timeMs: 1_769_860_900_000 })), key);
    assert.notEqual(cooldownKeyOf(of({ container: { ...container, id: 'other' } })), key);
  });
});
