import { ANNOTATION, LABEL } from '#model/annotations.js';
import type { ObjectMeta } from '#model/profile.js';

const ANNOTATIONS = [ANNOTATION.status, ANNOTATION.completion, ANNOTATION.reportSeriesId];
const LABELS = [LABEL.learningPeriod];

/**
 * The part of an object's metadata that the cache keeps. A namespace can hold thousands of objects
 * of which this node needs a few, so the rest of it is let go of.
 */
export function knownPartOf({
  name,
  namespace,
  uid,
  resourceVersion,
  ...meta
}: ObjectMeta): ObjectMeta {
  const annotations = picked(meta.annotations, ANNOTATIONS);
  const labels = picked(meta.labels, LABELS);
  return {
    name,
    namespace,
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(annotations && { annotations }),
    ...(labels && { labels }),
  };
}

/**
 * The same for two answers exactly when they are the same object in the same version. Undefined for an
 * object without a version, which is never the same as anything.
 */
export function versionOf({ uid = '', resourceVersion }: ObjectMeta): string | undefined {
  return resourceVersion ? `${uid}@${resourceVersion}` : undefined;
}

function picked(
  values: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const found = keys.filter((key) => values?.[key] !== undefined);
  if (values === undefined || found.length === 0) return undefined;
  return Object.fromEntries(found.map((key) => [key, values[key] ?? '']));
}
