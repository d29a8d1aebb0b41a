import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_RULES_URL } from '#rules/default-rules.js';

/**
 * Copies rules to `folder` with all of them switched on, and gives the files: the manifest at `path`, or without one
 * those that come with the agent.
 */
export function allRulesOn(folder: string, path?: string): readonly string[] {
  const from = fileURLToPath(DEFAULT_RULES_URL);
  const sources =
    path === undefined
      ? readdirSync(from)
          .filter((name) => name.endsWith('.yaml'))
          .map((name) => join(from, name))
      : [path];
  return sources.map((source, at) => {
    const copy = join(folder, `rules-${at}.yaml`);
    writeFileSync(
      copy,
      readFileSync(source, 'utf8').replaceAll(/enabled: false/g, 'enabled: true'),
    );
    return copy;
  });
}
