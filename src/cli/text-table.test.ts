import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TextTable } from './text-table.ts';

describe('TextTable', () => {
  it('makes columns as wide as their content, with no space at the end of a line', () => {
    assert.equal(
      new TextTable().format([['A', 'B', 'C'], ['long', '', 'x'], ['', 'y', ''], []]),
      'A     B  C\nlong     x\n      y\n\n',
    );
  });

  it('puts later rows below the earlier ones', () => {
    const table = new TextTable();
    table.format([['wide cell', 'x']]);
    assert.equal(table.format([['a', 'b']]), 'a          b\n');
    assert.equal(table.format([['a much wider cell', 'b']]), 'a much wider cell  b\n');
  });

  it('colours the text and not the space around it', () => {
    const rows = [
      [{ text: 'a', colour: 'red' }, 'b'],
      ['ccc', { text: '', colour: 'red' }],
    ] as const;
    assert.equal(new TextTable(true).format(rows), '\u001b[31ma\u001b[0m    b\nccc\n');
    assert.equal(new TextTable(false).format(rows), 'a    b\nccc\n');
  });

  it('keeps a cell on its line', () => {
    assert.equal(new TextTable().format([['a\nb\u001b[2J', 'c']]), 'a b [2J  c\n');
  });
});
