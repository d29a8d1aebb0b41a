import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { type Recipe, recipeOf } from './composition.ts';
import { SourceSet } from './source-set.ts';
import {
  aContainer,
  aLabelledContainer,
  aNetworkNeighborhood,
  anApplicationProfile,
  authored,
  learned,
} from './testing/cache-world.ts';
import { ScriptedProfileStore } from './testing/scripted-profile-store.ts';

/** The sources of a container after every one of them was asked for once. */
async function sourcesOf(
  container: ReturnType<typeof aContainer>,
  objects: readonly Parameters<ScriptedProfileStore['put']>[0][],
): Promise<SourceSet> {
  const clock = new VirtualClock();
  const store = new ScriptedProfileStore(clock);
  for (const object of objects) store.put(object);
  const sources = new SourceSet(container);
  const { signal } = new AbortController();
  for (const source of sources.all) {
    const asked = store.get(source.kind, source.key, { signal });
    await clock.advance(0);
    source.answered((await asked) as never, 0);
  }
  return sources;
}

function rolesOf(recipe: ReturnType<typeof recipeOf>): readonly (string | undefined)[] {
  assert.ok(typeof recipe !== 'string');
  return [recipe.base?.role, ...recipe.overlays.map(({ role }) => role)];
}

describe('recipeOf', () => {
  it('takes the sources in their order', async () => {
    const container = aLabelledContainer('a', 'mine');
    const objects = [
      learned('a-profile', '/bin/a'),
      anApplicationProfile('mine', '/bin/ap'),
      aNetworkNeighborhood('mine'),
      aNetworkNeighborhood('ug-a-workload'),
      anApplicationProfile('ug-a-workload', '/bin/ug'),
    ];
    assert.deepEqual(rolesOf(recipeOf(await sourcesOf(container, objects), false)), [
      'learned',
      'managed-application',
      'managed-network',
      'user-application',
      'user-network',
    ]);
    const withAuthored = await sourcesOf(container, [...objects, authored('mine', '/bin/me')]);
    assert.deepEqual(rolesOf(recipeOf(withAuthored, false)), [
      'authored-for-pod',
      'managed-application',
      'managed-network',
    ]);
  });

  it('says why there is none', async () => {
    const container = aContainer('a');
    assert.equal(recipeOf(await sourcesOf(container, []), false), 'no-profile');
    assert.equal(recipeOf(new SourceSet(container), false), 'store-failed');
    const partial = [learned('a-profile', '/bin/a', ['completed', 'partial'])];
    assert.equal(recipeOf(await sourcesOf(container, partial), false), 'partial-profile');
    assert.deepEqual(rolesOf(recipeOf(await sourcesOf(container, partial), true)), ['learned']);
  });

  it('tells objects without a version apart at every answer', async () => {
    const sources = new SourceSet(aContainer('a'));
    const fingerprint = () => (recipeOf(sources, false) as Recipe).fingerprint;
    sources.learned.answered(learned('a-profile', '/bin/a'), 0);
    const first = fingerprint();
    assert.equal(fingerprint(), first);
    sources.learned.answered(learned('a-profile', '/bin/a'), 0);
    assert.notEqual(fingerprint(), first);
  });
});
