import * as v from 'valibot';
import { isRecord } from '#profile/is-record.js';
import { strictFields } from './strict-fields.ts';

type Labels = Readonly<Record<string, string>>;

/** A label selector of Kubernetes, ready to be asked. */
export interface LabelSelector {
  /** True when labels meet all that is demanded; without any demand, always. */
  matches(labels: Labels): boolean;
  /** The labels that it looks at. */
  readonly keys: readonly string[];
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

const requirement = v.pipe(
  strictFields({
    key: v.pipe(v.string(), v.nonEmpty('expected the name of a label')),
    operator: v.picklist(OPERATORS),
    values: v.nullish(v.array(v.string()), []),
  }),
  v.check(
    ({ operator, values }) => values.length > 0 === (operator === 'In' || operator === 'NotIn'),
    'expected values for In and NotIn, and none for Exists and DoesNotExist',
  ),
);
// The library's own record leaves out names such as `constructor`, which are good for labels.
const labels = v.custom<Labels>(
  (value) => isRecord(value) && Object.values(value).every((one) => typeof one === 'string'),
  'expected texts by the names of labels',
);
type Requirement = v.InferOutput<typeof requirement>;

/** Validates a label selector and makes it ready; one that is absent or null selects everything. */
export const labelSelectorSchema = v.pipe(
  v.nullish(
    strictFields({
      matchLabels: v.nullish(labels, {}),
      matchExpressions: v.nullish(v.array(requirement), []),
    }),
    {},
  ),
  v.transform(({ matchLabels, matchExpressions }): LabelSelector => {
    const exact = Object.entries(matchLabels);
    return {
      matches: (labels) =>
        exact.every(([key, value]) => labelIn(labels, key) === value) &&
        matchExpressions.every((one) => meets(one, labelIn(labels, one.key))),
      keys: [...exact.map(([key]) => key), ...matchExpressions.map(({ key }) => key)],
    };
  }),
);

function labelIn(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** As in Kubernetes, `NotIn` is also met by a label that is not there. */
function meets({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
