import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** No line of ours comes near; a longer one is damage, and must not fill the memory. */
const MAX_LINE_CHARS = 4 * 1024 * 1024;

/** One line of a text file; `text` is undefined when it was longer than any line may be. */
export interface Line {
  readonly number: number;
  readonly text: string | undefined;
}

/** The lines of a file without their line ends, from 1. A last line without an end counts too. */
export async function* readLines(path: string): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let number = 0;
  let rest = '';
  let isTooLong = false;
  const take = (text: string): Line => {
    number += 1;
    const line = isTooLong ? undefined : text.replace(/\r$/, '');
    isTooLong = false;
    return { number, text: line };
  };
  for await (const chunk of createReadStream(path)) {
    rest += decoder.write(chunk as Buffer);
    let from = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      yield take(rest.slice(from, end));
      from = end + 1;
    }
    rest = rest.slice(from);
    if (rest.length > MAX_LINE_CHARS) {
      isTooLong = true;
      rest = '';
    }
  }
  rest += decoder.end();
  if (rest !== '' || isTooLong) yield take(rest);
}
