// An agent's alerts and nothing else: `node alert-storm.ts SPOOL URL FIRST LAST`. Makes the alerts FIRST to LAST,
// in groups of random sizes, for three HTTP sinks; prints the number of each as soon as it is accepted; ends when
// every sink has had everything.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlertDispatcher } from '../../src/alerts/alert-dispatcher.ts';
import type { AlertSink } from '../../src/alerts/alert-sink.ts';
import { HttpSink } from '../../src/alerts/sinks/http-sink.ts';
import type { NewSpooledAlert, SpoolFile } from '../../src/alerts/spool-file.ts';
import { aFinding } from '../../src/alerts/testing/findings.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { SqliteAlertSpoolFile } from '../../src/storage/alert-spool-file.ts';

const [, , path = '', url = '', first = '', last = ''] = process.argv;

const file: SpoolFile = new SqliteAlertSpoolFile({ path, log: silentLogger, clock: systemClock });
const append = file.append.bind(file);
file.append = (alerts) => {
  const discarded = append(alerts);
  writeSync(1, alerts.map((each) => `${numberOf(each)}\n`).join(''));
  return discarded;
};

const dispatcher = new AlertDispatcher({
  clock: systemClock,
  random: systemRandom,
  log: silentLogger,
  node: { nodeName: 'n1', hostName: 'h1', agentVersion: '1' },
  spool: file,
  sinks: [sink('single'), sink('bulk', 20), sink('large', 200)],
  cooldown: { windowMs: 0, afterCount: 1 },
  delivery: { attemptMs: 100, retry: { firstMs: 1, maxMs: 20 } },
});

writeSync(1, 'opened\n');
for (let number = Number(first); number <= Number(last); ) {
  const end = Math.min(Number(last) + 1, number + 1 + Math.floor(systemRandom.next() * 40));
  for (; number < end; number += 1) {
    const uniqueId = `alert ${number}`;
    dispatcher.handle(
      aFinding({ event: { seq: number }, finding: { uniqueId, message: uniqueId } }),
    );
  }
  await sleep(systemRandom.next() * 10);
}
while (dispatcher.sinkCounts.some(({ waiting }) => waiting > 0)) await sleep(10);
await dispatcher.close();

function sink(name: string, maxAlerts?: number): AlertSink {
  return new HttpSink({
    name,
    clock: systemClock,
    url: new URL(`/${name}`, url),
    method: 'POST',
    headers: async () => ({}),
    timeoutMs: 10_000,
    format: 'runtime-alert',
    bulk: maxAlerts === undefined ? undefined : { maxAlerts, delayMs: 5 },
  });
}

function numberOf({ alert }: NewSpooledAlert): string {
  return (JSON.parse(alert) as { message: string }).message.replace('alert ', '');
}
