import { isRecord } from '#profile/is-record.js';

/** The entries of a map of texts, sorted by key so that equal ones are written alike; what is no text is left out. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the objects of a list have in one field. */
export function valuesOf(list: unknown, field: string): readonly unknown[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  return items.map((item) => (isRecord(item) ? item[field] : undefined));
}
