// Every rule from real acts on this kernel, through the whole agent: in a pod that was learned doing other things each
// act raises its rule's alert; in one that was learned doing the same, none does that asks the profile. With the rules
// that come with the agent, and with those of the manifest that HULLWATCH_RULE_MANIFEST names, if it does.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { kubeconfigFor } from '../cluster/cluster-agent.ts';
import { type AgentProcess, startAgent } from './harness/agent-process.ts';
import { type HostPeers, startHostPeers } from './harness/host-peers.ts';
import { everythingImage } from './harness/images.ts';
import { type NodePodsServer, startNodePodsServer } from './harness/node-pods-server.ts';
import { type Pod, runPod } from './harness/pods.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { FURTHER_ACTS, RULE_ACTS, type RuleAct } from './harness/rule-acts.ts';
import { allRulesOn } from './harness/rule-folder.ts';
import { ensureSensor } from './harness/sensor-build.ts';
import { waitFor } from './harness/wait-for.ts';

const PROGRAM = '/usr/bin/everything';
const ALERT_TIMEOUT_MS = 5_000;
/** Long enough for all acts, one after the other. */
const LEARNING = '45s';
/** On this machine: what the runtime mounts there cannot be executed. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'exec-from-shm /dev/shm/tool':
    'the runtime mounts /dev/shm with noexec, so that nothing is started from there',
};
/** What the alert has to name, where every act raises the rule in one way or another. */
const NAMES: Readonly<Record<string, string>> = {
  R0001: '/bin/other',
  R0002: '/etc/hostname',
  R0003: 'getcpu',
  R0040: '/bin/known',
};
const MANIFEST = process.env['HULLWATCH_RULE_MANIFEST'];

type Fields = Readonly<Record<string, unknown>>;

/** A pod with one container, as the API server and the runtime know it. */
interface ActingPod {
  readonly pod: Pod;
  readonly containerId: string;
}

for (const [name, manifest] of [
  ['the rules that come with the agent', undefined],
  ...(MANIFEST ? [['the rules of the manifest', MANIFEST] as const] : []),
] as const) {
  describe(`${name}, by real acts`, {
    skip: liveRequirements([...CONTAINERD_NEEDS, 'ebpf', 'sensor']),
  }, () => {
    let folder: string;
    let containerd: PrivateContainerd;
    let server: NodePodsServer;
    let peers: HostPeers;
    let agent: AgentProcess;
    let stranger: ActingPod;
    let learned: ActingPod;
    let skipped = '';
    let alertsBefore = 0;

    const place = (act: string, { pod }: ActingPod) =>
      act
        .replaceAll('RESOLVER', peers.address)
        .replaceAll('POD-ADDRESS', pod.ip)
        .replaceAll('API-SERVER', peers.address);
    const perform = async (where: ActingPod, act: string) => {
      const words = place(act, where).split(' ');
      return where.pod.exec('acts', [PROGRAM, 'rule', ...words]);
    };
    const startPod = async (podName: string): Promise<ActingPod> => {
      const volume = join(folder, podName);
      mkdirSync(volume);
      const uid = await server.addPod(podName, {
        nodeName: 'n1',
        containers: [{ name: 'acts', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', emptyDir: {} }],
      });
      const pod = await runPod(containerd, {
        ...{ name: podName, namespace: 'shop', uid },
        containers: [
          {
            ...{ name: 'acts', image: everythingImage, volumes: { '/data': volume } },
            capabilities: ['SYS_ADMIN'],
          },
        ],
      });
      return { pod, containerId: pod.containerIds.get('acts') ?? '' };
    };
    const enforced = ({ containerId }: ActingPod) =>
      agent.waitForLog(
        new RegExp(
          `"containerId":"${containerId}".*"isEnforced":true.*"message":"profile changed"`,
        ),
        90_000,
      );
    /** Alerts of a rule about a container, from the moment on when both were learned. */
    const alertsOf = ({ containerId }: ActingPod, ruleId: string): readonly Fields[] =>
      agent.alerts
        .slice(alertsBefore)
        .map(({ alert }) => alert)
        .filter((alert) => alert['containerID'] === containerId && alert['ruleID'] === ruleId);

    before(async () => {
      ensureSensor();
      folder = mkdtempSync(join(tmpdir(), 'hullwatch-rules-'));
      containerd = await startPrivateContainerd();
      const { gateway } = containerd.network;
      peers = await startHostPeers(gateway, addressOf);
      server = await startNodePodsServer(gateway);
      const flags = {
        'containerd-socket': containerd.socket,
        store: join(folder, 'profiles.db'),
        http: 'off',
        'node-name': 'n1',
        pods: 'api',
        kubeconfig: kubeconfigFor(server.url, folder),
        'first-save': '2s',
        'update-period': '5s',
        'learning-period': LEARNING,
        'consolidation-interval': '1s',
        'refresh-interval': '1s',
        cooldown: '0',
      };
      const rules = allRulesOn(folder, manifest).flatMap((file) => ['--rules', file]);
      agent = startAgent([
        ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
        ...rules,
      ]);
      skipped = await agent.waitForLog(/the sensor is ready/, 15_000);
      [stranger, learned] = [await startPod('stranger'), await startPod('learned')];
      for (const { containerId } of [stranger, learned]) {
        await agent.waitForLog(new RegExp(`"${containerId}".*"message":"container found"`), 10_000);
      }
      await stranger.pod.exec('acts', ['/bin/known', 'its own argument']);
      await learned.pod.exec('acts', ['/bin/known', 'its own argument']);
      for (const { act } of [...RULE_ACTS, ...FURTHER_ACTS]) {
        if (act !== '') await perform(learned, act);
        // A name is learned with the address that it was given, once that is spoken to.
        const [, name] = /^dns\S+ \S+ (\S+)/.exec(act) ?? [];
        if (name) await perform(learned, `udp-send ${addressOf(`${name}.`)} 9000`);
      }
      await Promise.all([enforced(stranger), enforced(learned)]);
      alertsBefore = agent.alerts.length;
    });

    after(async () => {
      const ending = await agent?.stop();
      console.log(agent?.log.filter((line) => /^(events|ignored): /.test(line)).join('\n'));
      await server?.stop();
      await peers?.stop();
      await containerd?.stop();
      rmSync(folder, { recursive: true, force: true });
      assert.equal(ending?.exitCode, 0);
      assert.deepEqual(await containerd?.leftovers(), []);
    });

    for (const { ruleId, act, exception, silencedByLearning } of [...RULE_ACTS, ...FURTHER_ACTS]) {
      it(`${ruleId} ${act}: alerts`, async (context) => {
        const reason = reasonToSkip({ act, ...(exception && { exception }), skipped });
        if (reason) return context.skip(reason);
        const known = alertsOf(stranger, ruleId).length;
        await perform(stranger, act);
        const names = (alert: Fields) => JSON.stringify(alert).includes(NAMES[ruleId] ?? '');
        const alert = await waitFor(
          `an alert of ${ruleId}`,
          () => alertsOf(stranger, ruleId).slice(known).find(names),
          ALERT_TIMEOUT_MS,
        );
        assert.equal(alert['podName'], 'stranger');
      });

      it(`${ruleId} ${act}: ${silencedByLearning ? 'does not when it was learned' : 'does even so'}`, async (context) => {
        const reason = reasonToSkip({ act, ...(exception && { exception }), skipped });
        if (reason) return context.skip(reason);
        const known = alertsOf(learned, ruleId).length;
        await perform(learned, act);
        if (!silencedByLearning) {
          const isThere = () => alertsOf(learned, ruleId).length > known;
          await waitFor(`an alert of ${ruleId}`, isThere, ALERT_TIMEOUT_MS);
          return;
        }
        // Whatever comes of the act comes before what comes of the one after it.
        const ptraces = alertsOf(learned, 'R1015').length;
        await perform(learned, 'ptrace-attach');
        await waitFor('the act after it', () => alertsOf(learned, 'R1015').length > ptraces, 5_000);
        const raised = alertsOf(learned, ruleId).slice(known);
        assert.deepEqual(
          raised.map(({ message }) => message),
          [],
        );
      });
    }
  });
}

/** The address of a name: another one for each of the acts' names. */
function addressOf(name: string): string {
  return `203.0.113.${100 + name.length}`;
}

function reasonToSkip({
  act,
  exception,
  skipped,
}: Pick<RuleAct, 'act' | 'exception'> & { readonly skipped: string }): string | undefined {
  if (act === '') return exception ?? 'no act raises it';
  const isRandomx = act.startsWith('randomx');
  if (isRandomx && /randomx|fpu/.test(/"skipped":.*$/.exec(skipped)?.[0] ?? '')) return exception;
  return NOT_HERE[act];
}
