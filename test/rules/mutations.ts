import fc from 'fast-check';

/** Values that no part of a rule, a profile or an event expects. */
const ODD: readonly unknown[] = [
  ...[null, '', 0, -1, 1e300, true, [], {}, '\u0000', '\ud800', '⋯', '⋯⋯', '*', '__proto__'],
  ...[
    'x'.repeat(20_000),
    '/'.repeat(5_000),
    '/⋯'.repeat(2_000),
    '('.repeat(200),
    '!'.repeat(3_000),
  ],
];
const odd = fc.oneof(fc.constantFrom(...ODD), fc.jsonValue({ maxDepth: 2 }));

/** One value replaced, taken away, or one text changed; where is chosen by the numbers. */
export interface Mutation {
  readonly where: number;
  readonly what: 'replace' | 'remove' | 'splice' | 'double';
  readonly at: number;
  readonly value: unknown;
  readonly token: string;
}

/** Pieces of expressions, patterns and paths that mean something where they land. */
const TOKENS = [
  ...['(', ')', '!', '&&', '||', '?', ':', "'", '"', ',', '.', '[', ']', '{', '}', '-', '%', '\\'],
  ...[
    'event',
    'event.args',
    'event.comm',
    '.exists(x, ',
    '.map(x, x + x)',
    '.all(x, ',
    'size(',
    '5u',
  ],
  ...[
    ".matches('(a+)+$')",
    ".replace('', 'xx')",
    '.split("")',
    ' + ',
    ' in ',
    'cp.was_executed(',
    'dyn(',
  ],
  ...[
    '..',
    '/',
    '*',
    '⋯',
    '9223372036854775807',
    '1e400',
    'null',
    'true',
    '\n',
    '\u2028',
    '$',
    '{9}',
  ],
];

/** How something is changed. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  where: fc.nat(),
  what: fc.constantFrom('replace', 'remove', 'splice', 'splice', 'splice', 'double'),
  at: fc.nat(),
  value: odd,
  token: fc.constantFrom(...TOKENS),
});

/** A changed copy of a value as JSON has it. */
export function mutated(value: unknown, mutations: readonly Mutation[]): unknown {
  const root = { value: structuredClone(value) };
  for (const one of mutations) mutate(root, one);
  return root.value;
}

type Place = readonly [owner: Record<string, unknown>, key: string];

function mutate(root: object, { where, what, at, value, token }: Mutation): void {
  const places = [...placesIn(root)];
  const wanted =
    what === 'splice' ? places.filter(([owner, key]) => typeof owner[key] === 'string') : places;
  const [owner, key] = wanted[where % Math.max(1, wanted.length)] ?? [];
  if (owner === undefined || key === undefined) return;
  const old = owner[key];
  if (what === 'remove') delete owner[key];
  else if (what === 'splice' && typeof old === 'string') {
    const cut = at % (old.length + 1);
    owner[key] = old.slice(0, cut) + token + old.slice(cut + (at % 3));
  } else if (what === 'double' && typeof old === 'string') owner[key] = old + old;
  else if (what === 'double' && Array.isArray(old)) owner[key] = [...old, ...old];
  else owner[key] = value;
}

function* placesIn(value: unknown): Generator<Place> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    yield [value as Record<string, unknown>, key];
    yield* placesIn((value as Record<string, unknown>)[key]);
  }
}
