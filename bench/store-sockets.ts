// A child of the store bench: sockets without HTTP. Whoever connects is a watcher; `tell` writes as many bytes as it is
// asked for to each of them, with a line's end as the last one.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { answerParent, cpuMicros } from './store-child.ts';

const sockets = new Set<Socket>();
const server = createServer((socket) => {
  sockets.add(socket.on('error', () => socket.destroy()));
  // What it asks for is of no interest.
  socket.resume();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
let frame = Buffer.alloc(0);

answerParent({
  port: () => (server.address() as AddressInfo).port,
  cpu: cpuMicros,
  watchers: () => sockets.size,
  tell: (bytes) => {
    if (frame.length !== bytes) frame = Buffer.alloc(bytes, 'a').fill('\n', bytes - 1);
    const committedNs = String(process.hrtime.bigint());
    for (const socket of sockets) socket.write(frame);
    return { committedNs, writeUs: 0 };
  },
});
