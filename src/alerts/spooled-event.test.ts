import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { restoredSubject, spooledSubject } from './spooled-event.ts';
import { aFinding } from './testing/findings.ts';

describe('what an alert is about, in the spool', () => {
  it('is restored with its container, its process and the parent of that', () => {
    const { subject } = aFinding();
    if (subject.event === undefined) throw new Error('expected an event');
    const { process } = subject;
    const grandparent = { ...process, pid: 1 };
    const parent = { ...process, pid: 2, comm: 'init', parent: grandparent };
    const restored = restoredSubject(
      spooledSubject({ ...subject, process: { ...process, parent } }),
    );
    assert.deepEqual(restored?.event, subject.event);
    assert.deepEqual(restored?.container, subject.container);
    assert.equal(restored?.process.parent?.comm, 'init');
    assert.equal(restored?.process.parent?.parent, undefined);
  });

  it('has no secrets', () => {
    const { subject } = aFinding({ event: { args: ['mysql', '--password=hunter2'] } });
    if (subject.event === undefined) throw new Error('expected an event');
    const secret = ['mysql', '--password=hunter2'];
    const process = { ...subject.process, args: secret, earlierImages: [{ args: secret }] };
    const http = {
      ...{
        ...subject.event,
        args: [],
        type: 'http',
        url: '/?token=hunter2',
        body: 'password=hunter2',
      },
      headers: { Authorization: ['Bearer hunter2'] },
    } as unknown as typeof subject.event;
    assert.doesNotMatch(spooledSubject({ ...subject, process }), /hunter2/);
    assert.doesNotMatch(spooledSubject({ ...subject, event: http }), /hunter2/);
  });

  it('is nothing when it is of another form or damaged', () => {
    for (const text of ['', '{', '{}', 'null', '{"event": {"type": "exec"}}']) {
      assert.equal(restoredSubject(text), undefined, text);
    }
  });
});
