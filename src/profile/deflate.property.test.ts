import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ContainerProfileSpec, PROFILE_API_VERSION } from '#model/profile.js';
import { DEFAULT_COLLAPSE } from './collapse/collapse-settings.ts';
import { matchesExecArgs } from './exec-args.ts';
import { parseIpAddress, parseIpNetwork, sharedBits } from './ip-address.ts';
import { deflateSpec, mergeTimeSeries } from './merge.ts';
import { matchesPath } from './path-pattern.ts';
import { anySpec } from './testing/arbitrary-profile.ts';

const TIGHT = {
  ...DEFAULT_COLLAPSE,
  openThreshold: 2,
  endpointThreshold: 2,
  execThreshold: 2,
  networkIpGroupThreshold: 2,
};

const segment = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const path = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`);
const host = fc.tuple(fc.nat(3), fc.nat(9)).map(([net, last]) => `10.0.${net}.${last}`);
const frame = fc.record({ fileID: segment, lineno: segment, frameType: fc.nat(2) });
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 12 });

/** What a sensor reports: no patterns. */
const seen: fc.Arbitrary<ContainerProfileSpec> = fc.record(
  {
    capabilities: list(segment),
    opens: list(fc.record({ path, flags: fc.subarray(['O_RDONLY', 'O_RDWR']) })),
    execs: list(
      fc.record({ path, args: fc.array(segment, { maxLength: 3 }), envs: list(segment) }),
    ),
    endpoints: list(
      fc.record({
        endpoint: path.map((text) => `:80${text}`),
        internal: fc.boolean(),
        methods: fc.subarray(['GET', 'PUT']),
        headers: fc.dictionary(segment, list(segment), { maxKeys: 2 }),
      }),
    ),
    identifiedCallStacks: list(
      fc.record({
        callID: segment,
        callStack: fc.record({
          root: fc.record({
            frame: fc.constant({ fileID: '', lineno: '' }),
            children: fc.array(fc.record({ frame, children: fc.array(fc.record({ frame })) })),
          }),
        }),
      }),
    ),
    egress: list(
      fc.record({
        identifier: host,
        type: fc.constant('external'),
        ipAddress: host,
        dnsNames: list(segment),
      }),
    ),
  },
  { requiredKeys: [] },
);

function merged(...specs: readonly ContainerProfileSpec[]): ContainerProfileSpec {
  const profileOf = (spec: ContainerProfileSpec) =>
    ({
      apiVersion: PROFILE_API_VERSION,
      kind: 'ContainerProfile',
      metadata: { name: 'p', namespace: 'shop' },
      spec,
    }) as const;
  return specs.reduce((base, spec) => mergeTimeSeries(profileOf(base), profileOf(spec)).spec, {});
}

/** The value with every list and every object's keys the other way round, but for vectors and stacks. */
function reversed(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => reversed(item));
    return key === 'args' ? items : items.reverse();
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, reversed(member, name)])
      .reverse(),
  );
}

function bytes(spec: ContainerProfileSpec, settings = TIGHT): string {
  return JSON.stringify(deflateSpec(spec, { settings }));
}

function holds(network: string, address: string): boolean {
  const [outer, inner] = [parseIpNetwork(network), parseIpAddress(address)];
  return outer !== undefined && inner !== undefined && sharedBits(outer.base, inner) >= outer.bits;
}

function assertCoversPaths(result: ContainerProfileSpec, spec: ContainerProfileSpec): void {
  for (const open of spec.opens ?? []) {
    assert.ok(result.opens?.some((entry) => matchesPath(entry.path, open.path)));
  }
  for (const exec of spec.execs ?? []) {
    const ofPath = (result.execs ?? []).filter((entry) => entry.path === exec.path);
    assert.ok(ofPath.some(({ args }) => matchesExecArgs(args ?? [], exec.args ?? [])));
  }
  for (const { endpoint = '', internal } of spec.endpoints ?? []) {
    const onSide = (result.endpoints ?? []).filter((entry) => entry.internal === internal);
    assert.ok(onSide.some((entry) => matchesPath(entry.endpoint ?? '', endpoint)));
  }
}

function assertCoversPeers(result: ContainerProfileSpec, spec: ContainerProfileSpec): void {
  for (const { ipAddress = '', dnsNames } of spec.egress ?? []) {
    const holding = (result.egress ?? []).filter((neighbor) =>
      [neighbor.ipAddress ?? '', ...(neighbor.ipAddresses ?? [])].some((text) =>
        holds(text, ipAddress),
      ),
    );
    assert.ok(holding.length > 0, ipAddress);
    const names = holding.flatMap((neighbor) => neighbor.dnsNames ?? []);
    for (const name of dnsNames ?? []) assert.ok(names.includes(name));
  }
}

describe('deflateSpec', () => {
  it('changes no byte of what it made', () => {
    fc.assert(
      fc.property(fc.oneof(anySpec, seen), (spec) => {
        const once = deflateSpec(spec, { settings: TIGHT });
        assert.equal(bytes(once), JSON.stringify(once));
      }),
    );
  });

  it('makes the same bytes whatever the order of entries and keys', () => {
    fc.assert(
      fc.property(fc.oneof(anySpec, seen), (spec) => {
        assert.equal(bytes(reversed(spec) as ContainerProfileSpec), bytes(spec));
      }),
    );
  });

  it('makes the same bytes of reports in one go and in parts while nothing collapses', () => {
    fc.assert(
      fc.property(seen, seen, seen, (a, b, c) => {
        const inParts = deflateSpec(merged(deflateSpec(merged(deflateSpec(a), b)), c));
        assert.equal(JSON.stringify(inParts), bytes(merged(c, a, b), DEFAULT_COLLAPSE));
      }),
    );
  });

  it('makes the same bytes of addresses in one go and in parts, once they have collapsed', () => {
    fc.assert(
      fc.property(seen, seen, (a, b) => {
        const inParts = merged(deflateSpec({ egress: a.egress ?? [] }, { settings: TIGHT }), {
          egress: b.egress ?? [],
        });
        const inOne = merged({ egress: a.egress ?? [] }, { egress: b.egress ?? [] });
        assert.equal(bytes(inParts), bytes(inOne));
      }),
    );
  });

  it('covers everything that was seen, in parts too', () => {
    fc.assert(
      fc.property(seen, seen, (a, b) => {
        const result = deflateSpec(merged(deflateSpec(a, { settings: TIGHT }), b), {
          settings: TIGHT,
        });
        for (const spec of [a, b]) {
          assertCoversPaths(result, spec);
          assertCoversPeers(result, spec);
        }
      }),
    );
  });
});
