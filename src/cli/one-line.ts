/** The text without what moves a terminal's cursor or turns its text around: it may come from a container. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}
