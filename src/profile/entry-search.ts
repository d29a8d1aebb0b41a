import type { Search } from './entry-table.ts';
import { ANY_SEGMENTS, isPattern, ONE_SEGMENT, patternSegments } from './path-pattern.ts';
import { ANY, ONE } from './pattern-trie.ts';
import type { Token } from './trie-builder.ts';

const SLASH = 47;
const DOT = 46;
/** First segment of an endpoint on any port. */
const ANY_PORT = ':0';
const PORT = /^:\d+(?:\/|$)/;

/** How a path is looked for: slashes at its end do not count. The path must not be empty. */
export function pathSearch(path: string): Search {
  const end = endWithoutSlashes(path);
  return { text: path, literalEnd: end || 1, end, separator: SLASH };
}

/** The same for an endpoint; an entry on port 0 covers it whatever its own port. */
export function endpointSearch(endpoint: string): Search {
  const search = pathSearch(endpoint);
  return PORT.test(endpoint) ? { ...search, firstAlias: ANY_PORT } : search;
}

/** A domain in canonical form. */
export function domainSearch(domain: string): Search {
  return { text: domain, literalEnd: domain.length, end: domain.length, separator: DOT };
}

/** A name that only equals itself. */
export function nameSearch(name: string): Search {
  return { text: name, literalEnd: name.length, end: name.length, separator: SLASH };
}

/** The pattern of a path that stands for more than its own text; undefined for all others. */
export function pathTokens(path: string): readonly Token[] | undefined {
  if (!isPattern(path) && path.length === (endWithoutSlashes(path) || 1)) return undefined;
  return patternSegments(path).map(tokenOf);
}

/** The same for an endpoint. */
export function endpointTokens(endpoint: string): readonly Token[] | undefined {
  const isOnAnyPort = endpoint === ANY_PORT || endpoint.startsWith(`${ANY_PORT}/`);
  return isOnAnyPort ? patternSegments(endpoint).map(tokenOf) : pathTokens(endpoint);
}

/** In lower case, without the dot at the end; undefined when a label is empty. */
export function canonicalDomain(domain: string): string | undefined {
  const text = (domain.endsWith('.') ? domain.slice(0, -1) : domain).toLowerCase();
  return text === '' || text.startsWith('.') || text.endsWith('.') || text.includes('..')
    ? undefined
    : text;
}

/**
 * The pattern of a canonical domain: `⋯` is one label, a `*` in front too, one at the end is one or
 * more. Undefined for a domain that stands for itself, `invalid` for a `*` elsewhere or alone.
 *
 * Source: the network matching of the public storage component.
 */
export function domainTokens(domain: string): readonly Token[] | 'invalid' | undefined {
  if (!domain.includes(ONE_SEGMENT) && !domain.includes(ANY_SEGMENTS)) return undefined;
  const labels = domain.split('.');
  const last = labels.length - 1;
  const isMisplaced = (label: string, i: number) =>
    label === '**' || (label === ANY_SEGMENTS && ((i > 0 && i < last) || last === 0));
  if (labels.some(isMisplaced)) return 'invalid';
  return labels.flatMap((label, i): Token[] => {
    if (label === ONE_SEGMENT) return [ONE];
    if (label !== ANY_SEGMENTS) return [label];
    return i === 0 ? [ONE] : [ONE, ANY];
  });
}

function tokenOf(segment: string): Token {
  if (segment === ONE_SEGMENT) return ONE;
  return segment === ANY_SEGMENTS ? ANY : segment;
}

function endWithoutSlashes(path: string): number {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === SLASH) end -= 1;
  return end;
}
