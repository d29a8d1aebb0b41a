import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NO_DNS_MESSAGE, parseDnsMessage, parseDnsStream } from './dns-message.ts';
import { encodeDnsMessage, encodeName, encodeRecord } from './testing/encoded-dns.ts';

const question = { name: 'db.shop.svc.cluster.local.', isAnswer: false, addresses: [] };
const answer = {
  name: 'example.com.',
  isAnswer: true,
  addresses: ['93.184.216.34', '2606:2800:220:1::1946'],
  ttlSeconds: 300,
};

/** A message with one question and records behind it. */
function withRecords(records: readonly Buffer[]): Buffer {
  const message = encodeDnsMessage({ ...answer, addresses: [] });
  message.writeUInt16BE(records.length, 6);
  return Buffer.concat([message, ...records]);
}

describe('parseDnsMessage', () => {
  it('reads a question and an answer', () => {
    assert.deepEqual(parseDnsMessage(encodeDnsMessage(question)), question);
    assert.deepEqual(parseDnsMessage(encodeDnsMessage(answer)), answer);
  });

  it('tells names in lower case, and dots within a label from those between two', () => {
    assert.equal(
      parseDnsMessage(encodeDnsMessage({ ...question, name: 'WwW.ExAmple.COM.' })).name,
      'www.example.com.',
    );
    const message = encodeDnsMessage({ ...question, name: 'aXb\\c é.com.' });
    message[message.indexOf('aXb') + 1] = 0x2e;
    assert.equal(parseDnsMessage(message).name, 'a\\.b\\\\c\\032\\195\\169.com.');
  });

  it('tells the least time to live of the addresses and of the names that lead to them', () => {
    const alias = encodeName('edge.example.net.');
    const name = Buffer.from([0xc0, 12]);
    const records = [
      encodeRecord({ name, type: 5, ttlSeconds: 20, data: alias }),
      encodeRecord({ name: alias, type: 16, ttlSeconds: 1, data: Buffer.from('text') }),
      encodeRecord({ name: alias, type: 1, ttlSeconds: 60, data: Buffer.from([1, 2, 3, 4]) }),
    ];
    const { addresses, ttlSeconds } = parseDnsMessage(withRecords(records));
    assert.deepEqual([addresses, ttlSeconds], [['1.2.3.4'], 20]);
  });

  it('takes a time to live with its highest bit set for none', () => {
    const name = Buffer.from([0xc0, 12]);
    const data = Buffer.from([1, 2, 3, 4]);
    const record = encodeRecord({ name, type: 1, ttlSeconds: 0x80000001, data });
    assert.equal(parseDnsMessage(withRecords([record])).ttlSeconds, 0);
  });

  it('leaves out records of another class, of another size and of other types', () => {
    const name = Buffer.from([0xc0, 12]);
    const wrongClass = encodeRecord({ name, type: 1, ttlSeconds: 1, data: Buffer.alloc(4) });
    wrongClass.writeUInt16BE(3, 4);
    const wrongSize = encodeRecord({ name, type: 28, ttlSeconds: 1, data: Buffer.alloc(4) });
    const result = parseDnsMessage(withRecords([wrongClass, wrongSize]));
    assert.deepEqual(result, { isAnswer: true, name: 'example.com.', addresses: [] });
  });

  it('tells what stands before the place where an answer was cut off', () => {
    const whole = encodeDnsMessage(answer);
    const cut = parseDnsMessage(whole.subarray(0, whole.length - 1));
    assert.deepEqual(cut, { ...answer, addresses: answer.addresses.slice(0, 1) });
    const inQuestion = parseDnsMessage(whole.subarray(0, 20));
    assert.deepEqual(inQuestion, { ...NO_DNS_MESSAGE, isAnswer: true });
  });

  it('does not follow pointers that lead forwards, to themselves or in a circle', () => {
    for (const name of [
      [0xc0, 12],
      [0xc0, 14, 0xc0, 12],
      [1, 97, 0xc0, 12],
      [0xc0, 200],
      [0xff, 0xff],
    ]) {
      const header = encodeDnsMessage(question).subarray(0, 12);
      const message = Buffer.concat([header, Buffer.from([...name, 0, 1, 0, 1])]);
      assert.equal(parseDnsMessage(message).name, '');
    }
  });

  it('does not follow a pointer that leads forwards to a name', () => {
    const header = encodeDnsMessage(question).subarray(0, 12);
    const parts = [header, Buffer.from([0xc0, 18, 0, 1, 0, 1]), encodeName('late.')];
    assert.equal(parseDnsMessage(Buffer.concat(parts)).name, '');
  });

  it('does not read names that become too long by a pointer', () => {
    const long = ['x'.repeat(63), 'y'.repeat(63), 'z'.repeat(63), 'com.'].join('.');
    const header = encodeDnsMessage({ ...answer, name: long, addresses: [] });
    header.writeUInt16BE(1, 6);
    const found = (label: string) => {
      const name = Buffer.concat([encodeName(label).subarray(0, -1), Buffer.from([0xc0, 12])]);
      const data = Buffer.from([1, 2, 3, 4]);
      const record = encodeRecord({ name, type: 1, ttlSeconds: 1, data });
      return parseDnsMessage(Buffer.concat([header, record])).addresses;
    };
    assert.deepEqual(found('w'.repeat(20)), ['1.2.3.4']);
    assert.deepEqual(found('w'.repeat(63)), []);
  });

  it('does not read names that are longer than names are', () => {
    const labels = Array.from({ length: 5 }, () => 'x'.repeat(63));
    assert.equal(
      parseDnsMessage(encodeDnsMessage({ ...question, name: labels.join('.') })).name,
      '',
    );
    const name = [...labels.slice(0, 3), 'x'.repeat(61)].join('.');
    assert.equal(parseDnsMessage(encodeDnsMessage({ ...question, name })).name, `${name}.`);
  });

  it('knows what is no DNS message', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(11), Buffer.from('GET / HTTP/1.1\r\n')]) {
      assert.deepEqual(parseDnsMessage(bytes), NO_DNS_MESSAGE);
    }
  });

  it('gives the root its dot', () => {
    assert.equal(parseDnsMessage(encodeDnsMessage({ ...question, name: '.' })).name, '.');
  });

  it('never fails, and tells no more than there is room for', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc
        .tuple(fc.nat(60), fc.nat(255))
        .map(([at, value]) => Buffer.from(encodeDnsMessage(answer)).fill(value, at, at + 1)),
      fc.uint8Array({ maxLength: 600 }).map((tail) => {
        const header = encodeDnsMessage({ ...answer, addresses: [] }).subarray(0, 12);
        return Buffer.concat([header, Buffer.from([0, 0, 1, 0, 1]), tail]).fill(0xff, 6, 8);
      }),
    );
    fc.assert(
      fc.property(bytes, (message) => {
        for (const parse of [parseDnsMessage, parseDnsStream]) {
          const { name, addresses } = parse(message);
          assert.ok(name.length <= 1_024);
          assert.ok(addresses.length <= 256);
          assert.ok(name === '' || name.endsWith('.'));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('parseDnsStream', () => {
  const framed = (message: Buffer) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    return Buffer.concat([length, message]);
  };

  it('reads a message behind its length, and the first of several', () => {
    assert.deepEqual(parseDnsStream(framed(encodeDnsMessage(answer))), answer);
    const two = Buffer.concat([
      framed(encodeDnsMessage(question)),
      framed(encodeDnsMessage(answer)),
    ]);
    assert.deepEqual(parseDnsStream(two), question);
  });

  it('reads a message whose length was read before it', () => {
    assert.deepEqual(parseDnsStream(encodeDnsMessage(answer)), answer);
    assert.deepEqual(
      parseDnsStream(framed(encodeDnsMessage(answer)).subarray(0, 2)),
      NO_DNS_MESSAGE,
    );
  });
});
