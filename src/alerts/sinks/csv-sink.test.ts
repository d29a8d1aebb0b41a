import assert from 'node:assert/strict';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { deliveryFailureOf } from '../delivery-error.ts';
import { anAlert, someAlerts } from '../testing/alerts.ts';
import { CSV_HEADER, csvLine } from './csv-line.ts';
import { CsvSink } from './csv-sink.ts';

/** Reads CSV as RFC 4180 writes it. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = cell.exec(text); match; match = cell.exec(text)) {
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') {
      rows.push(row);
      row = [];
    }
    if (cell.lastIndex === text.length) return rows;
  }
  assert.fail(`no CSV: ${text.slice(0, 200)}`);
}

describe('csvLine', () => {
  const columns = parseCsv(CSV_HEADER)[0] ?? [];
  const read = (line: string) =>
    Object.fromEntries((parseCsv(line)[0] ?? []).map((value, at) => [columns[at] ?? '', value]));

  it('has a cell for each column', () => {
    const row = read(csvLine(anAlert({}, { arguments: { repeats: 7 } })));
    assert.equal(Object.keys(row).length, columns.length);
    assert.equal(row['ruleID'], 'R0001');
    assert.equal(row['pid'], '1234');
    assert.equal(row['commandLine'], 'sh -c id');
    assert.equal(row['profileStatus'], 'completed');
    assert.equal(row['repeats'], '7');
  });

  for (const [message, cell] of [
    ['plain', 'plain'],
    ['a, "b"', '"a, ""b"""'],
    ['two\nlines\r', 'two\\nlines\\r'],
    ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@x', "'@x"],
    [' =1', "' =1"],
    ['\t=1', '\\t=1'],
    ['', ''],
  ] as const) {
    it(`writes ${JSON.stringify(message)} as ${cell}`, () => {
      const line = csvLine(anAlert({ finding: { message } }));
      assert.ok(line.includes(`,4,${cell},`), line);
    });
  }

  it('is one line of as many cells, whatever it is about', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom('"', ',', '\r\n', '=', ' ', "'")).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (message, name, comm) => {
        const line = csvLine(
          anAlert({ finding: { message }, container: { name }, event: { comm } }),
        );
        assert.equal(line.indexOf('\n'), line.length - 1);
        const [row = []] = parseCsv(line);
        assert.equal(row.length, columns.length);
        for (const value of row) assert.doesNotMatch(value, /^\s*[=+@-]|\p{Cc}/u);
      }),
    );
  });
});

describe('CsvSink', () => {
  let folder: string;
  let path: string;
  let number = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-csv-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    number += 1;
    path = join(folder, `${number}.csv`);
  });

  const open = () => new CsvSink({ name: 'csv', path });
  const messages = async (file = path) =>
    parseCsv(await readFile(file, 'utf8')).map((row) => row[5] ?? '');

  it('begins with its header and goes on where it was, also in another life', async () => {
    const alerts = someAlerts(3);
    await open().deliver(alerts.slice(0, 2));
    await open().deliver(alerts.slice(2));
    assert.deepEqual(await messages(), ['message', 'alert 0', 'alert 1', 'alert 2']);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('begins a new file when the old one was moved away', async () => {
    const sink = open();
    await sink.deliver(someAlerts(1));
    await rename(path, `${path}.1`);
    await sink.deliver(someAlerts(2));
    assert.deepEqual(await messages(`${path}.1`), ['message', 'alert 0']);
    assert.deepEqual(await messages(), ['message', 'alert 0', 'alert 1']);
  });

  it('writes the header again into a file that was emptied', async () => {
    const sink = open();
    await sink.deliver(someAlerts(1));
    await truncate(path);
    await sink.deliver(someAlerts(1));
    assert.deepEqual(await messages(), ['message', 'alert 0']);
  });

  it('removes a torn last line, wherever it was torn', async () => {
    const sink = open();
    await sink.deliver(someAlerts(2));
    const whole = await readFile(path);
    const begin = CSV_HEADER.length + csvLine(someAlerts(2)[0] ?? anAlert()).length;
    for (const size of [
      1,
      CSV_HEADER.length - 1,
      CSV_HEADER.length,
      begin - 1,
      begin,
      whole.length - 1,
    ]) {
      await writeFile(path, whole.subarray(0, size));
      await sink.deliver(someAlerts(1));
      const kept = size >= begin ? ['alert 0'] : [];
      assert.deepEqual(await messages(), ['message', ...kept, 'alert 0'], `torn at ${size}`);
    }
  });

  it('finds the last whole line before a very long torn one', async () => {
    const sink = open();
    await sink.deliver(someAlerts(1));
    // So that the line end stands where one step of the search meets the next.
    const { size } = await stat(path);
    for (const extra of [65_535, 65_536, 65_537, 200_000]) {
      await appendFile(path, 'x'.repeat(extra));
      await sink.deliver([]);
      assert.equal((await stat(path)).size, size);
    }
  });

  it('does not touch a file that is not its own', async () => {
    for (const content of [
      'name,age\r\nx,1\r\n',
      `time${CSV_HEADER}`,
      'important LF file\nline2\n',
      'dos head\r\nunix line\nline3\n',
      'no line end',
      'timestamp\n',
      `${CSV_HEADER.trim()},more\r\n1\r\n`,
      `\ufeff${CSV_HEADER}`,
      `${CSV_HEADER.trim()}\rold mac\r`,
    ]) {
      await writeFile(path, content);
      const failed = await open()
        .deliver(someAlerts(1))
        .then(
          () => assert.fail('it was written'),
          (reason: Error) => reason,
        );
      assert.match(failed.message, /expected a file that begins with timestamp,idempotencyKey/);
      assert.equal(deliveryFailureOf(failed).isFinal ?? false, false);
      assert.equal(await readFile(path, 'utf8'), content);
    }
  });

  it('goes on in its file after the line ends were changed to LF, in the same form', async () => {
    await open().deliver(someAlerts(2));
    const changed = (await readFile(path, 'utf8')).replaceAll('\r\n', '\n');
    await writeFile(path, `${changed}2026-01-31T12:00:00.250Z,torn`);
    await open().deliver(someAlerts(1));
    const after = await readFile(path, 'utf8');
    assert.ok(after.startsWith(changed));
    assert.doesNotMatch(after, /\r/);
    const crlf = parseCsv(after.replaceAll('\n', '\r\n'));
    assert.deepEqual(
      crlf.map((row) => row[5]),
      ['message', 'alert 0', 'alert 1', 'alert 0'],
    );
  });

  it('keeps lines that end in LF behind lines that end in CR LF', async () => {
    await open().deliver(someAlerts(1));
    await appendFile(path, 'a note\nof two lines\n');
    const before = await readFile(path, 'utf8');
    await open().deliver(someAlerts(1));
    assert.equal(await readFile(path, 'utf8'), before + csvLine(someAlerts(1)[0] ?? anAlert()));
  });

  it('fails, and not for good, where there is no folder, no file or no right', async () => {
    await assert.rejects(
      new CsvSink({ name: 'csv', path: join(path, 'x.csv') }).deliver(someAlerts(1)),
      {
        code: 'unavailable',
      },
    );
    await mkdir(path);
    await assert.rejects(open().deliver(someAlerts(1)), /EISDIR/);
    await chmod(path, 0o700);
    await assert.rejects(
      new CsvSink({ name: 'csv', path: '/dev/full' }).deliver(someAlerts(1)),
      /a regular file|EACCES/,
    );
  });

  it('loses nothing and tears nothing at crashes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ count: fc.integer({ min: 0, max: 4 }), torn: fc.nat({ max: 300 }) }), {
          maxLength: 8,
        }),
        async (steps) => {
          await rm(path, { force: true });
          let expected = 0;
          for (const { count, torn } of steps) {
            await open().deliver(someAlerts(count));
            expected += count;
            const line = csvLine(anAlert());
            // A crash within the next line.
            await appendFile(path, line.slice(0, Math.min(torn, line.length - 1)));
          }
          await open().deliver([]);
          assert.equal((await messages()).length, expected + 1);
        },
      ),
      { numRuns: 30 },
    );
  });
});
