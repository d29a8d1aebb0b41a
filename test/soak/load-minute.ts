import type { Container, InstanceId } from '#model/container.js';
import type { RawEvent, RawEventBase } from '#model/raw-event.js';
import { aContainer } from '#model/testing/sample-container.js';
import { stableName } from '#profile/slug.js';

const SECONDS = 60;
/** In so many parts each second's events come. */
export const PARTS = 5;
const FILES = 1_000;
/** Of the 1,000 opens a second the kernel side tells each file once in its window of ten seconds. */
const OPENS_TOLD = 100;
const REQUESTS = 100;
const PROGRAMS = 10;
const LINKS = 10;
const QUESTIONS = 2;
const PATHS = ['/', '/cart', '/orders', '/style.css'];
const WEB_IP = '10.99.0.2';
const LOAD_IP = '10.99.0.3';
/** Process ids are given again after so many. */
const PID_ROUND = 4_000_000;

/** The containers of the load: one serves, the other makes the load with it. */
export const LOAD_CONTAINERS: readonly Container[] = [
  containerOf('web', 7_001, 2_001),
  containerOf('load', 7_002, 3_001),
];

/** An event of the minute, before its number and its time are known: milliseconds since the minute's beginning. */
type Planned = Omit<RawEvent, 'seq'>;

/**
 * One minute of the public load mix (bench/load.c) as the live sensor tells it with its own deduplication on, in
 * {@link PARTS} parts a second: 100 opens, 400 halves of HTTP exchanges (client and server each tell request and answer), 10 programs with their forks
 * and ends, 20 links, 8 of DNS, the few connections that are new to the window. About 560 events a second.
 */
export class LoadMinute {
  readonly #parts: readonly (readonly Planned[])[];
  readonly #minutesOfPids: number;
  #seq = 0;

  constructor() {
    this.#parts = Array.from({ length: SECONDS * PARTS }, (_, at) => [...partOf(at)]);
    this.#minutesOfPids = Math.floor(PID_ROUND / (SECONDS * PROGRAMS));
  }

  /** Each part of the minute that begins at `startMs`: when it comes, and its events. */
  *parts(startMs: number, minute: number): Generator<readonly [number, readonly RawEvent[]]> {
    const pids = (minute % this.#minutesOfPids) * SECONDS * PROGRAMS;
    for (const [at, planned] of this.#parts.entries()) {
      const events = planned.map((event) => this.#happened(event, startMs, pids));
      yield [startMs + ((at + 1) * 1_000) / PARTS, events];
    }
  }

  #happened(planned: Planned, startMs: number, pids: number): RawEvent {
    this.#seq += 1;
    const event = { ...planned, seq: this.#seq, timeMs: startMs + planned.timeMs } as RawEvent;
    if (event.type === 'fork') {
      return { ...event, childPid: event.childPid + pids, childStartMs: event.timeMs };
    }
    // Programs are new processes each time; who starts them is always the same one.
    if (event.pid < PROGRAM_PIDS) return event;
    return { ...event, pid: event.pid + pids, tid: event.pid + pids };
  }
}

const PROGRAM_PIDS = 10_000;

function* partOf(at: number): Generator<Planned> {
  const second = Math.floor(at / PARTS);
  const startMs = (at * 1_000) / PARTS;
  const timed = (count: number, inPart: number) => startMs + (inPart / count) * (1_000 / PARTS);
  yield* opens(at, timed);
  yield* requests(at, timed);
  yield* programs(at, timed);
  yield* links(at, timed);
  if (at % PARTS === 0 && second % 10 === 0) yield* connections(startMs);
  if (at % PARTS < QUESTIONS) yield* questions(startMs);
}

type Timed = (count: number, inPart: number) => number;

function* opens(at: number, timed: Timed): Generator<Planned> {
  const count = OPENS_TOLD / PARTS;
  for (let each = 0; each < count; each += 1) {
    const file = String((at * count + each) % FILES).padStart(6, '0');
    const path = `/tmp/load/file-${file}`;
    yield { ...ofLoad(timed(count, each)), type: 'open', path, flags: 0, result: 3 } as Planned;
  }
}

function* requests(at: number, timed: Timed): Generator<Planned> {
  const count = REQUESTS / PARTS;
  for (let each = 0; each < count; each += 1) {
    const timeMs = timed(count, each);
    const sourcePort = 32_768 + ((at * count + each) % 28_000);
    const asked = {
      ...{ type: 'http', internal: true, method: 'GET', url: PATHS[each % PATHS.length] },
      ...{ host: 'shop.test', headers: { Host: ['shop.test'], 'User-Agent': ['load'] } },
      ...{ port: 8_080, sourcePort },
    };
    const out = { ...ofLoad(timeMs), ...asked, direction: 'outbound', address: WEB_IP };
    const into = { ...ofWeb(timeMs), ...asked, direction: 'inbound', address: LOAD_IP };
    yield out as Planned;
    yield into as Planned;
    yield { ...into, answerStatus: 200 } as Planned;
    yield { ...out, answerStatus: 200 } as Planned;
  }
}

function* programs(at: number, timed: Timed): Generator<Planned> {
  const count = PROGRAMS / PARTS;
  for (let each = 0; each < count; each += 1) {
    const timeMs = timed(count, each);
    const pid = PROGRAM_PIDS + at * count + each;
    const child = {
      ...ofLoad(timeMs),
      pid,
      tid: pid,
      ppid: 3_001,
      comm: 'true',
      parentComm: 'load',
    };
    yield { ...ofLoad(timeMs), type: 'fork', childPid: pid } as Planned;
    yield {
      ...{ ...child, type: 'exec', args: ['/bin/true'], argsTruncated: false, file: '/bin/true' },
      ...{ exePath: '/bin/true', cwd: '/', upperLayer: false, parentUpperLayer: false },
    } as Planned;
    yield { ...child, type: 'exit', exitCode: 0, signal: 0 } as Planned;
  }
}

function* links(at: number, timed: Timed): Generator<Planned> {
  const count = LINKS / PARTS;
  for (let each = 0; each < count; each += 1) {
    const number = String(at * count + each).padStart(6, '0');
    const by = { ...ofLoad(timed(count, each)), exePath: '/usr/bin/load', upperLayer: false };
    const soft = { oldPath: '/etc/passwd', newPath: `/tmp/load/soft-${number}` };
    const hard = { oldPath: '/tmp/load/file-000000', newPath: `/tmp/load/hard-${number}` };
    yield { ...by, type: 'symlink', ...soft } as Planned;
    yield { ...by, type: 'hardlink', ...hard } as Planned;
  }
}

function* connections(timeMs: number): Generator<Planned> {
  for (const port of [8_080, 9_000]) {
    const connection = { type: 'network', protocol: 'TCP', port };
    yield { ...ofLoad(timeMs), ...connection, direction: 'outbound', address: WEB_IP } as Planned;
    yield { ...ofWeb(timeMs), ...connection, direction: 'inbound', address: LOAD_IP } as Planned;
  }
}

function* questions(timeMs: number): Generator<Planned> {
  const [asClient, asServer] = [{ direction: 'outbound' }, { direction: 'inbound' }];
  const question = {
    ...{ type: 'dns', name: 'shop.test.', isAnswer: false, addresses: [], protocol: 'UDP' },
    ...{ address: WEB_IP, port: 53, sourcePort: 40_000 },
  };
  const answer = { ...question, isAnswer: true, addresses: [WEB_IP], ttlSeconds: 300 };
  for (const told of [question, answer]) {
    yield { ...ofLoad(timeMs), ...told, ...asClient } as Planned;
    yield { ...ofWeb(timeMs), ...told, ...asServer } as Planned;
  }
}

function ofLoad(timeMs: number): Omit<RawEventBase, 'type' | 'seq'> {
  return baseOf({ timeMs, cgroupId: 7_002, pid: 3_001, comm: 'load' });
}

function ofWeb(timeMs: number): Omit<RawEventBase, 'type' | 'seq'> {
  return baseOf({ timeMs, cgroupId: 7_001, pid: 2_001, comm: 'load' });
}

function baseOf({
  pid,
  cgroupId,
  ...own
}: Pick<RawEventBase, 'timeMs' | 'cgroupId' | 'pid' | 'comm'>): Omit<RawEventBase, 'type' | 'seq'> {
  return {
    ...{ ...own, pid, cgroupId, tid: pid, mountNs: 4_026_532_000 + cgroupId, ppid: 1 },
    ...{ uid: 0, gid: 0, parentComm: 'containerd-shim', setup: false },
  };
}

function containerOf(name: string, cgroupId: number, pid: number): Container {
  const instanceId: InstanceId = {
    apiVersion: 'apps/v1',
    namespace: 'shop',
    kind: 'ReplicaSet',
    name: `${name}-5d`,
    templateHash: '5d',
    containerType: 'containers',
    containerName: name,
  };
  return aContainer({
    id: name.repeat(16),
    ...{ name, cgroupId, pid, image: `shop/${name}:1`, instanceId },
    pod: { name: `${name}-5d-x2x7k`, namespace: 'shop', uid: `uid-${name}`, labels: { app: name } },
    profileName: stableName(instanceId),
    workloadName: `replicaset-${name}-5d`,
  });
}
