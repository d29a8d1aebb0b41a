import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ContainerProfileSpec } from '#model/profile.js';
import { diffProfiles } from './profile-diff.ts';
import { profileRows } from './profile-rows.ts';

const of = (source: string, spec: ContainerProfileSpec) => ({ source, spec });
const told = (before: ContainerProfileSpec, after: ContainerProfileSpec) =>
  diffProfiles([of('a', before)], [of('b', after)]).differences.map(
    ({ surface, key, change, before: old, after: fresh }) =>
      `${change} ${surface} ${key} [${old?.details ?? ''}] [${fresh?.details ?? ''}]`,
  );

describe('diffProfiles', () => {
  it('tells programs apart by their arguments, and says which side has which', () => {
    const before = { execs: [{ path: '/bin/ls', args: ['ls', '-l'] }, { path: '/bin/cat' }] };
    const after = {
      execs: [
        { path: '/bin/ls', args: ['ls'] },
        { path: '/bin/cat', args: [] },
      ],
    };
    assert.deepEqual(told(before, after), [
      'removed execs /bin/ls ["ls","-l"] [] []',
      'added execs /bin/ls ["ls"] [] []',
    ]);
  });

  it('calls a path changed when only its flags differ, whatever their order', () => {
    const open = (...flags: string[]) => ({ opens: [{ path: '/etc/hosts', flags }] });
    assert.deepEqual(told(open('O_RDONLY', 'O_CLOEXEC'), open('O_CLOEXEC', 'O_RDONLY')), []);
    assert.deepEqual(told(open('O_RDONLY'), open('O_RDONLY', 'O_TRUNC')), [
      'changed opens /etc/hosts [O_RDONLY] [O_RDONLY,O_TRUNC]',
    ]);
  });

  it('compares peers by their addresses and names, whatever neighbor they stand in', () => {
    const ports = [{ name: 'TCP-443', protocol: 'TCP', port: 443 }];
    const neighbor = { identifier: 'x', type: 'external', ports };
    const before = { egress: [{ ...neighbor, ipAddresses: ['10.0.0.1', '10.0.0.2'] }] };
    const after = {
      egress: [
        { ...neighbor, identifier: 'y', ipAddress: '10.0.0.1' },
        { ...neighbor, identifier: 'z', dnsNames: ['api.example.com.'] },
      ],
    };
    assert.deepEqual(told(before, after), [
      'removed egress 10.0.0.2 [TCP/443] []',
      'added egress api.example.com. [] [TCP/443]',
    ]);
  });

  it('names a peer without addresses by its labels', () => {
    const neighbor = {
      identifier: 'x',
      type: 'internal',
      podSelector: { matchLabels: { app: 'db' } },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
    };
    assert.deepEqual(told({}, { ingress: [neighbor] }), [
      'added ingress pods with app=db, namespaces with kubernetes.io/metadata.name=shop [] []',
    ]);
  });

  it('compares endpoints with their methods, capabilities, syscalls and policies', () => {
    const endpoint = { endpoint: ':80/x', internal: false, direction: 'inbound' };
    assert.deepEqual(
      told(
        { endpoints: [{ ...endpoint, methods: ['GET'] }], capabilities: ['NET_RAW'] },
        {
          endpoints: [{ ...endpoint, methods: ['GET', 'PUT'] }],
          syscalls: ['read'],
          rulePolicies: { R1012: { processAllowed: ['ln'] } },
        },
      ),
      [
        'removed capabilities NET_RAW [] []',
        'added syscalls read [] []',
        'changed endpoints :80/x inbound [GET] [GET,PUT]',
        'added rulePolicies R1012 [] [ln]',
      ],
    );
  });

  it('takes the profiles of one side together and says which of them has what', () => {
    const { differences, equal } = diffProfiles(
      [of('learned', { syscalls: ['read'] })],
      [of('learned', { syscalls: ['read'] }), of('overlay', { syscalls: ['read', 'bpf'] })],
    );
    assert.deepEqual(differences, [
      {
        surface: 'syscalls',
        key: 'bpf',
        change: 'added',
        after: { details: [], sources: ['overlay'] },
      },
    ]);
    assert.equal(equal.syscalls, 1);
  });

  it('finds nothing between a profile and itself, and the mirror image the other way round', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'));
    const specs = fc.record({
      syscalls: names,
      opens: fc.array(fc.record({ path: fc.constantFrom('/a', '/b', '/c'), flags: names }), {
        maxLength: 5,
      }),
    });
    fc.assert(
      fc.property(specs, specs, (a, b) => {
        assert.deepEqual(told(a, a), []);
        const mirrored = (change: string) =>
          change === 'added' ? 'removed' : change === 'removed' ? 'added' : change;
        const there = diffProfiles([of('', a)], [of('', b)]).differences;
        const back = diffProfiles([of('', b)], [of('', a)]).differences;
        assert.deepEqual(
          there.map(({ change, ...rest }) => [mirrored(change), rest.key, rest.after, rest.before]),
          back.map(({ change, ...rest }) => [change, rest.key, rest.before, rest.after]),
        );
      }),
    );
  });

  it('reads lists that are null as empty', () => {
    assert.deepEqual(profileRows({ execs: null, opens: null, egress: null, endpoints: null }), []);
  });
});
