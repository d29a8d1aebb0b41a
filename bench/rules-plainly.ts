// What bench/rules.ts compares with: the CEL library called for each rule of the event's type, and functions
// that go along the profile's lists.
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { AttributedEvent } from '../src/model/attributed-event.ts';
import type { ContainerProfileSpec } from '../src/model/profile.ts';
import { matchesExecArgs } from '../src/profile/exec-args.ts';
import { matchesPath } from '../src/profile/path-pattern.ts';
import { activationOf } from '../src/rules/event-activation.ts';
import { EVENT_FIELDS, REQUEST_FIELDS } from '../src/rules/event-fields.ts';
import { HttpRequest } from '../src/rules/http-request.ts';
import type { Rule } from '../src/rules/rule.ts';
import { RuleEvent } from '../src/rules/rule-event.ts';
import { RULE_FUNCTIONS } from '../src/rules/rule-functions.ts';
import { RuleHost } from '../src/rules/rule-host.ts';
import { FixedProfiles } from '../src/rules/testing/fixed-profiles.ts';
import { VirtualClock } from '../src/runtime/virtual-clock.ts';
import { SURROUNDINGS } from './rules-world.ts';

interface PlainRule {
  readonly id: string;
  readonly expressions: readonly ParseResult[];
  readonly texts: readonly ParseResult[];
}

/** Rules as the library alone evaluates them. */
export class PlainRules {
  readonly #byType = new Map<string, PlainRule[]>();

  constructor(rules: readonly Rule[], profile: ContainerProfileSpec) {
    const environment = environmentFor(profile);
    const compile = (source: string) => {
      const parsed = environment.parse(source);
      const { valid, error } = parsed.check();
      if (!valid) throw error;
      return parsed;
    };
    for (const rule of rules) {
      for (const type of new Set(rule.ruleExpression.map(({ eventType }) => eventType))) {
        if (type === 'k8s-admission') continue;
        const ofType = rule.ruleExpression.filter(({ eventType }) => eventType === type);
        const plain = {
          id: rule.id,
          expressions: ofType.map(({ expression }) => compile(expression)),
          texts: [compile(rule.uniqueId), compile(rule.message)],
        };
        this.#byType.set(type, [...(this.#byType.get(type) ?? []), plain]);
      }
    }
  }

  /** Ids of the rules that are true, with their texts made. */
  evaluate(subject: AttributedEvent): readonly string[] {
    const found: string[] = [];
    const activation = activationOf(subject);
    for (const { id, expressions, texts } of this.#byType.get(subject.event.type) ?? []) {
      try {
        if (!expressions.every((run) => run({ ...activation }) === true)) continue;
        for (const run of texts) run({ ...activation });
        found.push(id);
      } catch {}
    }
    return found;
  }
}

function environmentFor(profile: ContainerProfileSpec) {
  const environment = new Environment({ homogeneousAggregateLiterals: false })
    .registerType('HttpRequest', { ctor: HttpRequest, fields: { ...REQUEST_FIELDS } })
    .registerType('Event', { ctor: RuleEvent, fields: { ...EVENT_FIELDS } })
    .registerVariable('event', 'Event')
    .registerVariable('http', 'Event')
    .registerVariable('eventType', 'string');
  for (const name of new Set(RULE_FUNCTIONS.map((one) => one.name.split('.')[0] ?? ''))) {
    class Namespace {}
    environment.registerType(name, Namespace);
    environment.registerConstant(name, name, new Namespace());
  }
  const scanning = scansOf(profile);
  const host = hostOf(profile);
  for (const { name, parameters, returns, call } of RULE_FUNCTIONS) {
    const scan = scanning[name];
    const handler = scan
      ? (_namespace: unknown, _id: unknown, ...values: unknown[]) => scan(...(values as never[]))
      : (_namespace: unknown, ...values: unknown[]) => call(host, ...values);
    const signature = `${name}(${parameters.join(', ')}): ${returns}`;
    environment.registerFunction(signature, handler, { async: false });
  }
  return environment;
}

/** The questions to a profile that rules ask, by going along its lists. */
function scansOf({
  execs,
  opens,
  syscalls,
  egress,
}: ContainerProfileSpec): Readonly<Record<string, (...values: never[]) => boolean>> {
  const execList = execs ?? [];
  const openList = opens ?? [];
  const peers = egress ?? [];
  return {
    'cp.was_executed': (path: string) => execList.some((one) => matchesPath(one.path, path)),
    'cp.was_executed_with_args': (path: string, args: readonly string[]) =>
      execList.some((one) => matchesPath(one.path, path) && matchesExecArgs(one.args ?? [], args)),
    'cp.was_path_opened': (path: string) => openList.some((one) => matchesPath(one.path, path)),
    'cp.was_path_opened_with_flags': (path: string, flags: readonly string[]) =>
      openList.some(
        (one) => matchesPath(one.path, path) && flags.every((flag) => one.flags?.includes(flag)),
      ),
    'cp.was_path_opened_with_suffix': (suffix: string) =>
      openList.some(({ path }) => path.endsWith(suffix)),
    'cp.was_path_opened_with_prefix': (prefix: string) =>
      openList.some(({ path }) => path.startsWith(prefix)),
    'cp.was_syscall_used': (name: string) => (syscalls ?? []).includes(name),
    'cp.was_address_in_egress': (address: string) =>
      peers.some((peer) => peer.ipAddress === address || peer.ipAddresses?.includes(address)),
    'cp.was_address_port_protocol_in_egress': (address: string, port: bigint, protocol: string) =>
      peers.some(
        ({ ipAddress, ports }) =>
          ipAddress === address &&
          ports?.some((one) => one.port === Number(port) && one.protocol === protocol),
      ),
    'cp.is_domain_in_egress': (domain: string) =>
      peers.some(({ dns, dnsNames }) => dns === domain || dnsNames?.includes(domain)),
  };
}

/** For the functions that ask nothing of a profile's lists. */
function hostOf(profile: ContainerProfileSpec): RuleHost {
  const profiles = new FixedProfiles().set('c1', profile);
  const clock = new VirtualClock();
  const host = new RuleHost({ profiles, surroundings: SURROUNDINGS, clock });
  host.enter('c1');
  return host;
}
