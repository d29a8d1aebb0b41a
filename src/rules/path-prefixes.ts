const SLASH = 47;

/** Folders, to see whether a path lies in one of them: the folder itself does. `/` holds every absolute path. */
export class PathPrefixes {
  readonly #prefixes: readonly string[];

  constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes.map(withoutEndSlash);
  }

  /** Without slashes at their ends. */
  get prefixes(): readonly string[] {
    return this.#prefixes;
  }

  hold(path: string): boolean {
    for (const prefix of this.#prefixes) {
      if (!path.startsWith(prefix)) continue;
      if (path.length === prefix.length || path.charCodeAt(prefix.length) === SLASH) return true;
    }
    return false;
  }
}

function withoutEndSlash(prefix: string): string {
  let end = prefix.length;
  while (end > 0 && prefix.charCodeAt(end - 1) === SLASH) end -= 1;
  return prefix.slice(0, end);
}
