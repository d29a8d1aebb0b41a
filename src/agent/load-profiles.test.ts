import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { PROFILE_API_VERSION } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';
import { loadProfiles, readProfiles } from './load-profiles.ts';

const document = (name: string, kind = 'ContainerProfile') =>
  JSON.stringify({ apiVersion: PROFILE_API_VERSION, kind, metadata: { name }, spec: {} });

/** Keeps names, and takes each once. */
function namingStore() {
  const names: string[] = [];
  const store: Pick<ProfileStore, 'create'> = {
    create: async (_kind, object) => {
      const { name } = object.metadata;
      if (names.includes(name)) throw new AgentError('conflict', `${name} exists`);
      names.push(name);
      return object;
    },
  };
  return { names, store };
}

describe('loadProfiles', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-load-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  function file(...documents: readonly string[]): string {
    const path = join(folder, 'profiles.yaml');
    writeFileSync(path, documents.join('\n---\n'));
    return path;
  }

  it('stores the good profiles and names what was wrong with the others', async () => {
    const path = file(document('a'), document('p', 'Pod'), document('a'), document('b'));
    const { names, store } = namingStore();
    const problems = await loadProfiles([path], store);
    assert.deepEqual(names, ['a', 'b']);
    assert.deepEqual(problems.length, 2);
    assert.match(problems[0] ?? '', /profiles\.yaml, document 2: kind: expected /);
    assert.equal(problems[1], `${path}, document 3: a exists`);
  });

  it('throws where there are paths and no profile that can be used', async () => {
    const { names, store } = namingStore();
    const isInvalid = { name: 'AgentError', code: 'invalid' };
    await assert.rejects(loadProfiles([file('')], store), {
      ...isInvalid,
      message: /there is no profile/,
    });
    await assert.rejects(loadProfiles([file(document('p', 'Pod'))], store), isInvalid);
    await assert.rejects(loadProfiles([join(folder, 'none')], store), isInvalid);
    await loadProfiles([file(document('a'))], store);
    await assert.rejects(loadProfiles([file(document('a'))], store), isInvalid);
    assert.deepEqual(names, ['a']);
  });

  it('has nothing to say where there are no paths', async () => {
    assert.deepEqual(await loadProfiles([], namingStore().store), []);
    assert.deepEqual(await readProfiles([]), { profiles: [], problems: [] });
  });
});
