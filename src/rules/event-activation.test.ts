import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { RawEvent } from '#model/raw-event.js';
import { activationOf } from './event-activation.ts';
import { EVENT_FIELDS, MEASURED_FIELDS } from './event-fields.ts';
import { createRuleEnvironment } from './rule-environment.ts';
import { RuleEvent } from './rule-event.ts';

import { aHost } from './testing/hosts.ts';
import {
  aFork,
  anExec,
  anExit,
  anOpen,
  aStandaloneContainer,
  inContainer,
} from './testing/subjects.ts';

const environment = createRuleEnvironment();
const host = aHost();

function holds(subject: AttributedEvent, source: string): void {
  const value = environment.compile(source, 'bool').evaluate(activationOf(subject), host);
  assert.equal(value, true, `${source}: ${String(value)}`);
}

describe('an event as rules see it', () => {
  it('has what an exec carries', () => {
    const exec = anExec({ upperLayer: true, parentUpperLayer: true });
    for (const source of [
      "eventType == 'exec' && event.args == ['sh', '-c', 'id']",
      "event.comm == 'sh' && event.pcomm == 'nginx'",
      "event.exepath == '/bin/dash' && event.cwd == '/srv'",
      'event.pid == 1234u && event.ppid == 100u && event.uid == uint(33)',
      "string(event.pid) == '1234'",
      'event.upperlayer && event.pupperlayer',
      "event.containerId == 'c1' && event.containerName == 'web'",
      "event.namespace == 'shop' && event.podName == 'web-1'",
      "event.path == '' && event.flags == [] && event.flagsRaw == 0",
    ])
      holds(exec, source);
  });

  it('has what an open carries, with the names of its flags', () => {
    const open = anOpen({ flags: 0x241 });
    for (const source of [
      "eventType == 'open' && event.path == '/etc/passwd'",
      "event.flags.join(',') == 'O_WRONLY,O_CREAT,O_TRUNC' && event.flagsRaw == 577",
      "event.args.size() == 0 && event.exepath == '' && event.cwd == '' && !event.upperlayer",
    ])
      holds(open, source);
  });

  it('normalises paths, and leaves an empty one empty', () => {
    holds(anOpen({ path: '/etc//x/../passwd' }), "event.path == '/etc/passwd'");
    holds(anExec({ exePath: 'memfd:x' }), "event.exepath == '/memfd:x'");
    holds(anExec({ exePath: '' }), "event.exepath == ''");
  });

  it('names no pod outside Kubernetes', () => {
    holds(
      anExec({}, aStandaloneContainer()),
      "event.podName == '' && event.namespace == 'containerd-default'",
    );
  });

  const base = { ...anExit().event, exePath: '/usr//bin/tool', upperLayer: true };
  const kinds: readonly (readonly [event: object, source: string])[] = [
    [
      { ...base, type: 'bpf', cmd: 5, attrSize: 144 },
      "event.cmd == 5u && event.attrSize == 144u && event.exepath == '/usr/bin/tool' && event.upperlayer",
    ],
    [
      { ...base, type: 'kmod', module: 'nf_x', syscall: 'finit_module' },
      "event.module == 'nf_x' && event.syscallName == 'finit_module' && event.upperlayer",
    ],
    [
      { ...base, type: 'ptrace' },
      "event.exepath == '/usr/bin/tool' && event.syscallName == 'ptrace'",
    ],
    [{ ...base, type: 'randomx' }, "event.exepath == '/usr/bin/tool' && event.upperlayer"],
    [{ ...base, type: 'unshare' }, "event.exepath == '/usr/bin/tool' && event.upperlayer"],
    [
      { ...base, type: 'ssh', address: '192.0.2.7', port: 2222, sourcePort: 40_000 },
      "event.dstIp == '192.0.2.7' && event.dstPort == 2222 && event.srcPort == 40000",
    ],
    [
      { ...base, type: 'http', url: '/', headers: {}, body: 'a=1' },
      "event.request.body == 'a=1' && http.request.body == 'a=1'",
    ],
  ];
  for (const [event, source] of kinds) {
    const subject = inContainer(event as RawEvent);
    it(`has what ${subject.event.type} carries`, () => {
      holds(subject, `eventType == '${subject.event.type}' && ${source}`);
    });
  }

  it('has the terminal of an exec, where the source tells of it', () => {
    holds(anExec({ tty: { major: 136, minor: 2 } }), 'event.hasTty && event.tty == 2');
    holds(
      anExec({ tty: { major: 136, minor: 2 } }),
      'event.ttyMajor == 136u && event.ttyMinor == 2u',
    );
    const without = anExec({ tty: { major: 0, minor: 0 } });
    holds(without, '!event.hasTty && has(event.hasTty) && has(event.ttyMajor)');
    holds(anExec(), '!has(event.tty) && !has(event.hasTty) && !has(event.ttyMinor)');
    holds(anExec(), '!event.hasTty && event.tty == 0 && event.ttyMajor == 0u');
  });

  it('gives a fork the ids of the new process', () => {
    holds(aFork(), 'event.pid == 4711u && event.ppid == 1234u');
  });

  for (const subject of [anExec(), anOpen(), aFork(), anExit()]) {
    it(`answers for every field of an ${subject.event.type}, in the type declared`, () => {
      for (const [field, type] of Object.entries(EVENT_FIELDS)) {
        if (type !== 'HttpRequest') holds(subject, `event.${field} == dyn(event.${field})`);
        const isAlways = !(MEASURED_FIELDS as readonly string[]).includes(field);
        holds(subject, `has(event.${field}) == ${isAlways}`);
      }
      holds(subject, "event.request.method == '' && !has(event.request.method)");
    });
  }

  it('decodes no field but the one that is read', () => {
    const event = anExec().event;
    const touched: string[] = [];
    const watched = new Proxy(event, {
      get(target, name) {
        touched.push(String(name));
        return Reflect.get(target, name);
      },
    });
    const seen = new RuleEvent({ ...anExec(), event: watched });
    assert.equal(seen.comm, 'sh');
    assert.deepEqual(touched, ['comm']);
  });
});
