/** What a recording says of a program that was started as people do, apart from who did it and when. */
export function programStarted(path: string, args: readonly string[]) {
  return {
    type: 'exec',
    args: [path, ...args],
    argsTruncated: false,
    file: path,
    exePath: path,
    cwd: '/',
    upperLayer: false,
    parentUpperLayer: false,
  } as const;
}
