import type { DatabaseSync } from 'node:sqlite';
import { learningStateOf } from '#consolidation/learning-state.js';
import { workloadOf } from '#consolidation/workload-aggregate.js';
import type { ObjectMeta } from '#model/profile.js';

const PROFILES = `SELECT namespace, name, metadata FROM objects
  WHERE kind = 'ContainerProfile' AND role = 'plain'`;
const ENTER =
  'INSERT OR REPLACE INTO members (namespace, name, workload, outdated) VALUES (?, ?, ?, 1)';

/**
 * Makes the learned profiles of a database members of their workloads, whose profiles are then outdated. What
 * people wrote has no status and becomes no member; what cannot be read does not either.
 */
export function enterMembers(db: DatabaseSync): void {
  const enter = db.prepare(ENTER);
  for (const row of db.prepare(PROFILES).iterate()) {
    const workload = workloadIn(String(row['metadata']));
    if (workload === undefined) continue;
    enter.run(String(row['namespace']), String(row['name']), workload);
  }
}

function workloadIn(text: string): string | undefined {
  try {
    const metadata: ObjectMeta = JSON.parse(text);
    return learningStateOf(metadata).status === '' ? undefined : workloadOf(metadata);
  } catch {
    return undefined;
  }
}
