import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { alertFromFinding } from '../alert-from-finding.ts';
import { aFinding, anOpenFinding, aProcess, type FindingChanges } from '../testing/findings.ts';
import { prettyAlert } from './pretty-alert.ts';
import { StdoutSink } from './stdout-sink.ts';

const node = { nodeName: 'n1', hostName: 'h1', agentVersion: '9.9' };

function alertOf(changes: FindingChanges = {}) {
  return alertFromFinding(aFinding(changes), node);
}

function pretty(changes: FindingChanges = {}): readonly string[] {
  return prettyAlert(alertOf(changes), { hasColour: false }).split('\n');
}

function lineOf(label: string, changes: FindingChanges = {}): string | undefined {
  return pretty(changes)
    .find((line) => line.startsWith(`  ${label} `))
    ?.slice(13);
}

describe('prettyAlert', () => {
  it('tells a person what, where, by what, judged by what and why', () => {
    assert.deepEqual(pretty(), [
      '2026-01-31T12:00:00.250Z  ALERT      R0001 Unexpected process launched  severity 4  TA0002 T1204',
      '  what       /bin/dash was started by nginx',
      '  container  web in pod shop/web-5d-x (Deployment web), image shop/web:1, id 0123456789ab',
      '  process    nginx(100) > sh(1234): sh -c id  (user 33, not from the image)',
      '  profile    replicaset-web-5d-web: completed, complete',
      '  nearest    exec /usr/sbin/nginx -g',
      '  because    !cp.was_executed(…)',
      '',
      '',
    ]);
  });

  it('says how to be told more, where there is an agent to ask', () => {
    const alert = alertOf({});
    const lines = prettyAlert(alert, { hasColour: false, isAskable: true }).split('\n');
    assert.equal(
      lines.at(-3),
      `  more       hullwatch explain ${alert.idempotencyKey.slice(0, 12)}`,
    );
  });

  it('names the container by its namespace outside Kubernetes', () => {
    const finding = aFinding({ container: { namespace: 'containerd-default' } });
    const { pod: _pod, ...container } = finding.subject.container;
    const alert = alertFromFinding(
      { ...finding, subject: { ...finding.subject, container } },
      node,
    );
    assert.match(prettyAlert(alert, { hasColour: false }), /web in containerd-default, image/);
  });

  it('says when there is no profile, and when nothing in it is alike', () => {
    const reason = { expressions: ['true'] };
    assert.equal(lineOf('nearest', { finding: { reason } }), 'nothing like it in the profile');
    const profile = { name: '', error: 'no profile yet', checksum: '' };
    const without = { finding: { profile, reason } };
    assert.equal(lineOf('profile', without), 'none; no profile yet');
    assert.equal(lineOf('nearest', without), undefined);
    assert.equal(lineOf('profile', { rule: { profileDependency: 2 } }), undefined);
    const learning = { name: 'p', status: 'ready' as const, checksum: '' };
    const unused = { finding: { profile: learning, reason } };
    assert.equal(lineOf('profile', unused), 'p: ready');
    assert.equal(lineOf('nearest', unused), undefined);
  });

  it('leaves out the container of what is about none', () => {
    const alert = { ...alertOf(), containerID: '' };
    assert.doesNotMatch(prettyAlert(alert, { hasColour: false }), /^ {2}container/m);
  });

  it('says that a rule gave no message', () => {
    assert.equal(lineOf('what', { finding: { message: '' } }), '(the rule gave no message)');
  });

  it('shortens a long ancestry at its outer end', () => {
    let parent = aProcess({ pid: 1, comm: 'p1' });
    for (let pid = 2; pid <= 9; pid += 1) parent = aProcess({ pid, comm: `p${pid}`, parent });
    assert.equal(
      lineOf('process', { process: { parent } }),
      '(3 more) > p4(4) > p5(5) > p6(6) > p7(7) > p8(8) > p9(9) > sh(1234): sh -c id' +
        '  (user 33, not from the image)',
    );
    assert.match(lineOf('process', { process: { parent: undefined } }) ?? '', /^nginx\(100\) > sh/);
  });

  it('colours only when asked to, and then only with its own sequences', () => {
    const text = prettyAlert(alertOf({ rule: { severity: 9 } }), { hasColour: true });
    assert.ok(text.includes('\u001b[31mseverity 9\u001b[0m'));
    const plain = prettyAlert(alertOf({ rule: { severity: 9 } }), { hasColour: false });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences are what is looked for
    assert.equal(text.replace(/\u001b\[\d+m/g, ''), plain);
  });

  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('\u001b]0;x\u0007', '\n', '\r', '\u202e', '\u009b', '\0', 'a', '\\'))
      .map((parts) => parts.join('')),
  );

  it('has no line more and no control character, whatever a process calls itself', () => {
    fc.assert(
      fc.property(
        fc.record({
          comm: hostile,
          parentComm: hostile,
          exePath: hostile,
          args: fc.array(hostile),
        }),
        fc.record({
          ...{ name: hostile, image: hostile, namespace: hostile },
          id: hostile.map((text) => `c${text}`),
        }),
        fc.record({ message: hostile, nearest: hostile, name: hostile, error: hostile }),
        (event, container, { message, nearest, name, error }) => {
          const alert = alertOf({
            event,
            container,
            process: { comm: event.comm, parent: aProcess({ comm: event.parentComm }) },
            finding: {
              message,
              reason: { expressions: [message, nearest], nearest },
              profile: { name, error, checksum: '' },
            },
          });
          const lines = prettyAlert(alert, { hasColour: false }).split('\n');
          assert.equal(lines.length, nearest === '' ? 8 : 9);
          for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        },
      ),
    );
  });
});

describe('StdoutSink', () => {
  it('writes one line of JSON for each alert, as it is', async () => {
    const written: string[] = [];
    const sink = new StdoutSink({
      format: 'json',
      hasColour: true,
      write: (text) => written.push(text),
    });
    const alert = alertOf({ finding: { message: 'a\nb\u202e\u009b' } });
    await sink.deliver([alert, alertFromFinding(anOpenFinding(), node)]);
    assert.equal(written.length, 2);
    assert.equal(written[0]?.indexOf('\n'), (written[0]?.length ?? 0) - 1);
    assert.deepEqual(JSON.parse(written[0] ?? ''), JSON.parse(JSON.stringify(alert)));
    assert.doesNotMatch(written[0]?.trimEnd() ?? '', /[\p{Cc}\p{Cf}]/u);
  });

  it('writes findings of OCSF likewise', async () => {
    const written: string[] = [];
    const write = (text: string) => written.push(text);
    await new StdoutSink({ format: 'ocsf', hasColour: false, write }).deliver([alertOf()]);
    assert.equal(JSON.parse(written.join('')).class_uid, 2004);
  });

  it('writes for people, and waits for an output that makes it wait', async () => {
    let isWritten = false;
    const sink = new StdoutSink({
      format: 'pretty',
      hasColour: false,
      write: async (text) => {
        assert.match(text, /^2026-/);
        await Promise.resolve();
        isWritten = true;
      },
    });
    await sink.deliver([alertOf()]);
    assert.equal(isWritten, true);
    await sink.close();
  });
});
