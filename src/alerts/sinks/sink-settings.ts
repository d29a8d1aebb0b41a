import * as v from 'valibot';
import { parseDuration } from '#runtime/duration.js';
import { ALERT_FORMATS } from './alert-format.ts';
import { httpUrl, SYSLOG_FACILITIES, syslogUrl } from './sink-url.ts';
import { SYSLOG_FORMATS } from './syslog-message.ts';

const text = v.pipe(v.string(), v.nonEmpty('expected a text that is not empty'));
const name = v.pipe(
  v.string(),
  v.regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'expected lower-case letters, digits and dashes, at most 63 of them',
  ),
);
const whole = (smallest: number, largest: number) =>
  v.pipe(
    v.number(),
    v.check(
      (value) => Number.isInteger(value) && value >= smallest && value <= largest,
      `expected a whole number from ${smallest} to ${largest}`,
    ),
  );

/** Milliseconds of a duration as Go writes it, above 0 unless `canBeZero`. */
const duration = (canBeZero = false) =>
  v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        const ms = parseDuration(dataset.value, 'duration');
        if (ms > 0 || canBeZero) return ms;
      } catch {
        // Said below.
      }
      addIssue({ message: `expected a duration such as 30s, got "${dataset.value}"` });
      return NEVER;
    }),
  );

/** A value that stands there, in a file, or in the environment. */
const secret = v.union(
  [text, v.strictObject({ file: text }), v.strictObject({ env: text })],
  'expected a text, {file: …} or {env: …}',
);

const tls = v.pipe(
  v.strictObject({
    ca: v.optional(text),
    certificate: v.optional(text),
    key: v.optional(text),
    serverName: v.optional(text),
  }),
  v.check(
    ({ certificate, key }) => (certificate === undefined) === (key === undefined),
    'expected certificate and key, or neither',
  ),
);

const url = v.pipe(
  text,
  v.check((value) => httpUrl(value) !== undefined, 'expected an http:// or https:// URL'),
);
const common = { name: v.optional(name), alertsPerMinute: v.optional(whole(1, 1_000_000)) };
const overHttp = {
  url,
  headers: v.optional(v.record(text, secret), {}),
  timeout: v.optional(duration(), '5s'),
  tls: v.optional(tls),
};

/** The most alerts in one request; the public system's bound is the default. */
const bulk = v.strictObject({
  maxAlerts: v.optional(whole(1, 1_000), 50),
  delay: v.optional(duration(true), '10s'),
});

/** The settings of each kind of sink, by `type`. `docs/sinks.md` lists them. */
export const SINK_SCHEMAS = {
  http: v.strictObject({
    type: v.literal('http'),
    ...common,
    ...overHttp,
    path: v.optional(v.pipe(v.string(), v.startsWith('/', 'expected a path that begins with /'))),
    query: v.optional(v.record(text, v.string()), {}),
    method: v.optional(v.picklist(['POST', 'PUT']), 'POST'),
    format: v.optional(v.picklist(ALERT_FORMATS), 'runtime-alert'),
    bulk: v.optional(bulk),
  }),
  alertmanager: v.strictObject({
    type: v.literal('alertmanager'),
    ...common,
    ...overHttp,
    alertname: v.optional(text, 'HullwatchRuleViolated'),
    labels: v.optional(
      v.record(
        v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a label')),
        v.string(),
      ),
      {},
    ),
    resolveAfter: v.optional(duration(), '10m'),
    generatorUrl: v.optional(url),
    bulk: v.optional(bulk, { delay: '0' }),
  }),
  syslog: v.strictObject({
    type: v.literal('syslog'),
    ...common,
    url: v.pipe(
      text,
      v.check(
        (value) => syslogUrl(value) !== undefined,
        'expected udp://host, tcp://host or tls://host, with or without a port',
      ),
    ),
    format: v.optional(v.picklist(SYSLOG_FORMATS), 'text'),
    facility: v.optional(v.picklist(SYSLOG_FACILITIES), 'local0'),
    appName: v.optional(text, 'hullwatch'),
    enterpriseNumber: v.optional(whole(1, 2 ** 32 - 1), 32_473),
    maxMessageBytes: v.optional(whole(480, 1_048_576)),
    timeout: v.optional(duration(), '5s'),
    tls: v.optional(tls),
  }),
  csv: v.strictObject({
    type: v.literal('csv'),
    ...common,
    path: v.pipe(text, v.startsWith('/', 'expected an absolute path')),
  }),
  events: v.strictObject({
    type: v.literal('events'),
    name: v.optional(name),
    alertsPerMinute: v.optional(whole(1, 1_000_000), 60),
  }),
} as const;

/** Settings as they were written, checked, with defaults filled in. */
export const SinkSettings = v.variant('type', [
  SINK_SCHEMAS.http,
  SINK_SCHEMAS.alertmanager,
  SINK_SCHEMAS.syslog,
  SINK_SCHEMAS.csv,
  SINK_SCHEMAS.events,
]);
export type SinkSettings = v.InferOutput<typeof SinkSettings>;
