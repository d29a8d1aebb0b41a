import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import { EVENT_TYPES, type EventType, type RawEvent } from '#model/raw-event.js';
import { activationOf } from './event-activation.ts';
import { EVENT_FIELDS, type EventField, MEASURED_FIELDS } from './event-fields.ts';
import { createRuleEnvironment } from './rule-environment.ts';

import { EVERY_KIND } from './testing/every-kind.ts';
import { aHost } from './testing/hosts.ts';
import { inContainer } from './testing/subjects.ts';

const environment = createRuleEnvironment();
const host = aHost();

/** What each field of each type is compared with where it does not apply. */
const ZERO = { bool: 'false', int: '0', uint: '0u', string: "''", 'list<dyn>': '[]' } as const;

/** Fields that every event has. */
const OF_ALL: Fields = {
  ...{ comm: "'tool'", pcomm: "'sh'", pid: '1234u', ppid: '100u', uid: '33u' },
  ...{ containerId: "'c1'", containerName: "'web'", namespace: "'shop'", podName: "'web-1'" },
};
const PROGRAM: Fields = { exepath: "'/usr/bin/tool'", upperlayer: 'true' };
const LINK: Fields = { ...PROGRAM, oldPath: "'/etc/shadow'", newPath: "'/tmp/kept'" };

type Fields = Readonly<Partial<Record<EventField, string>>>;

/** Beside {@link OF_ALL}: the public format's fields of each kind, and what of them is ours. */
const OF_KIND: Readonly<Record<EventType, Fields>> = {
  exec: {
    ...{ ...PROGRAM, args: "['tool', '-v']", cwd: "'/srv'", pupperlayer: 'true' },
    ...{ hasTty: 'true', tty: '2', ttyMajor: '136u', ttyMinor: '2u' },
  },
  open: {
    ...{ path: "'/etc/passwd'", flags: "['O_WRONLY', 'O_CREAT', 'O_TRUNC']", flagsRaw: '577' },
  },
  fork: { exepath: "'/proc/known'", pid: '4711u', ppid: '1234u' },
  exit: {},
  capabilities: { capName: "'CHOWN'", syscallName: "'fchownat'" },
  syscall: { syscallName: "'getcpu'" },
  network: {
    ...{ dstAddr: "'2001:db8::7'", dstPort: '443', proto: "'SCTP'" },
    ...{ pktType: "'OUTGOING'", direction: "'outbound'" },
  },
  dns: {
    ...{ name: "'example.com.'", dstIp: "'fd00::a'", dstPort: '53', srcPort: '40000' },
    ...{ proto: "'TCP'", cwd: "'/known'", exepath: "'/proc/known'" },
  },
  http: { direction: "'inbound'", dstIp: "'fd00::9'", dstPort: '8080', srcPort: '41000' },
  symlink: { ...LINK, syscallName: "'symlink'" },
  hardlink: { ...LINK, syscallName: "'link'" },
  iouring: { opcode: '18', flagsRaw: '3', syscallName: "'io_uring_enter'" },
  bpf: { ...PROGRAM, cmd: '5u', attrSize: '144u', syscallName: "'bpf'" },
  kmod: { ...PROGRAM, module: "'dummy'", syscallName: "'finit_module'" },
  ptrace: { exepath: "'/usr/bin/tool'", syscallName: "'ptrace'" },
  randomx: PROGRAM,
  ssh: { dstIp: "'2001:db8::9'", dstPort: '2222', srcPort: '40022' },
  unshare: { ...PROGRAM, flagsRaw: '268435456', syscallName: "'unshare'" },
  mount: {
    ...{ ...PROGRAM, oldPath: "'/dev/vda1'", newPath: "'/mnt/node'", module: "'ext4'" },
    ...{ flagsRaw: '1', syscallName: "'mount'" },
  },
  setns: { ...PROGRAM, flagsRaw: '131072', syscallName: "'setns'" },
};

/** An event of the kind, of a process whose program and folder are known. */
function subjectOf(event: RawEvent): AttributedEvent {
  const subject = inContainer(event);
  return { ...subject, process: { ...subject.process, exePath: '/proc/known', cwd: '/known' } };
}

function holds(event: RawEvent, source: string): void {
  const program = environment.compile(source, 'bool');
  const value = program.evaluate(activationOf(subjectOf(event)), host);
  assert.equal(value, true, `${event.type}: ${source}: ${String(value)}`);
}

describe('the fields of an event of each kind', () => {
  for (const type of EVENT_TYPES) {
    it(`are those of the table for ${type}, and zero where it names none`, () => {
      const expected: Fields = { ...OF_ALL, ...OF_KIND[type] };
      for (const [field, declared] of Object.entries(EVENT_FIELDS) as FieldOfType[]) {
        if (declared === 'HttpRequest') continue;
        holds(EVERY_KIND[type], `event.${field} == ${expected[field] ?? ZERO[declared]}`);
      }
      holds(EVERY_KIND[type], `eventType == '${type}'`);
    });

    it(`are there for has() in ${type}, terminals only where they were told`, () => {
      for (const field of Object.keys(EVENT_FIELDS)) {
        const isMeasured = (MEASURED_FIELDS as readonly string[]).includes(field);
        holds(EVERY_KIND[type], `has(event.${field}) == ${!isMeasured || type === 'exec'}`);
      }
      holds(EVERY_KIND[type], `has(event.request.host) == ${type === 'http'}`);
    });
  }

  it('hold all of a request, under both names', () => {
    for (const name of ['event', 'http']) {
      for (const source of [
        "method == 'POST'",
        "url == '/orders?page=2'",
        "path == '/orders'",
        "host == 'shop'",
        "body == 'a=1'",
        "headers == {'User-Agent': ['curl/8']}",
      ]) {
        holds(EVERY_KIND.http, `${name}.request.${source}`);
      }
    }
  });

  it('say nothing of what a source did not tell', () => {
    const { flags: _flags, ...unshare } = EVERY_KIND.unshare;
    holds(unshare, "event.flagsRaw == 0 && event.syscallName == 'unshare'");
    holds({ ...EVERY_KIND.capabilities, syscall: '' }, "event.syscallName == ''");
    holds({ ...EVERY_KIND.setns, flags: 0 }, 'event.flagsRaw == 0');
  });

  it('leave the name of a file system without a device as it is', () => {
    const mount = EVERY_KIND.mount;
    holds({ ...mount, source: 'tmpfs', filesystem: 'tmpfs' }, "event.oldPath == 'tmpfs'");
    holds({ ...mount, source: '' }, "event.oldPath == ''");
    holds({ ...mount, source: '//nas/share/../x' }, "event.oldPath == '/nas/x'");
  });

  it('tell IPv4 as it is written', () => {
    holds({ ...EVERY_KIND.network, address: '203.0.113.7' }, "event.dstAddr == '203.0.113.7'");
  });
});

type FieldOfType = readonly [EventField, (typeof EVENT_FIELDS)[EventField]];
