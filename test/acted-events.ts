// The events that the live sensor tells of the acts that raise rules, and what becomes of them at a set of rules:
// the live tests without a kernel.

import { Recording } from '../src/learning/recording.ts';
import type { AttributedEvent } from '../src/model/attributed-event.ts';
import type { ContainerProfileSpec } from '../src/model/profile.ts';
import type { EventType, RawEvent } from '../src/model/raw-event.ts';
import type { RuleSet } from '../src/rules/rule-set.ts';
import { engineWith } from '../src/rules/testing/engine-builder.ts';
import { EVERY_KIND } from '../src/rules/testing/every-kind.ts';
import { FixedProfiles } from '../src/rules/testing/fixed-profiles.ts';
import { aCluster, aContainerSpec } from '../src/rules/testing/known-surroundings.ts';
import { inContainer } from '../src/rules/testing/subjects.ts';

const ROOMY = { maxEntries: 1_000, maxSizeChars: 1_000_000 };
const SURROUNDINGS = aCluster(
  { containers: [aContainerSpec({ mountPaths: ['/data'] })] },
  { LD_PRELOAD: '/tmp/hook.so' },
);

/** What the container was doing all the time: the profile is not empty without the act. */
const USUAL: readonly RawEvent[] = [
  told('exec', { ...command('/bin/known'), comm: 'usual' }),
  told('open', { path: '/srv/data', flags: 0 }),
  told('syscall', { syscall: 'read' }),
  told('capabilities', { capability: 'SETUID', syscall: 'setuid' }),
  told('network', { address: '203.0.113.200', port: 443, protocol: 'TCP' }),
];

/** The events of an act in order; the last one is what the rule judges. */
const EVENTS: Readonly<Record<string, readonly RawEvent[]>> = {
  'exec /bin/other': [exec('/bin/other')],
  'tty-exec /bin/other': [told('exec', { exePath: '/bin/other', args: ['other'] })],
  'open-file /etc/hostname': [told('open', { path: '/etc/hostname', flags: 0 })],
  'syscall getcpu': [told('syscall', { syscall: 'getcpu' })],
  'capability-use chown': [told('capabilities', { capability: 'CHOWN', syscall: 'chown' })],
  'capability-use sethostname': [
    told('capabilities', { capability: 'SYS_ADMIN', syscall: 'sethostname' }),
  ],
  'dns-sendto RESOLVER unknown.example.com': namedAndUsed('unknown.example.com.'),
  'dns-sendmmsg RESOLVER second.example.com': namedAndUsed('second.example.com.'),
  'read-token /run/secrets/kubernetes.io/serviceaccount/token': [
    told('open', {
      ...{ path: '/run/secrets/kubernetes.io/serviceaccount/..2026_01_31/token', flags: 0 },
    }),
  ],
  'exec-as kubectl get secrets': [
    told('exec', { ...command('/tmp/kubectl', 'get', 'secrets'), comm: 'kubectl' }),
  ],
  'connect4 API-SERVER 6443': [connection('10.96.0.1', 6_443)],
  'read-environ': [told('open', { path: '/proc/1234/environ', flags: 0 })],
  'bpf-load': [told('syscall', { syscall: 'bpf' }), told('bpf', { cmd: 5 })],
  'read-shadow': [told('open', { path: '/etc/shadow', flags: 0 })],
  'udp-send 203.0.113.9 9000': [connection('203.0.113.9', 9_000, 'UDP')],
  'connect6 2001:db8::7 443': [connection('2001:db8::7', 443)],
  'exec /bin/known with other arguments': [
    told('exec', command('/bin/known', 'with', 'other', 'arguments')),
  ],
  'exec-in-shm': [told('exec', { ...command('/bin/known'), cwd: '/dev/shm' })],
  'exec-from-shm /dev/shm/tool': [exec('/dev/shm/tool')],
  'drop-and-run /tmp/dropped': [exec('/tmp/dropped', { upperLayer: true })],
  'drop-and-run /tmp/dropped exec /bin/known': [
    exec('/tmp/dropped', { upperLayer: true }),
    exec('/bin/other', { parentUpperLayer: true }),
  ],
  'kmod-init': [told('kmod', { module: '', syscall: 'init_module' })],
  'ssh-serve 0.0.0.0 2200 ; ssh-connect POD-ADDRESS 2200': [
    connection('10.244.0.7', 2_200),
    told('ssh', { address: '10.244.0.7', port: 2_200, sourcePort: 40_022 }),
  ],
  'exec-from-mount /data/tool': [exec('/data/tool')],
  'memfd-exec': [exec('memfd:acts')],
  'unshare-user': [told('syscall', { syscall: 'unshare' }), told('unshare', {})],
  'randomx-round 2': [told('randomx', {})],
  'dns-sendto RESOLVER xmr.nanopool.org': namedAndUsed('xmr.nanopool.org.'),
  'connect4 203.0.113.7 3333': [connection('203.0.113.7', 3_333)],
  'symlink /etc/shadow /tmp/soft': [told('symlink', { newPath: '/tmp/soft' })],
  'hardlink /etc/shadow /etc/hard': [told('hardlink', { newPath: '/etc/hard' })],
  'ldpreload-exec /tmp/hook.so 2': [exec('/bin/known')],
  'write-file /etc/ld.so.preload': [told('open', { path: '/etc/ld.so.preload', flags: 0x241 })],
  'ptrace-attach': [told('ptrace', {})],
  'iouring-nop': [told('iouring', { opcode: 0, flags: 0 })],
};

/** The rules of a set that find something in the last event of an act. */
export function rulesRaisedBy(
  act: string,
  set: RuleSet,
  learns: 'nothing' | 'the act',
): readonly string[] {
  const events = EVENTS[act];
  if (events === undefined) throw new Error(`no events for the act ${act}`);
  const profile = learned(learns === 'the act' ? [...USUAL, ...events] : USUAL, set);
  const profiles = new FixedProfiles();
  const engine = engineWith(set, { profiles, surroundings: SURROUNDINGS });
  profiles.set('c1', profile, { needs: engine.needs });
  const judged = events.at(-1);
  return judged === undefined ? [] : engine.evaluate(subject(judged)).map(({ rule }) => rule.id);
}

/** What the learner makes of events, policies included. */
function learned(events: readonly RawEvent[], set: RuleSet): ContainerProfileSpec {
  const engine = engineWith(set, { surroundings: SURROUNDINGS });
  const recording = new Recording(ROOMY);
  for (const event of events) {
    recording.observe(subject(event));
    for (const id of engine.policyMatches(subject(event))) recording.notePolicy(id, event.comm);
  }
  return recording.take();
}

function subject(event: RawEvent): AttributedEvent {
  return inContainer(event);
}

function told<Type extends EventType>(
  type: Type,
  changes: Partial<RawEvent & { readonly type: Type }>,
): RawEvent {
  return Object.assign({}, EVERY_KIND[type], changes);
}

function exec(
  path: string,
  changes: Partial<Extract<RawEvent, { readonly type: 'exec' }>> = {},
): RawEvent {
  return told('exec', { ...command(path), ...changes });
}

function command(exePath: string, ...args: readonly string[]) {
  const name = exePath.slice(exePath.lastIndexOf('/') + 1);
  return { exePath, args: [name, ...args], upperLayer: false, parentUpperLayer: false };
}

function connection(address: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): RawEvent {
  return told('network', { address, port, protocol, direction: 'outbound' });
}

/** A name is learned with the address that it was answered with, once that is spoken to. */
function namedAndUsed(name: string): readonly RawEvent[] {
  const address = '203.0.113.9';
  return [
    told('dns', { name, isAnswer: true, addresses: [address], ttlSeconds: 30 }),
    connection(address, 9_000, 'UDP'),
    told('dns', { name, isAnswer: false, addresses: [] }),
  ];
}
