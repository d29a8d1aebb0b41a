/** What the first frame of the loader says. */
export interface ReadyFrame {
  readonly kernel: string;
  readonly programs: readonly string[];
  readonly skipped: readonly { readonly program: string; readonly reason: string }[];
  /** Milliseconds since the Unix epoch when the machine was booted. */
  readonly epochOffsetMs: number;
}

/** What `hullwatch-sensor --check` prints, which is also part of a ready frame. */
export type ProgramReport = Pick<ReadyFrame, 'kernel' | 'programs' | 'skipped'>;

/** Reads the JSON of a ready frame; undefined when it is not that. */
export function parseReadyFrame(json: string): ReadyFrame | undefined {
  const fields = parseObject(json);
  const report = fields && toReport(fields);
  const offset = fields?.['epochOffsetNs'];
  if (!report || typeof offset !== 'string' || !/^-?[0-9]{1,19}$/.test(offset)) return undefined;
  // In two parts, so that no digit is lost before the fraction of a millisecond.
  const offsetNs = BigInt(offset);
  const epochOffsetMs = Number(offsetNs / 1_000_000n) + Number(offsetNs % 1_000_000n) / 1e6;
  return { ...report, epochOffsetMs };
}

/** Reads what `hullwatch-sensor --check` prints; undefined when it is not that. */
export function parseProgramReport(json: string): ProgramReport | undefined {
  const fields = parseObject(json);
  return fields && toReport(fields);
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(json: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function toReport(fields: Fields): ProgramReport | undefined {
  const { kernel, programs, skipped } = fields;
  if (typeof kernel !== 'string' || !Array.isArray(programs) || !Array.isArray(skipped)) {
    return undefined;
  }
  if (!programs.every(isString) || !skipped.every(isSkipped)) return undefined;
  return { kernel, programs, skipped };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isSkipped(value: unknown): value is { program: string; reason: string } {
  return isObject(value) && isString(value['program']) && isString(value['reason']);
}
