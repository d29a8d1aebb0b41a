import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RawEvent } from '#model/raw-event.js';
import { questionAbout } from './finding-reason.ts';
import { happened } from './testing/other-subjects.ts';
import { aFork, anExec, anExit, anOpen } from './testing/subjects.ts';

const base = { ...anExit().event, exePath: '/usr/bin/tool' };

describe('questionAbout', () => {
  const cases: readonly (readonly [event: RawEvent | object, question: object | undefined])[] = [
    [anExec().event, { surface: 'execs', path: '/bin/dash', args: ['sh', '-c', 'id'] }],
    [anExec({ exePath: '' }).event, { surface: 'execs', path: 'sh', args: ['sh', '-c', 'id'] }],
    [
      anOpen({ path: '/etc//x', flags: 1 }).event,
      { surface: 'opens', path: '/etc/x', flags: ['O_WRONLY'] },
    ],
    [happened('symlink').event, { surface: 'opens', path: '/etc/shadow' }],
    [happened('capabilities').event, { surface: 'capabilities', name: 'NET_ADMIN' }],
    [happened('syscall').event, { surface: 'syscalls', name: 'ptrace' }],
    [happened('dns').event, { surface: 'egress', peer: 'example.com.' }],
    [
      happened('network', { direction: 'inbound' }).event,
      { surface: 'ingress', peer: '203.0.113.7', port: 443, protocol: 'TCP' },
    ],
    [
      { ...base, type: 'ssh', address: '192.0.2.7', port: 22 },
      { surface: 'egress', peer: '192.0.2.7', port: 22, protocol: 'TCP' },
    ],
    [happened('http').event, { surface: 'endpoints', endpoint: ':8080/orders', methods: ['POST'] }],
    [
      { ...base, type: 'bpf' },
      { surface: 'syscalls', name: 'bpf' },
    ],
    [
      { ...base, type: 'unshare' },
      { surface: 'syscalls', name: 'unshare' },
    ],
    [
      { ...base, type: 'kmod', syscall: 'init_module' },
      { surface: 'syscalls', name: 'init_module' },
    ],
    [
      { ...base, type: 'randomx' },
      { surface: 'execs', path: '/usr/bin/tool' },
    ],
    [aFork().event, undefined],
    [anExit().event, undefined],
  ];
  for (const [event, question] of cases) {
    it(`asks of ${(event as RawEvent).type} ${JSON.stringify(question) ?? 'nothing'}`, () => {
      assert.deepEqual(questionAbout(event as RawEvent), question);
    });
  }
});
