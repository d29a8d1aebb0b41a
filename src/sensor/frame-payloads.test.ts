import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  DnsEvent,
  HttpEvent,
  NetworkEvent,
  RawEvent,
  RawRecord,
  SshEvent,
} from '#model/raw-event.js';
import { FrameDecoder } from './frame-decoder.ts';
import { OFFSET, SOCKET_OFFSET } from './frame-layout.ts';
import { LOCAL_ADDRESS, LOCAL_PORT, type Payload } from './testing/encoded-bodies.ts';
import { encodeDnsMessage } from './testing/encoded-dns.ts';
import { aRawEvent, encodeEvent, encodePayload, encodeReady } from './testing/encoded-frames.ts';

const NOW_MS = 1_700_000_009_000;

/** The records of frames that follow each other. */
function decode(...frames: readonly Buffer[]): readonly RawRecord[] {
  const decoder = new FrameDecoder(() => NOW_MS);
  decoder.push(encodeReady());
  return frames.flatMap((frame) => decoder.push(Buffer.from(frame)));
}

const local = [LOCAL_ADDRESS, LOCAL_PORT] as const;

describe('a network frame', () => {
  it('tells the other side, and the port that was connected to', () => {
    const events = [
      aRawEvent<NetworkEvent>({ type: 'network', address: '2001:db8::7', port: 8443 }),
      aRawEvent<NetworkEvent>({ type: 'network', protocol: 'UDP', address: '8.8.8.8', port: 53 }),
      aRawEvent<NetworkEvent>({
        type: 'network',
        protocol: 'SCTP',
        direction: 'inbound',
        port: 80,
      }),
    ];
    assert.deepEqual(decode(...events.map((event) => encodeEvent(event))), events);
  });

  it('tells an IPv4 address within IPv6 as what it is', () => {
    const frame = encodeEvent(
      aRawEvent<NetworkEvent>({ type: 'network', address: '::ffff:a00:8' }),
    );
    const [event] = decode(frame);
    assert.equal(event?.type === 'network' && event.address, '10.0.0.8');
  });

  it('is damaged when there is no such family or protocol', () => {
    for (const offset of [SOCKET_OFFSET.family, SOCKET_OFFSET.protocol]) {
      const frame = encodeEvent(aRawEvent<NetworkEvent>({ type: 'network' }));
      frame.writeUInt8(1, OFFSET.network.ends + offset);
      assert.deepEqual(
        decode(frame).map(({ type }) => type),
        ['damaged'],
      );
    }
  });
});

describe('a dns frame', () => {
  const decodeDns = (payload: Payload): DnsEvent => {
    const [event] = decode(encodePayload(aRawEvent<DnsEvent>({ type: 'dns' }), payload));
    return event?.type === 'dns' ? event : assert.fail('no dns event');
  };
  const question = { name: 'shop.', isAnswer: false, addresses: [] };
  const bytes = encodeDnsMessage(question);

  it('tells questions and answers over UDP and TCP', () => {
    const events = (['UDP', 'TCP'] as const).flatMap((protocol) => [
      aRawEvent<DnsEvent>({ type: 'dns', protocol }),
      aRawEvent<DnsEvent>({
        type: 'dns',
        protocol,
        isAnswer: true,
        addresses: ['10.1.2.3', 'fd00::1'],
        ttlSeconds: 5,
      }),
    ]);
    assert.deepEqual(decode(...events.map((event) => encodeEvent(event))), events);
  });

  it('takes the side with port 53 for the server', () => {
    const remote = ['10.0.0.8', 40_001] as const;
    const ends = { remote, local: [LOCAL_ADDRESS, 53], protocol: 'UDP' } as const;
    const { address, port, sourcePort, direction } = decodeDns({ isReceived: true, bytes, ends });
    assert.deepEqual([address, port, sourcePort], [LOCAL_ADDRESS, 53, 40_001]);
    assert.equal(direction, 'inbound');
  });

  it('takes the side that is asked for the server where both have port 53', () => {
    const ends = { remote: ['10.0.0.8', 53], local: [LOCAL_ADDRESS, 53], protocol: 'UDP' } as const;
    const answer = encodeDnsMessage({ ...question, isAnswer: true });
    for (const [isReceived, payload, address] of [
      [false, bytes, '10.0.0.8'],
      [true, bytes, LOCAL_ADDRESS],
      [true, answer, '10.0.0.8'],
      [false, answer, LOCAL_ADDRESS],
    ] as const) {
      assert.equal(decodeDns({ isReceived, bytes: payload, ends }).address, address);
    }
  });

  const answer = encodeDnsMessage({ ...question, isAnswer: true, addresses: ['203.0.113.7'] });
  const server = ['10.0.0.53', 53] as const;

  /** The addresses that each of these messages is told with. */
  const addressesOf = (
    ...payloads: readonly (Payload & { readonly event?: Partial<DnsEvent> })[]
  ) =>
    decode(
      ...payloads.map(({ event, ...payload }) =>
        encodePayload(aRawEvent<DnsEvent>({ type: 'dns', ...event }), payload),
      ),
    ).map((event) => (event.type === 'dns' ? event.addresses : assert.fail('no dns event')));

  it('is told without addresses when it is an answer that the client sent, or that the server got', () => {
    const asClient = { remote: server, local, protocol: 'UDP' } as const;
    const asServer = { remote: local, local: server, protocol: 'UDP' } as const;
    const asked = { isReceived: false, bytes, ends: asClient };
    for (const [isReceived, ends, addresses] of [
      [false, asClient, []],
      [true, asClient, ['203.0.113.7']],
      [true, asServer, []],
      [false, asServer, ['203.0.113.7']],
    ] as const) {
      assert.deepEqual(addressesOf(asked, { isReceived, bytes: answer, ends }), [[], addresses]);
    }
    const [, event] = decode(
      encodePayload(aRawEvent<DnsEvent>({ type: 'dns' }), asked),
      encodePayload(aRawEvent<DnsEvent>({ type: 'dns' }), { ...asked, bytes: answer }),
    );
    const told = { type: 'dns', isAnswer: true, name: 'shop.', direction: 'outbound' };
    assert.partialDeepStrictEqual(event, told, 'and is judged all the same');
    assert.equal(event?.type === 'dns' && event.ttlSeconds, undefined);
  });

  it('is told without addresses when the client did not ask for that over that socket just before', () => {
    const ends = { remote: server, local, protocol: 'UDP' } as const;
    const given = { isReceived: true, bytes: answer, ends };
    const asked = { isReceived: false, bytes, ends };
    const timeMs = aRawEvent<DnsEvent>({ type: 'dns' }).timeMs;
    const other = encodeDnsMessage({ ...question, name: 'other.' });
    for (const before of [
      { ...asked, bytes: other },
      { ...asked, exchange: 2n },
      { ...asked, event: { cgroupId: 99 } },
      { ...asked, isReceived: true },
    ]) {
      assert.deepEqual(addressesOf(before, given), [[], []]);
    }
    assert.deepEqual(addressesOf(given), [[]]);
    const late = { ...given, event: { timeMs: timeMs + 30_001 } };
    assert.deepEqual(addressesOf(asked, late), [[], []]);
    assert.deepEqual(addressesOf(asked, given, given), [[], ['203.0.113.7'], ['203.0.113.7']]);
  });

  it('is one event without a name when the bytes are no DNS', () => {
    const ends = { remote: ['10.0.0.8', 53], local, protocol: 'TCP' } as const;
    for (const payload of [Buffer.alloc(0), Buffer.from('SSH-2.0-x\r\n'), Buffer.alloc(4096)]) {
      const event = decodeDns({ isReceived: true, bytes: payload, ends });
      assert.deepEqual([event.name, event.isAnswer, event.addresses], ['', false, []]);
      assert.deepEqual([event.address, event.sourcePort], ['10.0.0.8', LOCAL_PORT]);
    }
  });
});

describe('an http frame', () => {
  const request = aRawEvent<HttpEvent>({
    type: 'http',
    method: 'POST',
    url: '/orders?page=1',
    headers: { Host: ['web'], Accept: ['a', 'b'] },
    body: '{"a":1}',
  });
  const { body: _, ...withoutBody } = request;
  const answer: HttpEvent = { ...withoutBody, answerStatus: 404 };

  it('tells a request and then its answer with what was asked', () => {
    for (const direction of ['inbound', 'outbound'] as const) {
      const events = [
        { ...request, direction },
        { ...answer, direction },
      ];
      assert.deepEqual(decode(...events.map((event) => encodeEvent(event))), events);
    }
  });

  it('tells an answer whose request was not seen without it', () => {
    const bare = { method: '', url: '', host: '', headers: {} };
    assert.deepEqual(decode(encodeEvent(answer)), [{ ...answer, ...bare }]);
  });

  it('tells each answer with the request that it names, also of requests that were not told', () => {
    const ends = { remote: ['10.0.0.8', 80], local, protocol: 'TCP' } as const;
    const asked = (seq: number, url: string) =>
      encodePayload(
        { ...request, seq },
        { isReceived: false, bytes: Buffer.from(`GET ${url} HTTP/1.1\r\n\r\n`), ends },
      );
    const answered = (exchange: bigint, status: number) =>
      encodePayload(request, {
        isReceived: true,
        bytes: Buffer.from(`HTTP/1.1 ${status} `),
        ends,
        exchange,
      });
    const records = decode(
      asked(7, '/a'),
      asked(8, '/b'),
      ...[answered(7n, 200), answered(8n, 500)],
      // Others like the first were left out, and one of them was answered otherwise.
      ...[answered(7n, 503), answered(0n, 200), answered(9n, 200)],
    );
    assert.deepEqual(
      records.map((record) => record.type === 'http' && [record.url, record.answerStatus]),
      [
        ['/a', undefined],
        ['/b', undefined],
        ['/a', 200],
        ['/b', 500],
        ['/a', 503],
        ['', 200],
        ['', 200],
      ],
    );
  });

  it('is internal when both sides are private', () => {
    for (const [address, internal] of [
      ['10.0.0.8', true],
      ['93.184.216.34', false],
      ['127.0.0.1', true],
    ] as const) {
      const [event] = decode(encodeEvent({ ...request, address }));
      assert.equal(event?.type === 'http' && event.internal, internal, address);
    }
    const [fromOutside] = decode(encodeEvent({ ...request, internal: false }));
    assert.equal(fromOutside?.type === 'http' && fromOutside.internal, false);
  });

  it('is one event without a method when the bytes are no HTTP', () => {
    const ends = { remote: ['10.0.0.8', 6379], local, protocol: 'TCP' } as const;
    const bytes = Buffer.from('GET key\r\n');
    const [event] = decode(encodePayload(request, { isReceived: false, bytes, ends }));
    assert.ok(event?.type === 'http');
    assert.deepEqual(
      [event.method, event.url, event.host, event.headers, event.answerStatus],
      ['', '', '', {}, undefined],
    );
    assert.deepEqual([event.direction, event.address, event.port], ['outbound', '10.0.0.8', 6379]);
  });

  it('keeps no memory of its chunk', () => {
    const decoder = new FrameDecoder(() => NOW_MS);
    decoder.push(encodeReady());
    const frame = encodeEvent(request);
    const chunk = Buffer.from(new ArrayBuffer(frame.length));
    frame.copy(chunk);
    const [event] = decoder.push(chunk);
    assert.equal(chunk.length, 0);
    assert.deepEqual(event, request);
  });
});

describe('a frame of what went over a socket', () => {
  it('is damaged when there is no such family or protocol', () => {
    for (const type of ['dns', 'http', 'ssh'] as const) {
      const frame = encodeEvent(aRawEvent<RawEvent>({ type }));
      frame.writeUInt8(1, OFFSET.payload.ends + SOCKET_OFFSET.protocol);
      assert.deepEqual(
        decode(frame).map((record) => record.type),
        ['damaged'],
      );
    }
  });
});

describe('an ssh frame', () => {
  const serverOf = (localPort: number, remotePort: number) => {
    const frame = encodePayload(aRawEvent<SshEvent>({ type: 'ssh' }), {
      isReceived: false,
      bytes: Buffer.from('SSH-2.0-x\r\n'),
      ends: {
        remote: ['10.0.0.8', remotePort],
        local: [LOCAL_ADDRESS, localPort],
        protocol: 'TCP',
      },
    });
    const [event] = decode(frame);
    if (event?.type !== 'ssh') return assert.fail('no ssh event');
    assert.deepEqual(
      [event.sourceAddress, event.sourcePort],
      event.address === LOCAL_ADDRESS ? ['10.0.0.8', remotePort] : [LOCAL_ADDRESS, localPort],
    );
    return event.address === LOCAL_ADDRESS ? 'here' : 'there';
  };

  it('finds the server by the ports', () => {
    assert.equal(serverOf(40_000, 22), 'there');
    assert.equal(serverOf(22, 40_000), 'here');
    assert.equal(serverOf(22, 1_000), 'here');
    assert.equal(serverOf(40_000, 2_222), 'there');
    assert.equal(serverOf(2_222, 40_000), 'here');
  });

  it('takes the other side for the server where the ports do not tell', () => {
    assert.equal(serverOf(40_000, 40_001), 'there');
    assert.equal(serverOf(1_000, 2_222), 'there');
    assert.equal(serverOf(22, 22), 'there');
  });
});
