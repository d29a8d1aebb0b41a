import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { waitFor } from './wait-for.ts';

/** How long every answer of the name server may be kept. */
export const ANSWER_TTL_SECONDS = 300;

/** What containers can talk to outside themselves: this machine's side of a pod network. */
export interface HostPeers {
  readonly address: string;
  readonly httpPort: number;
  /** Greets as an SSH server when it is spoken to. */
  readonly sshPort: number;
  stop(): Promise<void>;
}

/**
 * Serves on an address of this machine: names on port 53 over UDP and TCP (the address of every name is the one that
 * `addressOf` gives), HTTP, and SSH's greeting. Never leaves this machine.
 */
export async function startHostPeers(
  address: string,
  addressOf: (name: string) => string,
): Promise<HostPeers> {
  const names = await serveNames(address, addressOf);
  const http = createHttpServer((_, response) => response.end('ok'));
  const ssh = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('SSH-2.0-host\r\n'));
  });
  const servers = [http, ssh];
  for (const server of servers) {
    server.listen(0, address);
    await once(server, 'listening');
  }
  const [httpPort = 0, sshPort = 0] = servers.map(portOf);
  return {
    address,
    httpPort,
    sshPort,
    stop: async () => {
      await names.stop();
      await Promise.all(servers.map(close));
    },
  };
}

/** Says something to a server that may not listen yet, and gives its answer and the port it was said from. */
export async function sayTo(
  address: string,
  port: number,
  text: string,
): Promise<{ readonly answer: string; readonly sourcePort: number }> {
  const socket = await waitFor(
    `${address}:${port} to listen`,
    () => connected(address, port),
    10_000,
  );
  const sourcePort = socket.localPort ?? 0;
  socket.write(text);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  socket.end();
  return { answer: Buffer.concat(chunks).toString(), sourcePort };
}

function connected(address: string, port: number): Promise<ReturnType<typeof connect>> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

async function serveNames(
  address: string,
  addressOf: (name: string) => string,
): Promise<{ stop(): Promise<void> }> {
  const udp: Socket = createSocket('udp4');
  udp.on('message', (message, from) =>
    udp.send(answerTo(message, addressOf), from.port, from.address),
  );
  udp.bind(53, address);
  await once(udp, 'listening');
  const tcp = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (chunk: Buffer) => {
      const answer = answerTo(chunk.subarray(2), addressOf);
      const size = Buffer.alloc(2);
      size.writeUInt16BE(answer.length);
      socket.end(Buffer.concat([size, answer]));
    });
  });
  tcp.listen(53, address);
  await once(tcp, 'listening');
  return {
    stop: async () => {
      udp.close();
      await close(tcp);
    },
  };
}

/** RFC 1035: the question again, and one A record of its name. */
function answerTo(question: Buffer, addressOf: (name: string) => string): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let size = question[at] ?? 0; size > 0; size = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  const asked = question.subarray(0, at + 5);
  const head = Buffer.from(asked.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(1, 6);
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
  record.writeUInt32BE(ANSWER_TTL_SECONDS, 6);
  Buffer.from(
    addressOf(`${labels.join('.')}.`)
      .split('.')
      .map(Number),
  ).copy(record, 12);
  return Buffer.concat([head, asked.subarray(12), record]);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
