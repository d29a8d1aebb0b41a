import semver from 'semver';

/** No range is longer; texts that are take too long to read. */
const MAX_LENGTH = 256;

/**
 * Whether a rule's `agentVersionRequirement` lets this version of the agent use it. A requirement that
 * is not set or is no range, and a version that is none, allow it.
 *
 * Ranges are those of Masterminds' semver, which the public system uses: `,` and spaces are "and",
 * `||` is "or", there is `!=`, missing parts may be anything, and a version before a release fits only
 * where every comparison names one itself.
 */
export function agentVersionAllows(requirement: string | undefined, version: string): boolean {
  const own = versionOf(version);
  if (own === null || requirement === undefined || requirement.length > MAX_LENGTH) return true;
  if (requirement.trim() === '') return true;
  const alternatives = requirement.split('||').map(comparisonsOf);
  if (!alternatives.flat().every(isRange)) return true;
  return alternatives.some((comparisons) => comparisons.every((each) => fits(own, each)));
}

/** With missing parts as zero: `1.2` is 1.2.0. */
function versionOf(version: string): semver.SemVer | null {
  const [, core = '', rest = ''] = /^\s*v?([\d.]+)(.*?)\s*$/.exec(version) ?? [];
  const parts = core.split('.');
  while (parts.length < 3) parts.push('0');
  return semver.parse(parts.join('.') + rest);
}

/** One alternative as its comparisons, each with its operator and without spaces. */
function comparisonsOf(text: string): readonly string[] {
  const ranges = text.replace(/(\S+)\s+-\s+(\S+)/g, '>=$1 <=$2');
  const joined = ranges.replace(/([<>=!~^]+)\s+/g, '$1').replace(/=([<>])/g, '$1=');
  return joined.split(/[\s,]+/).filter((each) => each !== '');
}

function isRange(comparison: string): boolean {
  return semver.validRange(comparison.replace(/^!=/, '')) !== null;
}

function fits(version: semver.SemVer, comparison: string): boolean {
  if (version.prerelease.length > 0 && !comparison.includes('-')) return false;
  const options = { includePrerelease: true };
  if (!comparison.startsWith('!=')) return semver.satisfies(version, comparison, options);
  return !semver.satisfies(version, comparison.slice(2), options);
}
