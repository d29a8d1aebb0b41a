import { ANNOTATION } from '#model/annotations.js';
import { isRecord } from '#profile/is-record.js';
import { checkNeighbors } from './check-neighbors.ts';
import { quoted } from './field-problem.ts';
import type { FieldWalk } from './field-walk.ts';

type Fields = Readonly<Record<string, unknown>>;
type KindCheck = (object: Fields, walk: FieldWalk) => void;

/** What the public storage takes as status of the two older profile kinds; not `failed`. */
const STATUSES: readonly unknown[] = [
  'initializing',
  'ready',
  'completed',
  'incomplete',
  'unauthorize',
  'missing-runtime',
  'too-large',
  'unsupported-schema',
];

const KIND_CHECKS: Readonly<Record<string, KindCheck>> = {
  ApplicationProfile: checkStatus,
  NetworkNeighborhood(object, walk) {
    checkStatus(object, walk);
    checkNeighbors(object['spec'], walk);
  },
};

/** Notes what only this kind forbids, of an object whose fields have the right types otherwise. */
export function checkKind(kind: string, object: Fields, walk: FieldWalk): void {
  if (Object.hasOwn(KIND_CHECKS, kind)) KIND_CHECKS[kind]?.(object, walk);
}

function checkStatus({ metadata }: Fields, walk: FieldWalk): void {
  const annotations = isRecord(metadata) ? metadata['annotations'] : undefined;
  if (!isRecord(annotations)) return;
  const status = annotations[ANNOTATION.status];
  if (status === undefined || STATUSES.includes(status)) return;
  walk.within('metadata', () =>
    walk.within('annotations', () =>
      walk.add(
        'FieldValueNotSupported',
        `Unsupported value: ${quoted(status)}: supported values: ${STATUSES.map(quoted).join(', ')}`,
        ANNOTATION.status,
      ),
    ),
  );
}
