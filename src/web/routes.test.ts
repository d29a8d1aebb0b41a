import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ROUTES } from './routes.ts';

describe('docs/containers.md', () => {
  it('lists every path that is served, with what it gives', () => {
    const text = readFileSync(new URL('../../docs/containers.md', import.meta.url), 'utf8');
    const [, table = ''] = text.split('| path | gives |\n|---|---|\n');
    const [rows = ''] = table.split('\n\n');
    assert.deepEqual(
      rows.split('\n'),
      ROUTES.map(({ path, what }) => `| \`${path}\` | ${what} |`),
    );
  });
});
