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
 * The text of a list, in parts; nothing of it is kept. The metadata comes last, when it is known. Rejects
 * before the first part for everything that can be known then.
 */
export async function* listBody({
  read,
  writer,
  form,
  checkVersion,
}: ListRequest): AsyncGenerator<string, void> {
  let told = 0;
  let last: SelectedPage | undefined;
  let text = '';
  for await (const page of selectedPages(read)) {
    if (last === undefined) {
      checkVersion(page.resourceVersion);
      text = writer.listHead(form);
    }
    if (page.rows.length > 0) text += (told > 0 ? ',' : '') + writer.items(page.rows, form);
    told += page.rows.length;
    last = page;
    if (text !== '') yield text;
    text = '';
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
