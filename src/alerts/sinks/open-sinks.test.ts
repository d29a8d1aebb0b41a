import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { anAlert, someAlerts } from '../testing/alerts.ts';
import { HttpReceiver } from '../testing/http-receiver.ts';
import { openSinks } from './open-sinks.ts';
import { SINK_SCHEMAS } from './sink-settings.ts';

const { signal } = new AbortController();
const clock = new VirtualClock(1_769_860_800_000);
const kube = { write: async () => {} };

function namesOf(...entries: readonly string[]): readonly string[] {
  return openSinks(entries, { clock, kube }).map(({ name }) => name);
}

function problemsOf(...entries: readonly string[]): readonly string[] {
  try {
    openSinks(entries, { clock });
  } catch (error) {
    assert.ok(error instanceof AgentError);
    assert.equal(error.code, 'invalid');
    return error.message.split('\n');
  }
  return [];
}

describe('openSinks', () => {
  let folder: string;
  let path: string;
  let receiver: HttpReceiver;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-sinks-'));
    path = join(folder, 'sinks.yaml');
    receiver = await HttpReceiver.listen();
  });
  after(async () => {
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    receiver.requests.length = 0;
  });

  for (const [entry, name] of [
    ['http://collector.example', 'http-collector-example'],
    ['https://collector.example:8443/', 'http-collector-example-8443'],
    ['http://collector.example/hook', 'http-collector-example-c51612'],
    ['alertmanager+http://am.monitoring:9093', 'alertmanager-am-monitoring-9093'],
    ['syslog+udp://log', 'syslog-udp-log-514'],
    ['syslog+tcp://log', 'syslog-tcp-log-601'],
    ['syslog+tls://log', 'syslog-tls-log-6514'],
    ['syslog+tcp://[::1]:5140', 'syslog-tcp-1-5140'],
    ['csv:/var/log/alerts.csv', 'csv-alerts-csv-8e4a38'],
    ['events:', 'events'],
  ] as const) {
    it(`opens ${entry} as ${name}`, () => {
      const [opened = ''] = namesOf(entry);
      assert.equal(opened.replace(/-[0-9a-f]{6}$/, ''), name.replace(/-[0-9a-f]{6}$/, ''));
      assert.deepEqual(namesOf('csv:/other.csv', entry).at(-1), opened);
    });
  }

  it('names sinks that differ only in path or query differently', () => {
    const names = namesOf(
      'http://c/a',
      'http://c/b',
      'http://c/a?x=1',
      'http://c',
      'csv:/a/x.csv',
      'csv:/b/x.csv',
    );
    assert.equal(new Set(names).size, 6);
    for (const name of names) assert.match(name, /^[a-z0-9][a-z0-9-]{0,62}$/);
  });

  it('takes the path of a short address from the folder it is run in', () => {
    assert.deepEqual(
      namesOf('csv:alerts.csv'),
      namesOf(`csv:${join(process.cwd(), 'alerts.csv')}`),
    );
  });

  it('refuses two sinks of one name, and Events without an API server', () => {
    assert.deepEqual(problemsOf('http://c', 'http://c', 'events:'), [
      'sink http://c: name: expected another one than "http-c"',
      'sink events:: expected an agent that has an API server',
    ]);
  });

  for (const [entry, problem] of [
    ['ftp://x', /^sink ftp:\/\/x: expected one of http\(s\):/],
    ['alertmanager+ftp://x', /: url: expected an http:\/\/ or https:\/\/ URL$/],
    ['syslog+tcp://x:99999', /: url: expected udp:\/\/host, tcp:/],
    ['syslog+udp://', /: url: expected udp:\/\/host, tcp:/],
    ['events:x', /: expected one of/],
    ['/no/such/file.yaml', /^sink \/no\/such\/file.yaml: expected one of .*there is no such file$/],
    ['http://user:hunter2hunter2@/x', /^sink http:\/\/user:\[redacted\]@\/x: url: expected/],
  ] as const) {
    it(`says what is wrong with ${entry}`, () => {
      const problems = problemsOf(entry);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', problem);
    });
  }

  it('says everything that is wrong with a file, by sink and field', async () => {
    await writeFile(
      path,
      `sinks:
  - {type: http, url: "ftp://x", tiemout: 5s, timeout: soon, method: GET}
  - {type: pigeon}
  - {type: csv}
  - {type: syslog, url: "tcp://log", tls: {ca: /x}, facility: local9}
  - {type: http, url: "https://x", name: "Not This", tls: {certificate: /a}, headers: {a: {env: HULLWATCH_NOT_SET}}}
  - {type: http, url: "http://x", headers: {a: {env: HULLWATCH_NOT_SET}}}
  - {type: alertmanager, url: "http://x", tls: {}}
  - {type: alertmanager, url: "https://x", tls: {ca: /no/such/ca.crt}, labels: {"a-b": c}}
  - {type: http, url: "https://x", tls: {ca: /no/such/ca.crt}}
  - {type: http, url: "http://x", bulk: {maxAlerts: 0, delay: -1s}}
  - {type: csv, path: alerts.csv}
`,
    );
    const problems = problemsOf(path).map((line) => line.slice(path.length + 2));
    assert.deepEqual(problems.slice(0, 4), [
      'sinks[0]: url: expected an http:// or https:// URL',
      'sinks[0]: timeout: expected a duration such as 30s, got "soon"',
      'sinks[0]: method: expected "POST" or "PUT", got "GET"',
      'sinks[0]: tiemout: there is no such setting',
    ]);
    const has = (text: string) =>
      assert.ok(
        problems.some((line) => line.includes(text)),
        `${text}\n${problems.join('\n')}`,
      );
    has('sinks[1]: type: expected "http" or "alertmanager" or "syslog" or "csv" or "events"');
    has('sinks[2]: path: expected');
    has('sinks[10]: path: expected an absolute path');
    has('sinks[3]: facility: expected');
    has('sinks[4]: name: expected lower-case');
    has('sinks[4]: tls: expected certificate and key, or neither');
    has('sinks[7]: labels.a-b: expected the name of a label');
    has('sinks[9]: bulk.maxAlerts: expected a whole number from 1 to 1000');
    has('sinks[9]: bulk.delay: expected a duration');
  });

  it('looks at secrets before it opens anything', async () => {
    await writeFile(
      path,
      `sinks:
  - {type: http, url: "http://x", headers: {a: {env: HULLWATCH_NOT_SET}}}
  - {type: alertmanager, url: "http://x", tls: {}}
  - {type: http, url: "https://x", tls: {ca: /no/such/ca.crt}}
  - {type: http, url: "http://y", headers: {a: {file: /no/such/token}, "b c": d}}
  - {type: syslog, url: "tcp://log", tls: {}}
`,
    );
    const problems = problemsOf(path).map((line) => line.slice(path.length + 2));
    assert.equal(problems.length, 5, problems.join('\n'));
    assert.equal(
      problems[0],
      'sinks[0]: headers.a: expected the variable HULLWATCH_NOT_SET to be set',
    );
    assert.equal(problems[1], 'sinks[1]: tls: expected a URL that begins with https://');
    assert.match(
      problems[2] ?? '',
      /^sinks\[2\]: tls.ca: expected a file that can be read: ENOENT/,
    );
    assert.match(problems[3] ?? '', /^sinks\[3\]: headers.a: expected a file that can be read/);
    assert.equal(problems[4], 'sinks[4]: tls: expected a URL that begins with tls://');
  });

  it('says where a file is no YAML, or has no sinks', async () => {
    await writeFile(path, 'sinks: [');
    assert.match(problemsOf(path).join(' '), /sinks.yaml: expected one of/);
    await writeFile(path, '- a');
    assert.match(problemsOf(path).join(' '), /sinks.yaml: expected an object with a list of sinks/);
    await writeFile(path, 'sink: []');
    assert.deepEqual(problemsOf(path), [
      `${path}: sinks: expected a value, got nothing`,
      `${path}: sink: there is no such setting`,
    ]);
  });

  it('posts as the file says, with headers from the environment and from files read each time', async () => {
    const token = join(folder, 'token');
    await writeFile(token, 'Bearer one\n');
    await writeFile(
      path,
      JSON.stringify({
        sinks: [
          {
            ...{
              name: 'soc',
              type: 'http',
              url: `${receiver.url}/api/`,
              path: '/alerts',
              method: 'PUT',
            },
            ...{ query: { team: 'a b' }, bulk: {}, alertsPerMinute: 30, timeout: '2s' },
            headers: {
              Authorization: { file: token },
              'X-Key': { env: 'SOC_KEY' },
              'x-plain': 'p',
            },
          },
        ],
      }),
    );
    const [sink] = openSinks([path], { clock, environment: { SOC_KEY: 'k' } });
    assert.ok(sink);
    const { name, batchSize, batchDelayMs, alertsPerMinute } = sink;
    assert.deepEqual(
      { name, batchSize, batchDelayMs, alertsPerMinute },
      { name: 'soc', batchSize: 50, batchDelayMs: 10_000, alertsPerMinute: 30 },
    );
    await sink.deliver(someAlerts(2), { signal });
    await writeFile(token, 'Bearer two');
    await sink.deliver(someAlerts(2), { signal });
    await sink.close();
    const [first, second] = receiver.requests;
    assert.equal(`${first?.method} ${first?.url}`, 'PUT /api/alerts?team=a+b');
    assert.equal(first?.headers.authorization, 'Bearer one');
    assert.equal(second?.headers.authorization, 'Bearer two');
    assert.equal(first?.headers['x-key'], 'k');
    assert.equal(first?.headers['x-plain'], 'p');
  });

  it('logs in with the user of the URL, and posts to the API of Alertmanager below its path', async () => {
    const url = receiver.url.replace('://', '://me:p%40ss@');
    const [sink] = openSinks([`alertmanager+${url}/am/`], { clock });
    assert.ok(sink);
    await sink.deliver([anAlert()], { signal });
    await sink.close();
    const [request] = receiver.requests;
    assert.equal(request?.url, '/am/api/v2/alerts');
    assert.equal(request?.headers.authorization, `Basic ${btoa('me:p@ss')}`);
    assert.equal(sink.batchSize, 50);
    assert.equal(sink.batchDelayMs, 0);
  });

  it('takes the whole address of the API of Alertmanager for what it is', async () => {
    const [sink] = openSinks([`alertmanager+${receiver.url}/am/api/v2/alerts`], { clock });
    assert.ok(sink);
    await sink.deliver([anAlert()], { signal });
    await sink.close();
    assert.equal(receiver.requests[0]?.url, '/am/api/v2/alerts');
  });

  it('is documented: docs/sinks.md names every setting of every sink', async () => {
    const page = await readFile(new URL('../../../docs/sinks.md', import.meta.url), 'utf8');
    for (const [type, { entries }] of Object.entries(SINK_SCHEMAS)) {
      const [, section = ''] = page.split(`\n## \`${type}\`\n`);
      const [text = ''] = section.split('\n## ');
      const documented = [...text.matchAll(/^\| `([A-Za-z]+)/gm)].map(([, field]) => field);
      assert.deepEqual(
        documented.toSorted(),
        Object.keys(entries)
          .filter((field) => !['type', 'name', 'alertsPerMinute'].includes(field))
          .toSorted(),
        type,
      );
    }
  });
});
