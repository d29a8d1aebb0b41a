/** A file that was read. */
export interface TextFile {
  /** Its path, as messages name it. */
  readonly file: string;
  readonly text: string;
}

/** Reads files of text; the command line has one that opens them. */
export interface TextFiles {
  /**
   * The file at a path; of a folder its `*.yaml`, `*.yml` and `*.json` files by name, without folders below it.
   * Rejects with `not-found`, `invalid` or `too-large`, naming the file.
   */
  read(path: string): Promise<readonly TextFile[]>;
}
