// Stories about what a profile says: one rule for each question that rules can ask, and a container that
// executes `/ask/<question> <what is asked>…`, so that every question is put with every kind of entry.

import type { ContainerProfileSpec, NetworkNeighborhood } from '../../src/model/profile.ts';
import { compileRuleSet, type RuleSet } from '../../src/rules/rule-set.ts';
import { learned, ParityScript, START_MS, WORKLOAD, written } from './parity-script.ts';
import { GIVEN, type MeantDifference, type ParityStory } from './parity-story.ts';

/** Rule id, and what it asks of `/ask/<id> a b c`. */
const QUESTIONS = {
  syscall: 'cp.was_syscall_used(event.containerId, event.args[1])',
  capability: 'cp.was_capability_used(event.containerId, event.args[1])',
  endpoint: 'cp.was_endpoint_accessed(event.containerId, event.args[1])',
  method: 'cp.was_endpoint_accessed_with_method(event.containerId, event.args[1], event.args[2])',
  methods:
    'cp.was_endpoint_accessed_with_methods(event.containerId, event.args[1], [event.args[2], event.args[3]])',
  host: 'cp.was_host_accessed(event.containerId, event.args[1])',
  egress: 'cp.was_address_in_egress(event.containerId, event.args[1])',
  ingress: 'cp.was_address_in_ingress(event.containerId, event.args[1])',
  egressPort:
    'cp.was_address_port_protocol_in_egress(event.containerId, event.args[1], int(event.args[2]), event.args[3])',
  egressDomain: 'cp.is_domain_in_egress(event.containerId, event.args[1])',
  ingressDomain: 'cp.is_domain_in_ingress(event.containerId, event.args[1])',
  openPrefix: "cp.was_path_opened_with_prefix(event.containerId, '/etc/ssl/')",
  openSuffix: "cp.was_path_opened_with_suffix(event.containerId, '/token')",
  endpointPrefix: "cp.was_endpoint_accessed_with_prefix(event.containerId, ':8080/api')",
  endpointSuffix: "cp.was_endpoint_accessed_with_suffix(event.containerId, '/health')",
} as const;
type Question = keyof typeof QUESTIONS;

/** What stands beside the constant questions, as rules have to declare it. */
const DECLARED = {
  openPrefix: { opens: [{ prefix: '/etc/ssl/' }] },
  openSuffix: { opens: [{ suffix: '/token' }] },
  endpointPrefix: { endpoints: [{ prefix: ':8080/api' }] },
  endpointSuffix: { endpoints: [{ suffix: '/health' }] },
} as const;

/** Executed files and opened paths are asked about as they happen. */
const EVENT_RULES = [
  ruleOf(
    'exec',
    'exec',
    "event.exepath.startsWith('/ask/') || cp.was_executed(event.containerId, event.exepath)",
  ),
  ruleOf(
    'args',
    'exec',
    "event.exepath.startsWith('/ask/') || cp.was_executed_with_args(event.containerId, event.exepath, event.args)",
  ),
  ruleOf('open', 'open', 'cp.was_path_opened(event.containerId, event.path)'),
  ruleOf(
    'flags',
    'open',
    'cp.was_path_opened_with_flags(event.containerId, event.path, event.flags)',
  ),
];
const ASKING_RULES = Object.entries(QUESTIONS).map(([id, question]) => ({
  ...ruleOf(id, 'exec', `event.exepath != '/ask/${id}' || ${question}`),
  ...(id in DECLARED && { profileDataRequired: DECLARED[id as keyof typeof DECLARED] }),
}));

/** One rule for each question, compiled. */
export const QUESTION_RULES: RuleSet = compiled();
const O_WRONLY_CREAT = 0x41;

/** The container has the profile, does what it does, and asks what it asks. */
function asking(
  name: string,
  story: {
    readonly tells: string;
    readonly spec: ContainerProfileSpec;
    /** What people wrote for the workload. */
    readonly overlays?: readonly NetworkNeighborhood[];
    readonly does: (script: ParityScript) => void;
    readonly differences?: readonly MeantDifference[];
  },
): ParityStory {
  const { tells, spec, overlays = [], does, differences = [] } = story;
  const steps = () => {
    const script = new ParityScript().put(learned('web', spec));
    for (const overlay of overlays) script.put(overlay);
    script.at(1).starts('web').at(5);
    does(script);
    return script.steps;
  };
  return {
    name,
    tells,
    startMs: START_MS,
    steps,
    rules: QUESTION_RULES,
    options: GIVEN,
    differences,
  };
}

/** Executes the program that stands for a question. */
function ask(script: ParityScript, question: Question, ...asked: readonly string[]): void {
  script.exec('web', `/ask/${question}`, ...asked);
}

export const QUESTION_STORIES: readonly ParityStory[] = [
  asking('files', {
    tells: 'Files by their path, by `⋯`, and by their flags; prefixes and suffixes.',
    spec: {
      opens: [
        { path: '/etc/web.conf', flags: ['O_RDONLY'] },
        { path: '/var/lib/⋯/state', flags: ['O_RDONLY', 'O_WRONLY', 'O_CREAT'] },
        { path: '/run/secrets/token', flags: ['O_RDONLY'] },
      ],
    },
    does: (script) => {
      script.open('web', '/etc/web.conf').open('web', '/etc/web.conf', O_WRONLY_CREAT);
      script.open('web', '/var/lib/a/state', O_WRONLY_CREAT).open('web', '/var/lib/a/b/state');
      script.open('web', '/var/lib/state').open('web', '/etc/shadow');
      ask(script, 'openPrefix');
      ask(script, 'openSuffix');
    },
  }),
  asking('files, as people write them', {
    tells: 'Paths with `*` and with a slash at their end, entries without flags.',
    spec: {
      opens: [
        { path: '/srv/*', flags: ['O_RDONLY'] },
        { path: '/data/*/index', flags: ['O_RDONLY'] },
        { path: '/opt/', flags: ['O_RDONLY'] },
        { path: '/etc/hosts' },
      ],
    },
    does: (script) => {
      script.open('web', '/srv/a').open('web', '/srv/a/b').open('web', '/srv');
      script.open('web', '/data/index').open('web', '/data/a/b/index');
      script.open('web', '/opt').open('web', '/etc/hosts');
    },
    differences: [
      {
        why: 'any-segments',
        older: ['/srv/a', '/srv/a/b', '/data/index', '/data/a/b/index'].flatMap((path) => [
          `flags web ${path} O_RDONLY @5`,
          `open web ${path} O_RDONLY @5`,
        ]),
      },
      { why: 'trailing-slash', older: ['flags web /opt O_RDONLY @5', 'open web /opt O_RDONLY @5'] },
      { why: 'any-flags', older: ['flags web /etc/hosts O_RDONLY @5'] },
    ],
  }),
  asking('programs', {
    tells: 'Programs and their arguments, letter by letter.',
    spec: {
      execs: [
        { path: '/bin/date', args: ['/bin/date', '-u'] },
        { path: '/bin/ls', args: ['/bin/ls'] },
        { path: '/bin/ls', args: ['/bin/ls', '-l'] },
      ],
    },
    does: (script) => {
      script.exec('web', '/bin/date', '-u').exec('web', '/bin/date', '-s').exec('web', '/bin/ls');
      script.exec('web', '/bin/ls', '-l').exec('web', '/bin/ls', '-l', '/').exec('web', '/bin/sh');
    },
  }),
  asking('programs, as people write them', {
    tells: 'Programs by pattern, arguments by `⋯`, `⋯⋯` and none, and a password that was learned.',
    spec: {
      execs: [
        { path: '/opt/⋯/run', args: ['/opt/a/run'] },
        { path: '/bin/sh', args: ['/bin/sh', '-c', '⋯⋯'] },
        { path: '/bin/cat', args: ['/bin/cat', '⋯'] },
        { path: '/bin/date' },
        { path: '/bin/mysql', args: ['/bin/mysql', '--password=[redacted]'] },
      ],
    },
    does: (script) => {
      script.exec('web', '/opt/a/run').exec('web', '/bin/sh', '-c', 'true', 'x');
      script.exec('web', '/bin/cat', '/etc/a').exec('web', '/bin/cat', '/a', '/b');
      script.exec('web', '/bin/date', '-u').exec('web', '/bin/mysql', '--password=hunter2');
    },
    differences: [
      { why: 'program-patterns', older: ['args web /opt/a/run @5', 'exec web /opt/a/run @5'] },
      {
        why: 'argument-patterns',
        older: [
          'args web /bin/cat /etc/a @5',
          'args web /bin/date -u @5',
          'args web /bin/sh -c true x @5',
        ],
      },
      {
        why: 'redacted-arguments',
        older: ['args web /bin/mysql --password=[redacted] @5'],
      },
    ],
  }),
  asking('system calls and capabilities', {
    tells: 'Names that stand in the profile, and others.',
    spec: { syscalls: ['read', 'bpf'], capabilities: ['NET_ADMIN'] },
    does: (script) => {
      for (const name of ['read', 'bpf', 'unshare', '*']) ask(script, 'syscall', name);
      for (const name of ['NET_ADMIN', 'SYS_ADMIN']) ask(script, 'capability', name);
    },
  }),
  asking('endpoints', {
    tells: 'Endpoints by path, by `⋯`, by methods, prefix, suffix and host.',
    spec: {
      endpoints: [
        { endpoint: ':8080/api/users/⋯', methods: ['GET', 'PUT'], internal: false },
        { endpoint: ':8080/health', methods: ['GET'], internal: false },
        { endpoint: 'http://api.shop.test/items', methods: ['GET'], internal: false },
      ],
    },
    does: (script) => {
      for (const endpoint of [':8080/api/users/7', ':8080/api/users', ':9090/health']) {
        ask(script, 'endpoint', endpoint);
      }
      ask(script, 'method', ':8080/api/users/7', 'PUT');
      ask(script, 'method', ':8080/api/users/7', 'DELETE');
      ask(script, 'methods', ':8080/api/users/7', 'GET', 'PUT');
      ask(script, 'methods', ':8080/health', 'GET', 'PUT');
      ask(script, 'endpointPrefix');
      ask(script, 'endpointSuffix');
      for (const host of ['api.shop.test', 'evil.test']) ask(script, 'host', host);
    },
  }),
  asking('endpoints, as people write them', {
    tells: 'Any port, `*`, and hosts that are a part of another name.',
    spec: {
      endpoints: [
        { endpoint: ':0/metrics', methods: ['GET'], internal: false },
        { endpoint: ':8080/files/*', methods: ['GET'], internal: false },
        { endpoint: 'http://api.shop.test.evil.test/', methods: ['GET'], internal: false },
      ],
    },
    does: (script) => {
      ask(script, 'endpoint', ':9100/metrics');
      ask(script, 'endpoint', ':8080/files/a/b');
      ask(script, 'host', 'api.shop.test');
    },
    differences: [
      { why: 'any-port', older: ['endpoint web /ask/endpoint :9100/metrics @5'] },
      { why: 'any-segments', older: ['endpoint web /ask/endpoint :8080/files/a/b @5'] },
      { why: 'whole-host', ours: ['host web /ask/host api.shop.test @5'] },
    ],
  }),
  asking('addresses and ports', {
    tells: 'Addresses by themselves, in the direction they were seen, with port and protocol.',
    spec: {
      egress: [
        {
          identifier: 'db',
          type: 'internal',
          ipAddress: '10.0.0.7',
          ports: [{ name: 'TCP-5432', protocol: 'TCP', port: 5_432 }],
        },
      ],
      ingress: [{ identifier: 'lb', type: 'internal', ipAddress: '10.0.0.9' }],
    },
    does: (script) => {
      for (const address of ['10.0.0.7', '10.0.0.9', '10.0.0.70']) {
        ask(script, 'egress', address);
        ask(script, 'ingress', address);
      }
      ask(script, 'egressPort', '10.0.0.7', '5432', 'TCP');
      ask(script, 'egressPort', '10.0.0.7', '5432', 'UDP');
      ask(script, 'egressPort', '10.0.0.7', '22', 'TCP');
    },
  }),
  asking('addresses that a person allows', {
    tells: 'A NetworkNeighborhood gives a known neighbor a port and another address, and adds one.',
    spec: {
      egress: [
        {
          identifier: 'db',
          type: 'internal',
          ipAddress: '10.0.0.7',
          dnsNames: ['db.test.'],
          ports: [{ name: 'TCP-5432', protocol: 'TCP', port: 5_432 }],
        },
      ],
    },
    overlays: [
      written('NetworkNeighborhood', `ug-${WORKLOAD}`, {
        containers: [
          {
            name: 'web',
            egress: [
              {
                identifier: 'db',
                type: 'internal',
                ipAddress: '10.0.0.8',
                dnsNames: ['replica.test.'],
                ports: [{ name: 'TCP-22', protocol: 'TCP', port: 22 }],
              },
              { identifier: 'new', type: 'external', ipAddress: '10.0.0.9' },
            ],
          },
        ],
      }),
    ],
    does: (script) => {
      for (const address of ['10.0.0.7', '10.0.0.8', '10.0.0.9', '10.0.0.10']) {
        ask(script, 'egress', address);
      }
      for (const port of ['5432', '22', '80']) ask(script, 'egressPort', '10.0.0.8', port, 'TCP');
      for (const domain of ['db.test.', 'replica.test.', 'evil.test.']) {
        ask(script, 'egressDomain', domain);
      }
    },
  }),
  asking('addresses, as people write them', {
    tells: 'Networks, any address, and other ways to write one.',
    spec: {
      egress: [
        { identifier: 'net', type: 'internal', ipAddresses: ['10.1.0.0/16', '2001:db8::1'] },
      ],
      ingress: [{ identifier: 'all', type: 'external', ipAddresses: ['*'] }],
    },
    does: (script) => {
      for (const address of ['10.1.2.3', '10.2.0.1', '2001:0db8:0:0:0:0:0:1']) {
        ask(script, 'egress', address);
      }
      ask(script, 'ingress', '8.8.8.8');
    },
    differences: [
      {
        why: 'networks',
        older: [
          'egress web /ask/egress 10.1.2.3 @5',
          'egress web /ask/egress 2001:0db8:0:0:0:0:0:1 @5',
          'ingress web /ask/ingress 8.8.8.8 @5',
        ],
      },
    ],
  }),
  asking('domains', {
    tells: 'Domains letter by letter.',
    spec: {
      egress: [
        { identifier: 'pay', type: 'external', dns: 'pay.test.', dnsNames: ['api.pay.test.'] },
      ],
      ingress: [{ identifier: 'in', type: 'external', dnsNames: ['client.test.'] }],
    },
    does: (script) => {
      for (const domain of ['pay.test.', 'api.pay.test.', 'evil.test.']) {
        ask(script, 'egressDomain', domain);
      }
      for (const domain of ['client.test.', 'evil.test.']) ask(script, 'ingressDomain', domain);
    },
  }),
  asking('domains, as people write them', {
    tells: 'Domains by `*` and `⋯`, in capital letters, without the dot at the end.',
    spec: {
      egress: [
        {
          identifier: 'some',
          type: 'external',
          dnsNames: ['*.cdn.test.', 'db.⋯.shop.test.', 'pay.test.'],
        },
      ],
      ingress: [{ identifier: 'in', type: 'external', dns: 'client.test.' }],
    },
    does: (script) => {
      for (const domain of ['a.cdn.test.', 'a.b.cdn.test.', 'db.eu.shop.test.', 'PAY.test']) {
        ask(script, 'egressDomain', domain);
      }
      ask(script, 'ingressDomain', 'client.test.');
    },
    differences: [
      {
        why: 'domain-patterns',
        older: [
          'egressDomain web /ask/egressDomain PAY.test @5',
          'egressDomain web /ask/egressDomain a.cdn.test. @5',
          'egressDomain web /ask/egressDomain db.eu.shop.test. @5',
          'ingressDomain web /ask/ingressDomain client.test. @5',
        ],
      },
    ],
  }),
  asking('policies', {
    tells: 'A profile allows a process what a rule would report.',
    spec: { execs: [], rulePolicies: { exec: { processAllowed: ['web'] }, args: {} } },
    does: (script) => {
      script.exec('web', '/bin/sh');
    },
  }),
];

/** Finds something where the condition is false. */
function ruleOf(id: string, eventType: 'exec' | 'open', isFine: string) {
  return {
    id,
    name: id,
    description: id,
    enabled: true,
    severity: 1,
    profileDependency: 0,
    supportPolicy: true,
    isTriggerAlert: true,
    tags: ['context:kubernetes'],
    expressions: {
      message: `'${id}'`,
      uniqueId: 'event.comm',
      ruleExpression: [{ eventType, expression: `!(${isFine})` }],
    },
  };
}

function compiled(): RuleSet {
  const object = {
    apiVersion: 'kubescape.io/v1',
    kind: 'Rules',
    metadata: { name: 'questions' },
    spec: { rules: [...EVENT_RULES, ...ASKING_RULES] },
  };
  const objects = [{ source: 'questions', object }];
  const { set, errors } = compileRuleSet({ objects, agentVersion: '1.0.0' });
  const [first] = errors;
  if (first !== undefined) throw first;
  return set;
}
