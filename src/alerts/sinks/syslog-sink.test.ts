import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createServer as createSecureServer, type TLSSocket } from 'node:tls';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { deliveryFailureOf } from '../delivery-error.ts';
import { anAlert, someAlerts } from '../testing/alerts.ts';
import { Certificates, noCertificates } from '../testing/certificates.ts';
import { SyslogDatagrams } from './syslog-datagrams.ts';
import { SyslogSink, type SyslogTransport } from './syslog-sink.ts';
import { SyslogStream } from './syslog-stream.ts';

const { signal } = new AbortController();
const host = '127.0.0.1';

function sinkOver(transport: SyslogTransport, clock = new VirtualClock()): SyslogSink {
  return new SyslogSink({
    ...{ name: 'log', clock, transport, timeoutMs: 5_000, format: 'text', facility: 16 },
    ...{ appName: 'hullwatch', enterprise: 32_473, maxBytes: 8_192 },
  });
}

/** Cuts what came at the lengths that stand before each message. */
function framesOf(bytes: Buffer): readonly string[] {
  const frames: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at);
    const length = Number(bytes.toString('ascii', at, space));
    assert.ok(length > 0, bytes.toString('utf8', at, at + 40));
    frames.push(bytes.toString('utf8', space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return frames;
}

/** A server that keeps what comes, over all its connections. */
class StreamReceiver {
  readonly sockets: Socket[] = [];
  readonly peers: (string | undefined)[] = [];
  isReading = true;
  #bytes = Buffer.alloc(0);
  readonly #server: Server;

  constructor(make: (onSocket: (socket: Socket) => void) => Server) {
    this.#server = make((socket) => {
      this.sockets.push(socket);
      const subject = (socket as TLSSocket).getPeerCertificate?.().subject;
      this.peers.push(subject?.CN?.toString());
      socket.on('error', () => {});
      if (!this.isReading) return;
      socket.on('data', (chunk: Buffer) => {
        this.#bytes = Buffer.concat([this.#bytes, chunk]);
      });
    });
  }

  async listen(port = 0): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Once so many have come. */
  async messages(count: number): Promise<readonly string[]> {
    for (let turns = 0; turns < 10_000; turns += 1) {
      const frames = framesOf(this.#bytes);
      if (frames.length >= count) return frames;
      await settle();
    }
    assert.fail(`${count} messages did not come`);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('SyslogSink over TCP', () => {
  it('sends messages with their lengths over one connection', async () => {
    const receiver = new StreamReceiver((onSocket) => createServer(onSocket));
    const port = await receiver.listen();
    const sink = sinkOver(new SyslogStream({ host, port }));
    const alerts = [...someAlerts(20), anAlert({ finding: { message: 'été 漢' } })];
    await sink.deliver(alerts.slice(0, 10), { signal });
    await sink.deliver(alerts.slice(10), { signal });
    const messages = await receiver.messages(21);
    assert.equal(receiver.sockets.length, 1);
    for (const [number, message] of messages.slice(0, 20).entries()) {
      assert.ok(message.includes(`: alert ${number} (`), message);
    }
    assert.ok(messages[20]?.includes('été 漢'));
    await sink.close();
    await receiver.close();
  });

  it('connects again to a server that went away and came back', async () => {
    const receiver = new StreamReceiver((onSocket) => createServer(onSocket));
    const port = await receiver.listen();
    const sink = sinkOver(new SyslogStream({ host, port }));
    const [first, second, third] = someAlerts(3);
    assert.ok(first && second && third);
    await sink.deliver([first], { signal });
    await receiver.messages(1);
    await receiver.close();
    await settle();
    const failed = await sink.deliver([second], { signal }).then(
      () => assert.fail('it was delivered'),
      (reason: Error) => reason,
    );
    assert.match(failed.message, /^log: .*(ECONNREFUSED|ECONNRESET|EPIPE|closed)/);
    assert.equal(deliveryFailureOf(failed).isFinal ?? false, false);
    const back = new StreamReceiver((onSocket) => createServer(onSocket));
    await back.listen(port);
    await sink.deliver([second, third], { signal });
    assert.equal((await back.messages(2)).length, 2);
    await sink.close();
    await back.close();
  });

  it('notices that the server has ended the connection', async () => {
    const receiver = new StreamReceiver((onSocket) => createServer(onSocket));
    const port = await receiver.listen();
    const sink = sinkOver(new SyslogStream({ host, port }));
    await sink.deliver(someAlerts(1), { signal });
    await receiver.messages(1);
    const [socket] = receiver.sockets;
    assert.ok(socket);
    socket.end();
    await once(socket, 'close');
    await sink.deliver(someAlerts(1), { signal });
    assert.equal((await receiver.messages(2)).length, 2);
    assert.equal(receiver.sockets.length, 2);
    await sink.close();
    await receiver.close();
  });

  it('gives up a server that takes nothing more, and begins anew', async () => {
    const receiver = new StreamReceiver((onSocket) =>
      createServer({ pauseOnConnect: true }, onSocket),
    );
    // A server that does not read: what the kernels keep for it is soon full.
    receiver.isReading = false;
    const port = await receiver.listen();
    const clock = new VirtualClock();
    const stream = new SyslogStream({ host, port });
    const transport: SyslogTransport = {
      send: (_message, options) => stream.send(Buffer.alloc(4_000_000), options),
      close: () => stream.close(),
    };
    const failed = sinkOver(transport, clock)
      .deliver(someAlerts(50), { signal })
      .catch((reason: Error) => reason.message);
    for (let turns = 0; turns < 500; turns += 1) await settle();
    await clock.advance(5_000);
    assert.match(String(await failed), /took longer than 5000 ms/);
    assert.equal(clock.pending, 0);
    await stream.send(Buffer.from('x'), { signal });
    for (let turns = 0; turns < 500 && receiver.sockets.length < 2; turns += 1) await settle();
    assert.equal(receiver.sockets.length, 2);
    stream.close();
    await receiver.close();
  });
});

describe('SyslogSink over TLS', { skip: noCertificates() }, () => {
  let certificates: Certificates;
  before(async () => {
    certificates = await Certificates.open();
  });
  after(() => certificates.remove());

  it('sends to a server that it knows, and shows who it is; to no other', async () => {
    const server = certificates.make('log.internal');
    const agent = certificates.make('agent');
    const secrets = {
      cert: await certificates.read(server.certificate),
      key: await certificates.read(server.key),
      ca: await certificates.read(agent.certificate),
      requestCert: true,
    };
    const receiver = new StreamReceiver((onSocket) => createSecureServer(secrets, onSocket));
    const port = await receiver.listen();
    const known = new SyslogStream({ host, port, tls: { ca: server.certificate, ...agent } });
    const sink = sinkOver(known);
    await sink.deliver(someAlerts(3), { signal });
    assert.equal((await receiver.messages(3)).length, 3);
    assert.deepEqual(receiver.peers, ['agent']);
    await sink.close();
    const stranger = sinkOver(new SyslogStream({ host, port, tls: agent }));
    await assert.rejects(
      stranger.deliver(someAlerts(1), { signal }),
      /self-signed|unable to verify/,
    );
    await stranger.close();
    await receiver.close();
  });
});

describe('SyslogSink over UDP', () => {
  it('sends one datagram for each message', async () => {
    const server = createSocket('udp4');
    server.bind(0, host);
    await once(server, 'listening');
    const received: string[] = [];
    const all = new Promise<void>((resolve) => {
      server.on('message', (message) => {
        if (received.push(message.toString()) === 3) resolve();
      });
    });
    const clock = new VirtualClock();
    const sink = sinkOver(new SyslogDatagrams({ host, port: server.address().port, clock }));
    await sink.deliver(someAlerts(2), { signal });
    await clock.advance(60_000);
    await sink.deliver(someAlerts(1), { signal });
    await all;
    assert.equal(received.filter((text) => text.startsWith('<133>1 2026-')).length, 3);
    await sink.close();
    server.close();
  });

  it('fails once it was told that nobody listens, and tries again', async () => {
    const server = createSocket('udp4');
    server.bind(0, host);
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    const sink = sinkOver(new SyslogDatagrams({ host, port, clock: new VirtualClock() }));
    await sink.deliver(someAlerts(1), { signal });
    for (let turns = 0; turns < 100; turns += 1) await settle();
    await assert.rejects(sink.deliver(someAlerts(1), { signal }), /ECONNREFUSED/);
    await sink.deliver(someAlerts(1), { signal });
    await sink.close();
  });

  it('fails for a name that there is not', async () => {
    const sink = sinkOver(
      new SyslogDatagrams({ host: 'nowhere.invalid', port: 514, clock: new VirtualClock() }),
    );
    await assert.rejects(sink.deliver(someAlerts(1), { signal }), /ENOTFOUND|EAI_AGAIN/);
    await sink.close();
  });
});
