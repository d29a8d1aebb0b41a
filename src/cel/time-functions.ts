import type { Duration } from '@marcbachmann/cel-js/evaluator';
import { evaluationError } from './evaluation-error.ts';
import type { StepBudget } from './step-budget.ts';
import type { FunctionTable } from './string-functions.ts';

/** What the CEL library has for a timestamp. It counts milliseconds: finer parts are cut. */
// biome-ignore lint/style/noRestrictedGlobals: the library's timestamps are Dates, and this one does not ask for the time
const Timestamp = Date;
type Timestamp = InstanceType<typeof Timestamp>;

const TYPE = 'google.protobuf.Timestamp';
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;
/** The first and the last moment of the years 1 and 9999. */
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_999;
const DAY_MS = 86_400_000;
/** Asking for the time elsewhere, and finding out about a zone. */
const ZONE_STEPS = 200;
const NEW_ZONE_STEPS = 5_000;
const MAX_ZONES = 16;
const MAX_ZONE_LENGTH = 64;

/** The functions on times of the standard. */
export function timeFunctions(budget: StepBudget): FunctionTable {
  const zones = new Zones(budget);
  const selectors = Object.entries(SELECTORS).flatMap(([name, select]) => [
    [`${TYPE}.${name}(): int`, (time: Timestamp) => BigInt(select(time))] as const,
    [
      `${TYPE}.${name}(string): int`,
      (time: Timestamp, zone: string) => BigInt(select(zones.shift(time, zone))),
    ] as const,
  ]);
  return {
    ...Object.fromEntries(selectors),
    'google.protobuf.Duration.getHours(): int': (span: Duration) => span.getHours(),
    'google.protobuf.Duration.getMinutes(): int': (span: Duration) => span.getMinutes(),
    'google.protobuf.Duration.getSeconds(): int': (span: Duration) => span.getSeconds(),
    'google.protobuf.Duration.getMilliseconds(): int': (span: Duration) => span.getMilliseconds(),
    [`timestamp(${TYPE}): ${TYPE}`]: (time: Timestamp) => time,
    [`timestamp(int): ${TYPE}`]: (seconds: bigint) =>
      timeInRange(new Timestamp(Number(seconds) * 1_000)),
    [`timestamp(string): ${TYPE}`]: (text: string) => {
      if (!RFC_3339.test(text)) throw evaluationError('text is no RFC 3339 timestamp');
      return timeInRange(new Timestamp(text));
    },
    [`int(${TYPE}): int`]: (time: Timestamp) => BigInt(Math.floor(time.getTime() / 1_000)),
  };
}

/** The same value. Throws `invalid` for a timestamp outside of the years 1 to 9999. */
export function timeInRange<Value>(value: Value): Value {
  if (!(value instanceof Timestamp)) return value;
  const ms = value.getTime();
  if (ms >= FIRST_MS && ms <= LAST_MS) return value;
  throw evaluationError('timestamp out of range');
}

const SELECTORS: Readonly<Record<string, (time: Timestamp) => number>> = {
  getDate: (time) => time.getUTCDate(),
  getDayOfMonth: (time) => time.getUTCDate() - 1,
  getDayOfWeek: (time) => time.getUTCDay(),
  getDayOfYear: (time) => {
    const newYear = new Timestamp(0).setUTCFullYear(time.getUTCFullYear(), 0, 1);
    return Math.floor((time.getTime() - newYear) / DAY_MS);
  },
  getFullYear: (time) => time.getUTCFullYear(),
  getHours: (time) => time.getUTCHours(),
  getMilliseconds: (time) => time.getUTCMilliseconds(),
  getMinutes: (time) => time.getUTCMinutes(),
  getMonth: (time) => time.getUTCMonth(),
  getSeconds: (time) => time.getUTCSeconds(),
};

/** Time zones by name or offset, the last {@link MAX_ZONES} that were asked for. */
class Zones {
  readonly #budget: StepBudget;
  readonly #known = new Map<string, Intl.DateTimeFormat>();

  constructor(budget: StepBudget) {
    this.#budget = budget;
  }

  /** A timestamp that shows in UTC what clocks of the zone show at `time`. */
  shift(time: Timestamp, zone: string): Timestamp {
    this.#budget.spend(ZONE_STEPS);
    const parts = this.#format(zone).formatToParts(time);
    const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
    const shown = new Timestamp(0);
    shown.setUTCFullYear(part('year'), part('month') - 1, part('day'));
    shown.setUTCHours(part('hour'), part('minute'), part('second'), time.getUTCMilliseconds());
    return shown;
  }

  #format(zone: string): Intl.DateTimeFormat {
    const known = this.#known.get(zone);
    if (known) return known;
    this.#budget.spend(NEW_ZONE_STEPS);
    const made = formatOf(zone);
    if (this.#known.size >= MAX_ZONES) this.#known.clear();
    this.#known.set(zone, made);
    return made;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const timeZone = /^\d\d:\d\d$/.test(zone) ? `+${zone}` : zone;
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: timeZone.slice(0, MAX_ZONE_LENGTH),
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw evaluationError('unknown time zone');
  }
}
