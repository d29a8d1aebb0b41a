import type { Schema } from './schema.ts';
import { listOf, mapOf, record, text, texts } from './schema-parts.ts';

/** The two fields of a Kubernetes label selector, for kinds that have them right in their spec. */
export const SELECTOR_FIELDS = {
  matchLabels: mapOf({ type: 'string' }, 'Labels that must all be there with these values.'),
  matchExpressions: listOf(
    record(
      'One requirement on a label.',
      {
        key: text('The label.'),
        operator: text('How the label relates to the values.', {
          enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
        }),
        values: texts('For In and NotIn the values; for Exists and DoesNotExist there are none.'),
      },
      ['key', 'operator'],
    ),
    'Requirements that must all be met.',
  ),
} as const satisfies Readonly<Record<string, Schema>>;

/** A Kubernetes label selector. `null` is no selector; an empty one selects everything. */
export function labelSelector(description: string): Schema {
  return { ...record(description, SELECTOR_FIELDS), nullable: true };
}
