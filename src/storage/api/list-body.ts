import { continueToken, type ListPosition } from './continue-token.ts';
import type { RowForm, RowWriter } from './representation.ts';
import { type ReadOptions, type SelectedPage, selectedPages } from './row-pages.ts';

/** What is to be listed, and how. */
export interface ListRequest {
  readonly read: ReadOptions;
  readonly writer: RowWriter;
  readonly form: RowForm;
  /** Called with the version before anything is told; may throw a refusal. */
  readonly checkVersion: (version: number) => void;
}

/**
 * The JSON of a list, in parts; nothing of it is kept. The metadata comes last, when it is known. Rejects
 * before the first part for everything that can be known then.
 */
export async function* listBody({
  read,
  writer,
  form,
  checkVersion,
}: ListRequest): AsyncGenerator<string | Uint8Array, void> {
  let told = 0;
  let last: SelectedPage | undefined;
  for await (const page of selectedPages(read)) {
    let before = told > 0 ? ',' : '';
    if (last === undefined) {
      checkVersion(page.resourceVersion);
      before = writer.listHead(form);
    }
    if (page.rows.length > 0) yield writer.items(page.rows, form, before);
    else if (last === undefined) yield before;
    told += page.rows.length;
    last = page;
  }
  if (last !== undefined) yield `],"metadata":${JSON.stringify(listMeta(last, read))}}\n`;
}

function listMeta(
  { resourceVersion, remaining, last }: SelectedPage,
  { selection }: ReadOptions,
): object {
  const position: ListPosition | undefined = last && { version: resourceVersion, after: last };
  return {
    resourceVersion: String(resourceVersion),
    ...(remaining > 0 && position && { continue: continueToken(position) }),
    ...(remaining > 0 && selection.matches === undefined && { remainingItemCount: remaining }),
  };
}
