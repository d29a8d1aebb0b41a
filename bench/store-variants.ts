import type { DatabaseSync } from 'node:sqlite';
import type { ContainerProfile } from '../src/model/profile.ts';
import { silentLogger } from '../src/runtime/log.ts';
import type { KubernetesObject } from '../src/storage/object-store.ts';
import { openDatabase } from '../src/storage/sqlite-database.ts';
import type { SqliteProfileStore } from '../src/storage/sqlite-profile-store.ts';
import type { Child } from './store-child.ts';
import type { KeptConnection } from './store-client.ts';
import { COLLECTION, KIND, NAMESPACE, PARTIAL_LIST, touched } from './store-profiles.ts';

/** One way to do the three calls, for profile number `index`; `turn` makes each content new. */
export interface Variant {
  readonly get: (index: number) => unknown;
  readonly put: (index: number, turn: number) => unknown;
  readonly list: () => unknown;
}

const { signal } = new AbortController();
const keyOf = (index: number) => ({ namespace: NAMESPACE, name: `profile-${index}` });

/** Through the port that the HTTP server uses. */
export function portVariant(
  { objects }: SqliteProfileStore,
  fleet: readonly ContainerProfile[],
): Variant {
  return {
    get: (index) => objects.get(KIND, keyOf(index), { signal, withBody: true }),
    put: (index, turn) =>
      objects.change(
        KIND,
        keyOf(index),
        () => touched(fleet[index] as ContainerProfile, turn) as unknown as KubernetesObject,
        { signal },
      ),
    list: () => objects.list(KIND, { signal, namespace: NAMESPACE, withBodies: false }),
  };
}

/** SQLite alone: the same schema, prepared statements, commits on disk; no history and no rules. */
export function sqliteVariant(
  path: string,
  fleet: readonly ContainerProfile[],
): Variant & { readonly getBytes: Variant['get']; close(): void } {
  const db = openDatabase({ path, log: silentLogger });
  const one = (body: string) =>
    db.prepare(
      `SELECT o.metadata, ${body} FROM objects o JOIN bodies b ON b.id = o.body_id WHERE o.kind = ? AND o.namespace = ? AND o.name = ?`,
    );
  const [asText, asBytes] = [one('b.body'), one('CAST(b.body AS BLOB) AS body')];
  const all = db.prepare(
    'SELECT namespace, name, resource_version, metadata FROM objects WHERE kind = ? AND namespace = ? ORDER BY namespace, name',
  );
  const put = bareWrite(db);
  const texts = fleet.map(({ metadata, spec }) => ({
    metadata: JSON.stringify(metadata),
    body: JSON.stringify({ spec }),
  }));
  return {
    get: (index) => asText.get(KIND, NAMESPACE, `profile-${index}`),
    getBytes: (index) => asBytes.get(KIND, NAMESPACE, `profile-${index}`),
    put: (index, turn) => {
      const { metadata = '', body = '' } = texts[index] ?? {};
      put(`profile-${index}`, metadata, `${body.slice(0, -1)},"turn":${turn}}`);
    },
    list: () => all.all(KIND, NAMESPACE),
    close: () => db.close(),
  };
}

/** Writes metadata and body of an object over what is there, in one transaction. */
export function bareWrite(
  db: DatabaseSync,
): (name: string, metadata: string, body: string) => void {
  const version = db.prepare('UPDATE resource_version SET last = last + 1 RETURNING last');
  const find = db.prepare(
    'SELECT id, body_id FROM objects WHERE kind = ? AND namespace = ? AND name = ?',
  );
  const update = db.prepare('UPDATE objects SET resource_version = ?, metadata = ? WHERE id = ?');
  const updateBody = db.prepare('UPDATE bodies SET body = ? WHERE id = ?');
  const insertBody = db.prepare('INSERT INTO bodies (body) VALUES (?)');
  const insert = db.prepare(
    "INSERT INTO objects (kind, namespace, name, resource_version, type, role, metadata, body_id) VALUES (?, ?, ?, ?, 'added', 'plain', ?, ?)",
  );
  return (name, metadata, body) => {
    db.exec('BEGIN IMMEDIATE');
    const last = Number(version.get()?.['last']);
    const known = find.get(KIND, NAMESPACE, name);
    if (known) {
      updateBody.run(body, known['body_id'] ?? null);
      update.run(last, metadata, known['id'] ?? null);
    } else {
      const { lastInsertRowid } = insertBody.run(body);
      insert.run(KIND, NAMESPACE, name, last, metadata, lastInsertRowid);
    }
    db.exec('COMMIT');
  };
}

/** JSON.parse alone of the bytes that each call is about. */
export function parseVariant(fleet: readonly ContainerProfile[]): Variant {
  const texts = fleet.map((profile) => JSON.stringify(profile));
  const metadata = fleet.map((profile) => JSON.stringify(profile.metadata));
  return {
    get: (index) => JSON.parse(texts[index] ?? ''),
    put: (index) => JSON.parse(texts[index] ?? ''),
    list: () => metadata.map((text) => JSON.parse(text)),
  };
}

/** Over HTTP, of our server or of the bare one. */
export function httpVariant(client: KeptConnection, fleet: readonly ContainerProfile[]): Variant {
  return {
    get: (index) => client.call({ path: `${COLLECTION}/profile-${index}` }),
    put: (index, turn) =>
      client.call({
        method: 'PUT',
        path: `${COLLECTION}/profile-${index}`,
        body: Buffer.from(JSON.stringify(touched(fleet[index] as ContainerProfile, turn))),
      }),
    list: () => client.call({ path: COLLECTION, accept: PARTIAL_LIST }),
  };
}

/** Gives the bare server what our server answers, byte for byte. */
export async function fillBare(
  ours: KeptConnection,
  bare: KeptConnection,
  count: number,
): Promise<void> {
  const list = await ours.call({ path: COLLECTION, accept: PARTIAL_LIST });
  await bare.call({ method: 'PUT', path: COLLECTION, body: list });
  for (let index = 0; index < count; index += 1) {
    const path = `${COLLECTION}/profile-${index}`;
    await bare.call({ method: 'PUT', path, body: await ours.call({ path }) });
  }
}

/** Processor time in microseconds, of this process or of a child. */
export type CpuMeter = () => Promise<number> | number;

export function cpuOf(child: Child): CpuMeter {
  return () => child.ask<number>('cpu');
}
