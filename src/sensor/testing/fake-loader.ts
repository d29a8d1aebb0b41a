import { once } from 'node:events';
import { argv, exit, kill, pid, stderr, stdin, stdout } from 'node:process';
import type { ExecEvent, OpenEvent } from '#model/raw-event.js';
import { aRawEvent, encodeEvent, encodeLost, encodeReady, encodeTotals } from './encoded-frames.ts';

let emitted = 0;
let lost = 0;
let heard = '';

function open(seq: number): Buffer {
  return encodeEvent(aRawEvent<OpenEvent>({ type: 'open', seq, path: `/srv/${seq}` }));
}

/** What a word that only writes writes. */
function output(word: string, value: string): Buffer | undefined {
  const count = Number(value);
  switch (word) {
    case 'ready':
      return encodeReady();
    case 'open':
      emitted += count;
      return Buffer.concat(
        Array.from({ length: count }, (_, index) => open(emitted - count + index + 1)),
      );
    case 'lost':
      emitted += count;
      lost += count;
      return encodeLost([{ count }]);
    case 'garbage':
      return Buffer.from('no frame at all');
    case 'half':
      return open(1).subarray(0, 60);
    case 'args':
      return encodeEvent(aRawEvent<ExecEvent>({ type: 'exec', args: argv.slice(2) }));
    case 'totals':
      return encodeTotals({ open: emitted }, { open: lost });
    default:
      return undefined;
  }
}

async function act(word: string, value: string): Promise<void> {
  switch (word) {
    case 'say':
      stderr.write(`${value}\n`);
      return;
    case 'wait':
      stdin.resume();
      await once(stdin, 'end');
      return;
    case 'heard':
      await tellHeard(Number(value));
      return;
    case 'exit':
      exit(Number(value));
      break;
    case 'die':
      kill(pid, 'SIGKILL');
      break;
    case 'hang':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      break;
    default:
      throw new Error(`fake loader: unknown word ${word}`);
  }
}

/** Tells lines of standard input as the arguments of an exec, as soon as there are that many. */
async function tellHeard(count: number): Promise<void> {
  while (heard.split('\n').length <= count) {
    const [chunk] = await once(stdin, 'data');
    heard += String(chunk);
  }
  stdin.pause();
  const lines = heard.split('\n');
  heard = lines.slice(count).join('\n');
  const exec = aRawEvent<ExecEvent>({ type: 'exec', args: lines.slice(0, count) });
  await new Promise((written) => stdout.write(encodeEvent(exec), written));
}

/**
 * Stands in for the loader: speaks the same frames on standard output. `script` holds words with
 * spaces between them, played from left to right:
 *
 * - `ready`: says that it is ready
 * - `open=N`: tells N opens, numbered on from the last
 * - `lost=N`: tells that N opens were lost
 * - `garbage`: writes bytes that are no frame
 * - `half`: writes the first part of a frame
 * - `args`: tells its own arguments as those of an exec
 * - `heard=N`: waits for N lines of standard input and tells them as the arguments of an exec
 * - `say=WORD`: writes a line to standard error
 * - `wait`: waits until standard input is closed
 * - `totals`: tells its totals
 * - `exit=N`: exits with a code
 * - `hang`: never ends, whatever happens to standard input
 * - `die`: kills itself
 */
export async function playLoader(script: string): Promise<void> {
  for (const step of script.split(' ')) {
    const [word = '', value = ''] = step.split('=');
    const bytes = output(word, value);
    if (bytes === undefined) await act(word, value);
    else await new Promise((written) => stdout.write(bytes, written));
  }
}
