import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readManifests } from './manifests.ts';

describe('reading manifests', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-manifests-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** A folder of its own with these files. */
  async function aFolder(name: string, files: Readonly<Record<string, string | Uint8Array>>) {
    const path = join(folder, name);
    await mkdir(path);
    for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
    return path;
  }

  it('takes the manifests of a folder in the order of their names and nothing else', async () => {
    const path = await aFolder('order', {
      'b.yml': 'kind: B',
      'a.yaml': 'kind: A\n---\nkind: A2',
      'c.json': '{"kind": "C"}',
      'notes.txt': 'kind: No',
    });
    await mkdir(join(path, 'below.yaml'));
    await symlink(join(path, 'notes.txt'), join(path, 'z.yaml'));
    const { manifests, errors } = await readManifests([path]);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      manifests.map(({ source, object }) => [source.slice(path.length + 1), object['kind']]),
      [
        ['a.yaml, document 1', 'A'],
        ['a.yaml, document 2', 'A2'],
        ['b.yml', 'B'],
        ['c.json', 'C'],
        ['z.yaml', 'No'],
      ],
    );
  });

  it('reports what it cannot read and goes on', async () => {
    const path = await aFolder('bad', {
      'a.yaml': 'a: [1\n',
      'b.yaml': Uint8Array.of(0xff, 0xfe),
      'c.yaml': 'kind: C',
    });
    const { manifests, errors } = await readManifests([join(path, 'missing.yaml'), path]);
    assert.deepEqual(
      manifests.map(({ object }) => object['kind']),
      ['C'],
    );
    assert.deepEqual(
      errors.map(({ code, message }) => [code, message.slice(path.length + 1)]),
      [
        ['not-found', 'missing.yaml: no such file or folder'],
        ['invalid', 'a.yaml:2: expected YAML or JSON: deficient indentation'],
        ['invalid', 'b.yaml: expected text in UTF-8'],
      ],
    );
  });

  it('refuses a file that is too large and one that is none', async () => {
    const path = await aFolder('odd', { 'large.yaml': '' });
    await truncate(join(path, 'large.yaml'), 64 * 1024 * 1024 + 1);
    execFileSync('mkfifo', [join(path, 'pipe.yaml')]);
    const { errors } = await readManifests([path, '/dev/null']);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['too-large', 'invalid', 'invalid'],
    );
    assert.match(errors[1]?.message ?? '', /pipe\.yaml: expected a regular file/);
  });
});
