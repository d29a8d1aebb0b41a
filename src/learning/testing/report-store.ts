import { AgentError, type ErrorCode } from '#model/agent-error.js';
import { ANNOTATION } from '#model/annotations.js';
import type { ContainerProfile, ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey, ProfileStore } from '#model/profile-store.js';

/** What the store does with the next report. `lost-answer` and `silent` store it all the same. */
export type Behaviour = 'store' | 'hang' | 'silent' | 'lost-answer' | ErrorCode;

/** A store that only takes reports, keeps them in order, and fails in every way a real one does. */
export class ReportStore implements Pick<ProfileStore, 'create' | 'get'> {
  readonly rows: ContainerProfile[] = [];
  /** Names in the order in which they were tried. */
  readonly tried: string[] = [];
  /** Asked for each report; `store` when it has nothing to say. */
  behave: (report: ContainerProfile) => Behaviour | undefined = () => undefined;

  create<K extends ProfileKind>(_kind: K, object: ProfileKinds[K]): Promise<ProfileKinds[K]> {
    const report = object as ContainerProfile;
    const { name, namespace } = report.metadata;
    this.tried.push(name);
    const behaviour = this.behave(report) ?? 'store';
    if (behaviour === 'hang') return new Promise(() => {});
    if (behaviour !== 'store' && behaviour !== 'silent' && behaviour !== 'lost-answer') {
      return Promise.reject(new AgentError(behaviour, `report ${name}: told to fail`));
    }
    if (this.#find({ name, namespace })) {
      return Promise.reject(new AgentError('conflict', `report ${name}: exists`));
    }
    this.rows.push(structuredClone(report));
    if (behaviour === 'silent') return new Promise(() => {});
    if (behaviour === 'store') return Promise.resolve(object);
    return Promise.reject(new AgentError('unavailable', `report ${name}: answer lost`));
  }

  get<K extends ProfileKind>(_kind: K, key: ObjectKey): Promise<ProfileKinds[K] | undefined> {
    return Promise.resolve(this.#find(key) as ProfileKinds[K] | undefined);
  }

  /** One annotation of each row, by the last part of its key. */
  column(key: keyof typeof ANNOTATION): (string | undefined)[] {
    return this.rows.map((row) => row.metadata.annotations?.[ANNOTATION[key]]);
  }

  #find({ name, namespace }: ObjectKey): ContainerProfile | undefined {
    return this.rows.find((r) => r.metadata.name === name && r.metadata.namespace === namespace);
  }
}
