import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeMessage } from './testing/wire-decoder.ts';
import {
  countField,
  doubleField,
  flagField,
  message,
  messageField,
  textField,
  textFields,
} from './wire-format.ts';

describe('wire format', () => {
  it('writes the bytes that the protobuf documentation gives', () => {
    assert.equal(message([countField(1, 150)]).toString('hex'), '089601');
    assert.equal(message([textField(2, 'testing')]).toString('hex'), '120774657374696e67');
    assert.equal(message([countField(1, 127)]).toString('hex'), '087f');
    assert.equal(message([countField(1, 128)]).toString('hex'), '088001');
    assert.equal(message([countField(1, 16_384)]).toString('hex'), '08808001');
    const inner = message([countField(1, 150)]);
    assert.equal(message([messageField(3, inner)]).toString('hex'), '1a03089601');
    assert.equal(message([flagField(4, true), flagField(4, false)]).toString('hex'), '2001');
  });

  it('leaves out what is empty, but keeps empty texts of a list and empty messages', () => {
    const empty = [textField(1, ''), countField(2, 0), doubleField(3, 0), flagField(4, undefined)];
    assert.equal(message(empty).length, 0);
    assert.deepEqual(decodeMessage(message(textFields(1, ['', 'a', '']))).texts(1), ['', 'a', '']);
    assert.equal(message([messageField(1, message([]))]).toString('hex'), '0a00');
  });

  it('gives back what was written', () => {
    const number = fc.integer({ min: 1, max: 2 ** 29 - 1 });
    const values = fc.record({ text: fc.string(), count: fc.nat(), x: fc.double({ noNaN: true }) });
    fc.assert(
      fc.property(number, values, (n, { text, count, x }) => {
        const inner = message([textField(1, text), countField(2, count), doubleField(3, x)]);
        const decoded = decodeMessage(message([messageField(n, inner)])).message(n);
        assert.equal(decoded.text(1), Buffer.from(text).toString());
        assert.equal(decoded.count(2), count);
        assert.equal(decoded.double(3) + 0, x + 0);
      }),
    );
  });
});
