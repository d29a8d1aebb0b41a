import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textLogger } from './text-log.ts';

function logged(
  level: string,
  tell: (log: ReturnType<typeof textLogger>) => void,
): readonly string[] {
  const lines: string[] = [];
  tell(textLogger(level, (text) => lines.push(text)));
  return lines;
}

describe('textLogger', () => {
  it('writes a line with the fields behind the message', () => {
    const lines = logged('info', (log) =>
      log.warn('the sensor died', { code: 'unavailable', tries: 2 }),
    );
    assert.deepEqual(lines, ['warn: the sensor died (code: unavailable, tries: 2)\n']);
  });

  it('leaves out what is below its level, and everything when silent', () => {
    const tell = (log: ReturnType<typeof textLogger>) => {
      log.debug('a');
      log.info('b');
      log.error('c');
    };
    assert.deepEqual(logged('info', tell), ['info: b\n', 'error: c\n']);
    assert.deepEqual(logged('silent', tell), []);
  });

  it('lets no control character of a field reach the terminal', () => {
    const [line = ''] = logged('info', (log) => log.info('x', { path: 'a\u001b[2J\nb\u202ec' }));
    assert.match(line, /^[\u0020-\u007e]*\n$/);
  });
});
