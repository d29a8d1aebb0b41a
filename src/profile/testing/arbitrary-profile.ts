import fc from 'fast-check';
import type { ContainerProfileSpec, NetworkNeighbor } from '#model/profile.js';
import { PROFILE_SURFACES, type ProfileNeeds, type SurfaceNeeds } from '#model/profile-needs.js';

/** Few of each, so that what is asked often meets what is there. */
const segment = fc.constantFrom('a', 'b', 'ab', '⋯', '*', 'é', '日');
const asked = fc.constantFrom('a', 'b', 'ab', 'c', 'é', '日');

function pathOf(segments: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const made = fc
    .tuple(
      fc.constantFrom('/', '/', '/', ''),
      fc.array(segments, { maxLength: 4 }),
      fc.constantFrom('', '', '', '/', '//'),
    )
    .map(([start, parts, end]) => start + parts.join('/') + end);
  return fc.oneof({ weight: 12, arbitrary: made }, fc.constantFrom('', '/', '//', '*', '⋯'));
}

function endpointOf(paths: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const start = fc.constantFrom(':80', ':0', ':8080', '', ':', 'a', 'http://a', 'a:80');
  return fc.tuple(start, paths).map(([port, path]) => port + path);
}

const word = fc.constantFrom('read', 'write', 'READ', '', '⋯', '⋯⋯', 'a/⋯', 'a/b', '日本', '*');
const words = fc.option(fc.array(word, { maxLength: 3 }));
const methods = fc.option(fc.array(fc.constantFrom('GET', 'get', 'POST'), { maxLength: 2 }));
const address = fc.constantFrom(
  ...['10.0.0.1', '10.0.0.2', '::ffff:10.0.0.1', '2001:db8::1', '2001:DB8:0:0::1', '0.0.0.0', '::'],
);
const network = fc.constantFrom(
  ...['10.0.0.0/8', '10.0.0.2/31', '10.0.0.1/32', '0.0.0.0/0', '::/0', '2001:db8::/32', '*'],
  ...['::ffff:10.0.0.0/104', '::ffff:0:0/90', '10.0.0.0/33', '2001:db8::1/128', 'x', '', '10.0.0'],
);
const label = fc.constantFrom('a', 'b', 'A', '*', '⋯', '**', '', 'a*');
const domain = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '', '.'))
  .map(([labels, dot]) => labels.join('.') + dot);
const port = fc.record({
  name: fc.constant('p'),
  protocol: fc.constantFrom('TCP', 'tcp', 'UDP', ''),
  port: fc.constantFrom(80, 443, 0, null),
});
const neighbor: fc.Arbitrary<NetworkNeighbor> = fc.record(
  {
    identifier: fc.constantFrom('1', '2', '3'),
    type: fc.constant('external'),
    dns: domain,
    dnsNames: fc.option(fc.array(domain, { maxLength: 2 })),
    ipAddress: fc.oneof(address, network),
    ipAddresses: fc.option(fc.array(fc.oneof(address, network), { maxLength: 2 })),
    ports: fc.option(fc.array(port, { maxLength: 2 })),
  },
  { requiredKeys: ['identifier', 'type'] },
);

/** A profile's surfaces, valid and not, and whatever may stand for an empty list. */
export const anySpec: fc.Arbitrary<ContainerProfileSpec> = fc.record(
  {
    execs: fc.option(fc.array(fc.record({ path: pathOf(segment), args: words }), { maxLength: 8 })),
    opens: fc.option(
      fc.array(fc.record({ path: pathOf(segment), flags: words }), { maxLength: 12 }),
    ),
    syscalls: fc.option(fc.array(word, { maxLength: 4 })),
    capabilities: fc.option(fc.array(word, { maxLength: 4 })),
    endpoints: fc.option(
      fc.array(
        fc.record({ endpoint: endpointOf(pathOf(segment)), methods, internal: fc.boolean() }),
        { maxLength: 6 },
      ),
    ),
    egress: fc.option(fc.array(neighbor, { maxLength: 4 })),
    ingress: fc.option(fc.array(neighbor, { maxLength: 4 })),
    rulePolicies: fc.option(
      fc.dictionary(
        fc.constantFrom('R1', 'R2'),
        fc.record({ processAllowed: words, containerAllowed: fc.boolean() }, { requiredKeys: [] }),
      ),
    ),
  },
  { requiredKeys: [] },
);

const part = fc.constantFrom('', '/', 'a', '/a', '/a/', 'b', 'é', ':80', '10.', 'read', '⋯', '.a');
const selector = fc.oneof(
  fc.record({ exact: fc.oneof(part, pathOf(segment), address, domain, word) }),
  fc.record({ prefix: part }),
  fc.record({ suffix: part }),
  fc.record({ contains: part }),
);
const surfaceNeeds: fc.Arbitrary<SurfaceNeeds> = fc.record({
  all: fc.boolean(),
  selectors: fc.array(selector, { maxLength: 3 }),
});

export const anyNeeds: fc.Arbitrary<ProfileNeeds> = fc.record(
  Object.fromEntries(PROFILE_SURFACES.map((surface) => [surface, surfaceNeeds])),
) as fc.Arbitrary<ProfileNeeds>;

/** What is asked of a profile, one of each sort. */
export interface Questions {
  readonly path: string;
  readonly endpoint: string;
  readonly words: readonly string[];
  readonly methods: readonly string[];
  readonly word: string;
  readonly part: string;
  readonly host: string;
  readonly address: string;
  readonly domain: string;
  readonly port: readonly [number, string];
}

export const anyQuestions: fc.Arbitrary<Questions> = fc.record({
  path: pathOf(fc.oneof({ weight: 8, arbitrary: asked }, segment)),
  endpoint: endpointOf(pathOf(asked)),
  words: fc.array(word, { maxLength: 3 }),
  methods: fc.array(fc.constantFrom('GET', 'Post', 'put'), { maxLength: 2 }),
  word,
  part,
  host: fc.constantFrom('a', 'b', 'a:80', '', ':80', 'http', 'é'),
  address: fc.oneof(
    { weight: 5, arbitrary: address },
    fc.constantFrom('10.0.0.3', '11.0.0.1', '', 'x', '*', '10.0.0.01', '2001:db8::2', 'fe80::1%0'),
  ),
  domain,
  port: fc.tuple(fc.constantFrom(80, 443, 22, 0, -1, 65_536), fc.constantFrom('TCP', 'udp', '')),
});
