import { existsSync } from 'node:fs';
import { applyProfile } from '#agent/apply-profile.js';
import { readProfiles, type WrittenProfile } from '#agent/load-profiles.js';
import { withStoreFile } from '#agent/store-file.js';
import { refuseOtherStores } from '#agent/store-place.js';
import { AgentError } from '#model/agent-error.js';
import { type ObjectMeta, PROFILE_KINDS, type ProfileKind } from '#model/profile.js';
import type { ObjectKey, ProfileStore } from '#model/profile-store.js';
import { type Clock, systemClock } from '#runtime/clock.js';
import { EXIT } from '../exit-code.ts';
import { profileKey, profileKindOf } from '../profile-key.ts';
import { untilStopped } from '../stop-signal.ts';
import { type StoredProfile, type StoreFormat, storedProfiles } from '../stored-profiles.ts';
import type { Terminal } from '../terminal.ts';

/** What every `hullwatch store` command is given. */
export interface StoreOptions {
  /** The option `store` of the agent: the file. */
  readonly store: string;
  readonly terminal: Terminal;
  /** The machine's clock when absent. */
  readonly clock?: Clock;
}

/** Which profiles to show, and how. */
interface StoreQuestion {
  /** Absent: all kinds. */
  readonly kind: string | undefined;
  /** NAMESPACE/NAME; absent: all of the kind. */
  readonly key: string | undefined;
  readonly format: StoreFormat;
}

/**
 * `hullwatch store apply`: creates or replaces the profiles of manifests and says what became of each.
 * Settles with 0, with 1 when the store refused some, with 3 when some could not be used. Rejects with `invalid` when there is no profile.
 */
export async function runStoreApply(
  { store: path, terminal }: StoreOptions,
  files: readonly string[],
): Promise<number> {
  refuseOtherStores(path);
  const { profiles, problems } = await readProfiles(files);
  for (const problem of problems) terminal.writeError(`${problem}\n`);
  const failed = await untilStopped((signal) =>
    withStoreFile(path, (store) => applyAll({ store, profiles, terminal }, signal)),
  );
  if (failed > 0) return EXIT.failed;
  return problems.length > 0 ? EXIT.damaged : EXIT.ok;
}

/** `hullwatch store delete`: rejects with `not-found` when there is nothing to delete. */
export async function runStoreDelete(
  { store: path, terminal }: StoreOptions,
  [kindName, keyText]: readonly [kind: string, key: string],
): Promise<number> {
  const kind = profileKindOf(kindName);
  const key = profileKey(keyText);
  const { signal } = new AbortController();
  await withStoreFile(existing(path), (store) => store.delete(kind, key, { signal }));
  terminal.write(`${kind} ${key.namespace}/${key.name} deleted\n`);
  return EXIT.ok;
}

/** `hullwatch store get`: all profiles, those of a kind, or one; `not-found` when that is not there. */
export async function runStoreGet(
  { store: path, terminal, clock = systemClock }: StoreOptions,
  { kind, key, format }: StoreQuestion,
): Promise<number> {
  const kinds = kind === undefined ? PROFILE_KINDS : [profileKindOf(kind)];
  const one = key === undefined ? undefined : profileKey(key);
  const found = await untilStopped((signal) =>
    withStoreFile(existing(path), async (store) => {
      const read = reading(store, signal);
      if (one !== undefined) return [await read.one(kinds[0] ?? 'ContainerProfile', one)];
      return format === 'table' ? read.heads(kinds) : read.whole(kinds);
    }),
  );
  if (found.length === 0) terminal.writeError(`no profiles in ${path}\n`);
  terminal.write(storedProfiles(found, { format, isList: one === undefined, nowMs: clock.now() }));
  return EXIT.ok;
}

/** Throws `not-found` when there is no such file: looking at a store does not make one. */
function existing(path: string): string {
  refuseOtherStores(path);
  if (existsSync(path)) return path;
  throw new AgentError('not-found', `there is no profile store ${path}: name it with --store`);
}

interface Applying {
  readonly store: ProfileStore;
  readonly profiles: readonly WrittenProfile[];
  readonly terminal: Terminal;
}

/** How many of them were not applied. */
async function applyAll(
  { store, profiles, terminal }: Applying,
  signal: AbortSignal,
): Promise<number> {
  let failed = 0;
  for (const { source, profile } of profiles) {
    try {
      const applied = await applyProfile(store, profile, signal);
      const { namespace, name } = profile.metadata;
      terminal.write(`${profile.kind} ${namespace}/${name} ${applied}\n`);
    } catch (reason) {
      failed += 1;
      terminal.writeError(`${source}: ${AgentError.from(reason).message}\n`);
    }
  }
  return failed;
}

function reading(store: ProfileStore, signal: AbortSignal) {
  const heads = async (kinds: readonly ProfileKind[]): Promise<readonly StoredProfile[]> => {
    const lists = await Promise.all(
      kinds.map(async (kind) => {
        const { items } = await store.list(kind, { signal });
        return items.map((metadata: ObjectMeta) => ({ kind, metadata }));
      }),
    );
    return lists.flat();
  };
  return {
    heads,
    /** With their content; what is deleted meanwhile is left out. */
    whole: async (kinds: readonly ProfileKind[]): Promise<readonly StoredProfile[]> => {
      const found: StoredProfile[] = [];
      for (const { kind, metadata } of await heads(kinds)) {
        const object = await store.get(kind, metadata, { signal });
        if (object !== undefined) found.push(object);
      }
      return found;
    },
    one: async (kind: ProfileKind, key: ObjectKey): Promise<StoredProfile> => {
      const object = await store.get(kind, key, { signal });
      if (object !== undefined) return object;
      throw new AgentError('not-found', `${kind} ${key.namespace}/${key.name} not found`);
    },
  };
}
