import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import { Recording } from '../recording.ts';
import { recordedSurfaces } from '../testing/recorded-surfaces.ts';
import { entriesOf, type Observed } from './observed.ts';

const ROOMY = { maxEntries: 1_000, maxSizeChars: 1_000_000 };

function learned(name: string): Observed {
  const recording = new Recording({ ...ROOMY, learnEnvNames: true });
  for (const event of recordedSurfaces(name)) recording.observe(event);
  return recording.take();
}

/** Identifiers are opaque, and tested elsewhere. */
function withoutIdentifiers(neighbors: Observed['egress'] = []) {
  return neighbors.map(({ identifier, ...rest }) => {
    assert.match(identifier, /^[0-9a-f]{64}$/);
    return rest;
  });
}

const port = (number: number, protocol = 'TCP') => ({
  ...{ name: `${protocol}-${number}`, protocol, port: number },
});

describe('the recording in which a container does everything', () => {
  it('teaches all surfaces of the server', () => {
    const { egress, ingress, identifiedCallStacks, ...others } = learned('web');
    assert.deepEqual(others, {
      execs: [
        {
          path: '/usr/sbin/nginx',
          args: ['nginx', '-g', 'daemon off;'],
          envs: ['HOSTNAME', 'NGINX_VERSION', 'PATH'],
        },
      ],
      opens: [
        { path: '/etc/nginx/nginx.conf', flags: ['O_RDONLY', 'O_CLOEXEC'] },
        { path: '/var/log/nginx/access.log', flags: ['O_WRONLY', 'O_CREAT', 'O_APPEND'] },
        { path: '/proc/⋯/status', flags: ['O_RDONLY'] },
        { path: '/usr/share/nginx/html/page-0.html', flags: ['O_RDONLY', 'O_CLOEXEC'] },
        { path: '/usr/share/nginx/html/page-1.html', flags: ['O_RDONLY', 'O_CLOEXEC'] },
        { path: '/usr/share/nginx/html/page-2.html', flags: ['O_RDONLY', 'O_CLOEXEC'] },
      ],
      capabilities: ['NET_BIND_SERVICE', 'SETUID', 'SETGID'],
      syscalls: ['openat', 'accept4', 'epoll_wait', 'sendfile'],
      endpoints: [
        {
          ...{ endpoint: ':80/api/orders', methods: ['GET', 'POST'], internal: true },
          ...{ direction: 'inbound', headers: { Host: ['web.shop'] } },
        },
      ],
    });
    assert.deepEqual(withoutIdentifiers(ingress), [
      {
        type: 'internal',
        podSelector: { matchLabels: { app: 'client' } },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'tools' } },
        ports: [port(80)],
      },
    ]);
    assert.deepEqual(withoutIdentifiers(egress), [
      {
        type: 'internal',
        podSelector: { matchLabels: { app: 'database' } },
        ports: [port(5_432)],
      },
      {
        type: 'internal',
        ipAddress: '10.96.0.1',
        podSelector: { matchLabels: { component: 'apiserver', provider: 'kubernetes' } },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
        ports: [port(443)],
      },
    ]);
    const frame = (fileID: string, lineno: string) => ({ fileID, lineno });
    assert.deepEqual(identifiedCallStacks, [
      {
        callID: 'open',
        callStack: {
          root: {
            frame: frame('', ''),
            children: [
              {
                frame: frame('nginx', '5'),
                children: [
                  { frame: frame('conf', '14'), children: [] },
                  { frame: frame('log', '13'), children: [] },
                  { frame: frame('static', '16'), children: [] },
                ],
              },
            ],
          },
        },
      },
    ]);
  });

  it('teaches whom the client called, by name where DNS told one', () => {
    const { egress, endpoints, ingress } = learned('client');
    assert.equal(ingress, undefined);
    assert.equal(endpoints?.[0]?.direction, 'outbound');
    assert.deepEqual(
      withoutIdentifiers(egress).map(({ ipAddress, dns, podSelector, ports }) => [
        ipAddress ?? podSelector?.matchLabels,
        dns,
        ports?.map(({ name }) => name),
      ]),
      [
        [{ app: 'web' }, undefined, ['TCP-80']],
        ['203.0.113.7', 'updates.example.com.', ['TCP-443']],
        ['2001:db8::7', undefined, ['TCP-443']],
        ['198.51.100.4', undefined, ['UDP-123']],
      ],
    );
  });

  it('counts every event but forks, exits and answers as seen', () => {
    const events = recordedSurfaces('web');
    const recording = new Recording(ROOMY);
    for (const event of events) recording.observe(event);
    const others = events.filter(({ event }) => event.type !== 'fork' && event.type !== 'exit');
    const isAnswer = ({ event }: AttributedEvent) =>
      event.type === 'http' && event.answerStatus !== undefined;
    const answers = others.filter(isAnswer).length;
    assert.deepEqual([recording.seen, recording.truncated], [others.length - answers, 0]);
    assert.ok(others.length < events.length && answers > 0);
  });

  it('teaches nothing by the answer to a request that it has not seen', () => {
    const recording = new Recording(ROOMY);
    const answers = recordedSurfaces('web').filter(
      ({ event }) => event.type === 'http' && event.answerStatus !== undefined,
    );
    for (const answer of answers) recording.observe(answer);
    assert.ok(answers.length > 0);
    assert.deepEqual([recording.seen, recording.entries], [0, 0]);
  });

  it('gives the same whatever the size of a report, and leaves nothing behind', () => {
    for (const maxEntries of [2, 3, 7]) {
      const recording = new Recording({ ...ROOMY, maxEntries });
      const reports: Observed[] = [];
      for (const event of recordedSurfaces('web')) {
        recording.observe(event);
        while (recording.isFull) reports.push(recording.take());
      }
      while (recording.entries > 0) reports.push(recording.take());
      const paths = new Set(reports.flatMap(({ opens }) => opens.map(({ path }) => path)));
      assert.equal(paths.size, 6);
      assert.ok(reports.every((report) => entriesOf(report) <= maxEntries));
      assert.equal(recording.dropped, 0);
    }
  });
});
