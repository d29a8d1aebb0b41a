import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container } from '#model/container.js';
import type { ContainerProfileSpec } from '#model/profile.js';
import { type Recipe, recipeOf } from './composition.ts';
import { type ProfileObject, partsOf } from './layers.ts';
import { type AnySource, SourceSet } from './source-set.ts';
import {
  aContainer,
  aLabelledContainer,
  aNetworkNeighborhood,
  anApplicationProfile,
  authored,
  learned,
} from './testing/cache-world.ts';
import { deepFreeze } from './testing/deep-freeze.ts';

/** Answers the sources of a container with these objects, version 1 each, frozen. */
function answered(container: Container, objects: readonly ProfileObject[]) {
  const sources = new SourceSet(container);
  const bodies = new Map<AnySource, ProfileObject | undefined>();
  for (const source of sources.all) {
    const found = objects.find(
      ({ kind, metadata }) => kind === source.kind && metadata.name === source.key.name,
    );
    const metadata = { ...found?.metadata, uid: 'u', resourceVersion: '1' };
    const object = found && deepFreeze({ ...found, metadata });
    source.answered(object as never, 0);
    bodies.set(source, object as ProfileObject);
  }
  const parts = partsOf(recipeOf(sources, true) as Recipe, container);
  const specs = parts.layers.map((part) => part.make(bodies));
  return { sources, parts, specs, network: parts.network?.make(bodies) };
}

function execsOf(spec: ContainerProfileSpec | undefined): readonly string[] {
  return (spec?.execs ?? []).map(({ path }) => path);
}

describe('partsOf', () => {
  it('makes a layer of each source, and one more of the merged neighbors', () => {
    const { parts, specs, network } = answered(aContainer('a'), [
      learned('a-profile', '/bin/a'),
      anApplicationProfile('ug-a-workload', '/bin/ug'),
      aNetworkNeighborhood('ug-a-workload'),
    ]);
    assert.deepEqual(specs.map(execsOf), [['/bin/a'], ['/bin/ug'], []]);
    assert.equal(specs[2]?.egress?.[0]?.ipAddress, '10.0.0.10');
    assert.equal(network?.egress?.[0]?.ipAddress, '10.0.0.10');
    assert.deepEqual(execsOf(network), []);
    assert.deepEqual(
      parts.network?.sources.map(({ role }) => role),
      ['learned', 'managed-network'],
    );
  });

  it('takes an address that a person changed in place of the learned one', () => {
    const base = learned('a-profile', '/bin/a');
    const egress = [{ identifier: 'dns', type: 'external', ipAddress: '10.9.9.9' }];
    const { network } = answered(aContainer('a'), [
      { ...base, spec: { ...base.spec, egress } },
      aNetworkNeighborhood('ug-a-workload'),
    ]);
    assert.deepEqual(
      network?.egress?.map(({ ipAddress }) => ipAddress),
      ['10.0.0.10'],
    );
  });

  it('needs no merged neighbors where there is no NetworkNeighborhood', () => {
    const { parts } = answered(aContainer('a'), [
      learned('a-profile', '/bin/a'),
      anApplicationProfile('ug-a-workload', '/bin/ug'),
    ]);
    assert.equal(parts.network, undefined);
  });

  it('takes nothing from an overlay that speaks of other containers', () => {
    const overlay = anApplicationProfile('ug-a-workload', '/bin/ug', 'other');
    assert.deepEqual(answered(aContainer('a'), [overlay]).specs.map(execsOf), [[]]);
  });

  it('takes a container its section of a document for the whole pod', () => {
    const document = authored('mine', '/bin/flat');
    const spec = {
      containers: [{ name: 'web', execs: [{ path: '/bin/web' }] }],
      initContainers: [{ name: 'web', execs: [{ path: '/bin/init' }] }],
      ephemeralContainers: [{ name: 'shell', execs: [{ path: '/bin/sh' }] }],
    };
    const grouped = { ...document, spec } as ProfileObject;
    const container = aLabelledContainer('a', 'mine');
    const init = {
      ...container,
      instanceId: { ...container.instanceId, containerType: 'initContainers' as const },
    };
    assert.deepEqual(execsOf(answered(container, [grouped]).specs[0]), ['/bin/web']);
    assert.deepEqual(execsOf(answered(init, [grouped]).specs[0]), ['/bin/init']);
  });

  it('gives equal keys to what containers can share, and to nothing else', () => {
    const objects = [learned('p', '/bin/a'), anApplicationProfile('ug-w', '/bin/ug')];
    const keys = (container: Container) =>
      answered(container, objects).parts.layers.map(({ key }) => key);
    const same = { profileName: 'p', workloadName: 'w' };
    assert.deepEqual(keys(aContainer('a', same)), keys(aContainer('b', same)));
    const [base, overlay] = keys(aContainer('a', { ...same, name: 'sidecar' }));
    assert.equal(base, keys(aContainer('b', same))[0]);
    assert.notEqual(overlay, keys(aContainer('b', same))[1]);
  });
});
