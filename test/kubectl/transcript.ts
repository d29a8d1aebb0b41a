/** What differs from run to run is written the same each time. */
export function masked(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, '<uid>')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| [+-]\d{4})?/g, '<time>')
    .replace(/((?:resourceVersion|Resource Version)"?: *"?)\d+/g, '$1<version>')
    .replace(/("continue":")[^"]+/g, '$1<token>')
    .replace(/\/tmp\/(LIVE|MERGED)-\d+/g, '/tmp/$1')
    .replace(/ \d+s$/gm, ' <age>')
    .replace(/\bweb-[b-z2-9]{5}\b/g, 'web-<random>')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replace(/[ \t]+$/gm, '');
}

/** One chapter of docs/kubectl.md. */
export function chapterText(
  title: string,
  steps: readonly { readonly line: string; readonly output: string }[],
): string {
  const told = steps.map(({ line, output }) => `$ ${line}\n${output}`).join('\n');
  return `## ${title}\n\n\`\`\`\n${told.trimEnd()}\n\`\`\`\n`;
}
