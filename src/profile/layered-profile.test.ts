import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type ApplicationProfile,
  type ContainerProfile,
  type ContainerProfileSpec,
  type NetworkNeighborhood,
  PROFILE_API_VERSION,
} from '#model/profile.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import type { ProfileOrigin, ProfileQuestion } from '#model/profile-question.js';
import { LayeredProfile } from './layered-profile.ts';
import { mergeApplicationProfile, mergeNetworkNeighborhood } from './merge.ts';
import { ProfileCompiler } from './profile-compiler.ts';
import { EVERYTHING } from './profile-needs.ts';
import { projectProfile } from './projection.ts';
import { allAnswers } from './testing/all-answers.ts';
import { anyNeeds, anyQuestions, anySpec, type Questions } from './testing/arbitrary-profile.ts';

const metadata = { name: 'x', namespace: 'ns' };
const apiVersion = PROFILE_API_VERSION;
const LEARNED: ProfileOrigin = {
  role: 'learned',
  kind: 'ContainerProfile',
  namespace: 'ns',
  name: 'web',
};
const MANAGED: ProfileOrigin = {
  ...LEARNED,
  role: 'managed-application',
  kind: 'ApplicationProfile',
  name: 'ug-web',
};
const NETWORK: ProfileOrigin = {
  ...LEARNED,
  role: 'managed-network',
  kind: 'NetworkNeighborhood',
  name: 'ug-web',
};

function merged(
  base: ContainerProfileSpec,
  application: ContainerProfileSpec,
  network: ContainerProfileSpec,
) {
  const profile: ContainerProfile = { apiVersion, kind: 'ContainerProfile', metadata, spec: base };
  const managed: ApplicationProfile = {
    apiVersion,
    kind: 'ApplicationProfile',
    metadata,
    spec: { containers: [{ ...application, name: 'c' }] },
  };
  const neighbors: NetworkNeighborhood = {
    apiVersion,
    kind: 'NetworkNeighborhood',
    metadata,
    spec: {
      containers: [{ name: 'c', ingress: network.ingress ?? null, egress: network.egress ?? null }],
    },
  };
  return mergeNetworkNeighborhood(mergeApplicationProfile(profile, managed, 'c'), neighbors, 'c')
    .spec;
}

/** The same specs as layers. What an overlay's kind does not hold is left out of it. */
function layered(
  specs: readonly [ContainerProfileSpec, ContainerProfileSpec, ContainerProfileSpec],
  needs: ProfileNeeds,
) {
  const compiler = new ProfileCompiler(4);
  const [base, application, network] = specs;
  const { egress: _egress, ingress: _ingress, ...managed } = application;
  const peers = { egress: network.egress ?? null, ingress: network.ingress ?? null };
  const { egress = null, ingress = null } = merged(...specs);
  return new LayeredProfile({
    layers: [
      { origin: LEARNED, compiled: compiler.compile(base, needs) },
      { origin: MANAGED, compiled: compiler.compile(managed, needs) },
      { origin: NETWORK, compiled: compiler.compile(peers, needs) },
    ],
    network: compiler.compile({ egress, ingress }, needs),
    needs,
  });
}

describe('LayeredProfile', () => {
  const specs = fc.tuple(anySpec, anySpec, anySpec);

  it('answers as the merged profile does', () => {
    fc.assert(
      fc.property(specs, anyNeeds, anyQuestions, (all, needs, asked) => {
        const [layers, one] = [layered(all, needs), projectProfile(merged(...all), { needs })];
        assert.deepEqual(allAnswers(layers, asked), allAnswers(one, asked));
        for (const ruleId of ['R1', 'R2', 'R3']) {
          assert.deepEqual(layers.policyOf(ruleId), one.policyOf(ruleId));
        }
      }),
      { numRuns: 600 },
    );
  });

  it('explains by entries of its layers what is allowed, and by the nearest what is not', () => {
    fc.assert(
      fc.property(specs, anyNeeds, anyQuestions, (all, needs, asked) => {
        const layers = layered(all, needs);
        const one = projectProfile(merged(...all), { needs });
        for (const [question, answer] of questionsOf(asked, layers)) {
          const { allowedBy, nearest } = layers.explain(question);
          assert.equal(allowedBy.length > 0, answer, JSON.stringify(question));
          if (answer) assert.equal(nearest, undefined);
          if (question.surface === 'egress' || question.surface === 'ingress') continue;
          const other = one.explain(question);
          const entries = (list: typeof allowedBy) =>
            [...new Set(list.map(({ entry }) => entry))].sort();
          assert.deepEqual(entries(allowedBy), entries(other.allowedBy));
          assert.equal(nearest?.entry, other.nearest?.entry);
        }
      }),
      { numRuns: 400 },
    );
  });

  const base: ContainerProfileSpec = {
    opens: [{ path: '/etc/hosts', flags: ['O_RDONLY'] }],
    execs: [{ path: '/bin/mysql', args: ['mysql', '-p[redacted]'] }],
    egress: [
      {
        identifier: '1',
        type: 'external',
        ipAddress: '10.0.0.1',
        ports: [{ name: 'a', protocol: 'TCP', port: 80 }],
      },
    ],
    rulePolicies: { R1: { processAllowed: ['sh'] } },
  };
  const application: ContainerProfileSpec = {
    opens: [{ path: '/etc/⋯' }, { path: '/srv/data' }],
    rulePolicies: { R1: { processAllowed: ['bash'], containerAllowed: true }, R2: {} },
  };
  const network: ContainerProfileSpec = {
    egress: [
      { identifier: '1', type: 'external', ports: [{ name: 'b', protocol: 'TCP', port: 443 }] },
      { identifier: '2', type: 'external', ipAddress: '10.0.0.2' },
    ],
  };
  const profile = layered([base, application, network], EVERYTHING);

  it('names every entry that allows, source by source', () => {
    assert.deepEqual(profile.explain({ surface: 'opens', path: '/etc/hosts' }).allowedBy, [
      { entry: '/etc/hosts (O_RDONLY)', origin: LEARNED },
      { entry: '/etc/⋯', origin: MANAGED },
    ]);
    const question = { surface: 'opens', path: '/etc/hosts', flags: ['O_RDWR'] } as const;
    assert.deepEqual(profile.explain(question).allowedBy, [{ entry: '/etc/⋯', origin: MANAGED }]);
  });

  it('names the nearest entry of all layers', () => {
    assert.deepEqual(profile.explain({ surface: 'opens', path: '/srv/other' }), {
      allowedBy: [],
      nearest: { entry: '/srv/data', origin: MANAGED },
    });
    assert.deepEqual(profile.explain({ surface: 'egress', peer: '10.0.0.3', port: 80 }).nearest, {
      entry: '10.0.0.2',
      origin: NETWORK,
    });
  });

  it('names the layer that allows a peer, or all NetworkNeighborhoods for what merging made', () => {
    const peer = (address: string, port: number) =>
      profile.explain({ surface: 'egress', peer: address, port, protocol: 'tcp' }).allowedBy;
    assert.deepEqual(peer('10.0.0.1', 80), [{ entry: '10.0.0.1 (80/TCP)', origin: LEARNED }]);
    assert.deepEqual(peer('10.0.0.2', 22), [{ entry: '10.0.0.2', origin: NETWORK }]);
    // The overlay's port stands beside the learned address only in the merged neighbor.
    assert.deepEqual(peer('10.0.0.1', 443), [
      { entry: '10.0.0.1 (443/TCP, 80/TCP)', origin: NETWORK },
    ]);
    assert.deepEqual(peer('10.0.0.1', 22), []);
  });

  it('compares arguments once more redacted, and explains by what it finds', () => {
    assert.ok(profile.wasExecutedWithArgs('/bin/mysql', ['mysql', '-psecret']));
    const question = { surface: 'execs', path: '/bin/mysql', args: ['mysql', '-psecret'] } as const;
    assert.deepEqual(profile.explain(question).allowedBy, [
      { entry: '/bin/mysql -p[redacted]', origin: LEARNED },
    ]);
  });

  it('joins policies over its layers, and knows no others', () => {
    assert.deepEqual(profile.policyOf('R1'), {
      processAllowed: ['bash', 'sh'],
      containerAllowed: true,
    });
    assert.deepEqual(profile.policyOf('R2'), {});
    assert.equal(profile.policyOf('constructor'), undefined);
  });

  it('has the call stacks of its first layer, and none without layers', () => {
    const empty = new LayeredProfile({ layers: [], needs: EVERYTHING });
    assert.deepEqual(
      [empty.callStacks.callIds, empty.wasExecuted('/a'), empty.policyOf('R1')],
      [[], false, undefined],
    );
    assert.deepEqual(empty.explain({ surface: 'syscalls', name: 'read' }), { allowedBy: [] });
  });

  it('has the checksum of its only layer, and one that every layer and the network change', () => {
    const compiler = new ProfileCompiler();
    const [a, b] = [compiler.compile(base, EVERYTHING), compiler.compile(network, EVERYTHING)];
    const layer = { origin: LEARNED, compiled: a };
    const of = (layers: readonly (typeof layer)[], other?: typeof b) =>
      new LayeredProfile({ layers, network: other, needs: EVERYTHING }).checksum;
    assert.equal(of([layer]), a.checksum);
    const sums = [
      of([layer]),
      of([layer], b),
      of([layer, { origin: NETWORK, compiled: b }]),
      of([]),
    ];
    assert.equal(new Set(sums).size, sums.length);
  });
});

/** Questions for people, with the answer of the method that asks the same. */
function questionsOf(
  asked: Questions,
  profile: LayeredProfile,
): readonly (readonly [ProfileQuestion, boolean])[] {
  const { path, words, word, endpoint, methods, address, domain, port } = asked;
  const peer = { surface: 'egress', peer: address, port: port[0], protocol: port[1] } as const;
  // What is no address is taken for a domain.
  const aboutPeer: readonly (readonly [ProfileQuestion, boolean])[] =
    isIP(address) === 0 || address.includes('%')
      ? []
      : [
          [{ surface: 'ingress', peer: address }, profile.wasAddressIn('ingress', address)],
          [peer, profile.wasAddressPortProtocolIn('egress', address, port)],
        ];
  return [
    [{ surface: 'execs', path }, profile.wasExecuted(path)],
    [{ surface: 'execs', path, args: words }, profile.wasExecutedWithArgs(path, words)],
    [{ surface: 'opens', path }, profile.wasPathOpened(path)],
    [{ surface: 'opens', path, flags: words }, profile.wasPathOpenedWithFlags(path, words)],
    [{ surface: 'syscalls', name: word }, profile.wasSyscallUsed(word)],
    [{ surface: 'capabilities', name: word }, profile.wasCapabilityUsed(word)],
    [{ surface: 'endpoints', endpoint }, profile.wasEndpointAccessed(endpoint)],
    [
      { surface: 'endpoints', endpoint, methods },
      profile.wasEndpointAccessedWithMethods(endpoint, methods),
    ],
    ...aboutPeer,
    [{ surface: 'egress', peer: domain }, profile.isDomainIn('egress', domain)],
  ];
}
