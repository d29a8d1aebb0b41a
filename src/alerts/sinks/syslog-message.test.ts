import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anAlert } from '../testing/alerts.ts';
import { type SyslogStyle, syslogMessage } from './syslog-message.ts';

const STYLE: SyslogStyle = {
  ...{ format: 'text', facility: 16, appName: 'hullwatch', enterprise: 32_473, maxBytes: 8_192 },
};
/** RFC 5424 6: header, one element of structured data, and a text. */
const MESSAGE =
  /^<(\d{1,3})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) - ([!-~]{1,32}) (\[[!-~]{1,32}(?: [!-~]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*\]) ([\s\S]*)$/u;

function parse(message: Buffer) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(message);
  const [, priority, time, host, app, id, data = '', rest = ''] = MESSAGE.exec(text) ?? [];
  assert.ok(priority, text);
  return { priority: Number(priority), time, host, app, id, data, rest };
}

describe('syslogMessage', () => {
  it('follows RFC 5424', () => {
    const { data, ...message } = parse(syslogMessage(anAlert(), STYLE));
    assert.deepEqual(message, {
      priority: 16 * 8 + 5,
      time: '2026-01-31T12:00:00.250Z',
      host: 'n1',
      app: 'hullwatch',
      id: 'R0001',
      rest: 'R0001 Unexpected process launched: /bin/dash was started by nginx (the profile replicaset-web-5d-web does not allow it; most like it there is exec /usr/sbin/nginx -g)',
    });
    assert.match(
      data,
      /^\[hullwatch@32473 key="[0-9a-f]{32}" rule="R0001" severity="4" cluster="prod"/,
    );
    assert.match(
      data,
      / workload="Deployment\/web" pid="1234" tactic="TA0002" technique="T1204"\]$/,
    );
  });

  for (const [severity, code] of [
    [10, 2],
    [8, 3],
    [5, 4],
    [1, 5],
    [0, 6],
  ] as const) {
    it(`gives severity ${severity} the code ${code}`, () => {
      const { priority } = parse(syslogMessage(anAlert({ rule: { severity } }), STYLE));
      assert.equal(priority, 128 + code);
    });
  }

  it('marks a text as UTF-8 only when it is more than ASCII', () => {
    const plain = syslogMessage(anAlert(), STYLE);
    assert.equal(plain.includes(Buffer.from([0xef, 0xbb, 0xbf])), false);
    const { rest } = parse(syslogMessage(anAlert({ finding: { message: 'été' } }), STYLE));
    assert.equal(rest.charCodeAt(0), 0xfeff);
    assert.ok(rest.includes('été'));
  });

  it('writes JSON that fits, and text in place of JSON that does not', () => {
    const alert = anAlert();
    const json = parse(syslogMessage(alert, { ...STYLE, format: 'runtime-alert' })).rest;
    assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(alert)));
    const ocsf = parse(syslogMessage(alert, { ...STYLE, format: 'ocsf' })).rest;
    assert.equal(JSON.parse(ocsf).class_uid, 2004);
    const short = syslogMessage(alert, { ...STYLE, format: 'runtime-alert', maxBytes: 1_024 });
    assert.deepEqual(short, syslogMessage(alert, STYLE));
  });

  it('cuts no character in two', () => {
    const alert = anAlert({ finding: { message: '漢'.repeat(500) } });
    for (const maxBytes of [700, 701, 702, 703]) {
      const bytes = syslogMessage(alert, { ...STYLE, maxBytes });
      assert.ok(bytes.length > maxBytes - 3 && bytes.length <= maxBytes);
      assert.match(parse(bytes).rest, /漢$/);
    }
  });

  it('is never too long, well formed and free of control characters, whatever it is about', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc
        .array(fc.constantFrom('"', ']', '\\', '\n', '\0', 'é', '漢', '\ud83d\ude00', ' ', '['))
        .map((all) => all.join('')),
    );
    const any = fc.record({ message: hostile, name: hostile, id: hostile, comm: hostile });
    fc.assert(
      fc.property(
        any,
        fc.constantFrom('text', 'ocsf', 'runtime-alert'),
        fc.integer({ min: 480, max: 3_000 }),
        ({ message, name, id, comm }, format, maxBytes) => {
          const alert = anAlert({
            event: { comm },
            container: { name, id: name },
            rule: { id, name },
            finding: { message },
          });
          const bytes = syslogMessage(alert, { ...STYLE, format, maxBytes });
          assert.ok(bytes.length <= maxBytes);
          assert.equal(
            bytes.findIndex((byte) => byte < 0x20 || byte === 0x7f),
            -1,
          );
          if (maxBytes > 2_500) parse(bytes);
          else new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        },
      ),
      { numRuns: 200 },
    );
  });
});
