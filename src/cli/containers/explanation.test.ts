import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourcedEntry } from '#model/profile-question.js';
import { containerJson } from '#web/container-json.js';
import { VIEWS } from '#web/testing/observed-containers.js';
import { type Explained, explainAnswer, joinAnswers } from './explanation.ts';

const LEARNED = containerJson(VIEWS.learned);

const from = (entry: string, role: SourcedEntry['origin']['role'] = 'learned'): SourcedEntry => ({
  entry,
  origin: { role, kind: 'ContainerProfile', namespace: 'shop', name: 'p', resourceVersion: '1' },
});

const about = (rest: Partial<Explained> = {}): Explained => ({
  container: LEARNED,
  surfaces: ['execs'],
  hasColour: false,
  ...rest,
});

describe('joinAnswers', () => {
  it('keeps each entry once, and the nearest only when nothing allows it', () => {
    assert.deepEqual(
      joinAnswers([
        { allowedBy: [], nearest: from('c') },
        { allowedBy: [from('a'), from('b')] },
        { allowedBy: [from('b'), from('b', 'managed-application')] },
      ]),
      { allowedBy: [from('a'), from('b'), from('b', 'managed-application')] },
    );
    assert.deepEqual(joinAnswers([{ allowedBy: [] }, { allowedBy: [], nearest: from('c') }]), {
      allowedBy: [],
      nearest: from('c'),
    });
    assert.deepEqual(joinAnswers([{ allowedBy: [] }]), { allowedBy: [] });
  });
});

describe('explainAnswer', () => {
  it('names the source of each entry', () => {
    const { origin } = from('', 'managed-application');
    const unversioned = { entry: 'exec /b', origin: { ...origin, resourceVersion: undefined } };
    assert.equal(
      explainAnswer({ allowedBy: [from('exec /bin/sh'), unversioned] }, about()),
      `allowed by
  ENTRY         SOURCE               OBJECT                   VERSION
  exec /bin/sh  learned              ContainerProfile shop/p  1
  exec /b       managed-application  ContainerProfile shop/p  -
`,
    );
  });

  it('says of what it could not look at that it did not', () => {
    assert.equal(
      explainAnswer({ allowedBy: [] }, about({ surfaces: ['execs', 'syscalls'] })),
      `not allowed, and no entry is like it
Only 0 of 110 stored syscalls are kept here, those that the rules ask about; the others were not looked at.
`,
    );
  });

  it('says when no rule judges by the profile yet', () => {
    const container = { ...LEARNED, isEnforced: false, status: 'ready' } as const;
    assert.equal(
      explainAnswer({ allowedBy: [] }, about({ container })),
      `not allowed, and no entry is like it
No rule judges by this profile yet: its status is ready.
`,
    );
  });

  it('lets no control character of an entry reach the terminal', () => {
    const text = explainAnswer({ allowedBy: [], nearest: from('open /\u001b[2J\n') }, about());
    assert.match(text, /^ {2}open \/ \[2J +learned/m);
  });

  it('colours the verdict on a terminal', () => {
    const text = explainAnswer({ allowedBy: [from('x')] }, about({ hasColour: true }));
    assert.ok(text.startsWith('\u001b[32mallowed\u001b[0m by\n'));
  });
});
