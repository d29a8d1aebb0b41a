import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT_TYPES, type EventType, type RawEvent } from '#model/raw-event.js';
import { questionAbout } from './finding-reason.ts';
import type { Rule } from './rule.ts';
import { subjectOf } from './rule-subject.ts';
import { engineWith } from './testing/engine-builder.ts';
import { EVERY_KIND } from './testing/every-kind.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aRule, compiled } from './testing/rule-builder.ts';
import { inContainer } from './testing/subjects.ts';

/** A rule that is true of all events of a kind and can be allowed by a policy. */
function about(eventType: EventType, changes: Partial<Rule> = {}): Rule {
  return aRule({
    id: `R-${eventType}`,
    ...{ message: "eventType + ' by ' + event.comm", uniqueId: 'eventType', supportPolicy: true },
    ruleExpression: [{ eventType, expression: `eventType == '${eventType}'` }],
    ...changes,
  });
}

const allKinds = compiled(...EVENT_TYPES.map((type) => about(type)));

function findings(event: RawEvent, engine = engineWith(allKinds)) {
  return engine.evaluate(inContainer(event)).map(({ rule }) => rule.id);
}

describe('rules about events of each kind', () => {
  for (const type of EVENT_TYPES) {
    it(`are asked about ${type}, each about its own`, () => {
      assert.deepEqual(findings(EVERY_KIND[type]), [`R-${type}`]);
    });
  }

  const mount = (expression: string) =>
    engineWith(compiled(about('mount', { ruleExpression: [{ eventType: 'mount', expression }] })));

  it('can tell a device of the node from what is nobody’s', () => {
    const engine = mount("event.oldPath.startsWith('/dev/') && event.module != 'tmpfs'");
    assert.deepEqual(findings(EVERY_KIND.mount, engine), ['R-mount']);
    const tmpfs = { ...EVERY_KIND.mount, source: 'tmpfs', filesystem: 'tmpfs' };
    assert.deepEqual(findings(tmpfs, engine), []);
  });

  for (const type of ['mount', 'setns'] as const) {
    it(`judge ${type} by the system calls of the profile`, () => {
      const rule = about(type, {
        profileDependency: 0,
        ruleExpression: [
          {
            eventType: type,
            expression: '!cp.was_syscall_used(event.containerId, event.syscallName)',
          },
        ],
      });
      const judge = (syscalls: readonly string[]) => {
        const profiles = new FixedProfiles().set('c1', { syscalls });
        return findings(EVERY_KIND[type], engineWith(compiled(rule), { profiles }));
      };
      assert.deepEqual([judge([type]), judge(['read'])], [[], [`R-${type}`]]);
      assert.deepEqual(questionAbout(EVERY_KIND[type]), { surface: 'syscalls', name: type });
    });
  }
});

describe('the answer to an HTTP request', () => {
  const answer: RawEvent = { ...EVERY_KIND.http, answerStatus: 403 };

  it('is judged by no rule, though the request is', () => {
    const engine = engineWith(allKinds);
    assert.deepEqual(findings(answer, engine), []);
    assert.equal(engine.counts.get('R-http')?.evaluated, 0);
    assert.deepEqual(findings(EVERY_KIND.http, engine), ['R-http']);
  });

  it('makes no policy, though the request does', () => {
    const engine = engineWith(allKinds);
    assert.deepEqual(engine.policyMatches(inContainer(answer)), []);
    assert.deepEqual(engine.policyMatches(inContainer(EVERY_KIND.http)), ['R-http']);
  });

  it('has no decision to tell of', () => {
    const engine = engineWith(allKinds);
    assert.deepEqual(engine.decide(subjectOf(inContainer(answer))), []);
    assert.equal(engine.decide(subjectOf(inContainer(EVERY_KIND.http))).length, 1);
  });

  it('is one whatever its status', () => {
    assert.deepEqual(findings({ ...EVERY_KIND.http, answerStatus: 0 }), []);
  });
});
