import { AgentError } from '#model/agent-error.js';
import { isRecord } from '../is-record.ts';
import type { PathSet } from './path-hashes.ts';

/** How many different entries at one place of a profile are kept before a pattern stands for them, and which are always kept. */
export interface CollapseSettings {
  /** Children of one folder among opened paths; more of them become `⋯`. */
  readonly openThreshold: number;
  /** The same for paths of HTTP endpoints. */
  readonly endpointThreshold: number;
  /** Different values of one argument of a program; more of them become `⋯`. */
  readonly execThreshold: number;
  /** Thresholds of their own for what lies below a path; the longest prefix counts. */
  readonly prefixes: readonly PrefixThreshold[];
  /** IPv4 addresses of one kind of neighbor; more of them become networks. */
  readonly networkIpGroupThreshold: number;
  /** No network is made wider than this many bits, 0 to 32. */
  readonly networkCidrFloorBits: number;
  /** The files of the image: what is opened there keeps its own path. Absent: they are like all others. No object says this. */
  readonly imageFiles?: PathSet | undefined;
}

/** The threshold for everything below a path. 1 makes anything there one `*` at once. */
interface PrefixThreshold {
  readonly prefix: string;
  readonly threshold: number;
}

/** What holds without a CollapseConfiguration. Source: the public storage component's defaults. */
export const DEFAULT_COLLAPSE: CollapseSettings = {
  openThreshold: 50,
  endpointThreshold: 100,
  execThreshold: 50,
  prefixes: [
    { prefix: '/etc', threshold: 100 },
    { prefix: '/etc/apache2', threshold: 50 },
    { prefix: '/opt', threshold: 50 },
    { prefix: '/var/run', threshold: 50 },
    { prefix: '/app', threshold: 50 },
  ],
  networkIpGroupThreshold: 50,
  networkCidrFloorBits: 24,
};

/** A threshold is an int32 of the schema. */
const MAX_THRESHOLD = 2 ** 31 - 1;

/**
 * The settings that the spec of the CollapseConfiguration `default` gives. What it leaves out or gives as 0 has
 * its default; a list of prefixes that is not empty replaces the default ones altogether. Throws
 * `invalid`, naming the field.
 */
export function collapseSettingsFrom(spec: unknown): CollapseSettings {
  if (spec === undefined || spec === null) return DEFAULT_COLLAPSE;
  if (!isRecord(spec)) throw invalid('spec', 'an object');
  const threshold = (field: string, absent: number) =>
    wholeNumber(spec[field], `spec.${field}`, { min: 0, max: MAX_THRESHOLD }) || absent;
  const prefixes = prefixesFrom(spec['collapseConfigs']);
  return {
    openThreshold: threshold('openDynamicThreshold', DEFAULT_COLLAPSE.openThreshold),
    endpointThreshold: threshold('endpointDynamicThreshold', DEFAULT_COLLAPSE.endpointThreshold),
    execThreshold: threshold('execDynamicThreshold', DEFAULT_COLLAPSE.execThreshold),
    prefixes: prefixes.length > 0 ? prefixes : DEFAULT_COLLAPSE.prefixes,
    networkIpGroupThreshold: threshold(
      'networkIPGroupThreshold',
      DEFAULT_COLLAPSE.networkIpGroupThreshold,
    ),
    networkCidrFloorBits:
      wholeNumber(spec['networkCIDRFloorBits'], 'spec.networkCIDRFloorBits', { min: 0, max: 32 }) ||
      DEFAULT_COLLAPSE.networkCidrFloorBits,
  };
}

function prefixesFrom(configs: unknown): readonly PrefixThreshold[] {
  if (configs === undefined || configs === null) return [];
  if (!Array.isArray(configs)) throw invalid('spec.collapseConfigs', 'a list');
  const seen = new Set<string>();
  return configs.map((config: unknown, i) => {
    const field = `spec.collapseConfigs[${i}]`;
    const { prefix, threshold } = isRecord(config) ? config : {};
    if (typeof prefix !== 'string' || !prefix.startsWith('/')) {
      throw invalid(`${field}.prefix`, 'a path that begins with /');
    }
    if (seen.has(prefix)) throw invalid(`${field}.prefix`, `no second entry for ${prefix}`);
    seen.add(prefix);
    if (threshold === undefined || threshold === null)
      throw invalid(`${field}.threshold`, 'a number');
    const range = { min: 1, max: MAX_THRESHOLD };
    return { prefix, threshold: wholeNumber(threshold, `${field}.threshold`, range) };
  });
}

/** 0 for an absent value. */
function wholeNumber(
  value: unknown,
  field: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalid(field, `a whole number from ${min} to ${max}`);
  }
  return value;
}

function invalid(field: string, expected: string): AgentError {
  return new AgentError('invalid', `CollapseConfiguration default: ${field}: expected ${expected}`);
}
