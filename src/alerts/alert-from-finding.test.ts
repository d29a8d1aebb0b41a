import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { AlertProcess } from '#model/alert.js';
import type { ProcessNode } from '#model/attributed-event.js';
import { alertFromFinding } from './alert-from-finding.ts';
import { aFinding, anOpenFinding, aProcess, type FindingChanges } from './testing/findings.ts';

const node = { nodeName: 'n1', hostName: 'h1', agentVersion: '9.9' };

function alertOf(changes: FindingChanges = {}) {
  return alertFromFinding(aFinding(changes), node);
}

describe('alertFromFinding', () => {
  it('fills the public shape for an exec', () => {
    const { processTree, ...alert } = alertOf();
    assert.deepEqual(alert, {
      alertName: 'Unexpected process launched',
      alertType: 0,
      alertSourcePlatform: 1,
      ruleID: 'R0001',
      ruleDescription: 'A program that was not learned.',
      severity: 4,
      isTriggerAlert: true,
      message: '/bin/dash was started by nginx',
      uniqueID: createHash('md5').update('/bin/dash < nginx').digest('hex'),
      timestamp: '2026-01-31T12:00:00.250Z',
      nanoseconds: 250_500_000,
      agentVersion: '9.9',
      infectedPID: 1_234,
      arguments: {
        message: '/bin/dash was started by nginx',
        apChecksum: 'abc',
        exec: '/bin/dash',
        args: ['sh', '-c', 'id'],
      },
      identifiers: {
        process: { name: 'sh', commandLine: 'sh -c id' },
        file: { name: 'dash', directory: '/bin' },
      },
      profileMetadata: {
        status: 'completed',
        completion: 'complete',
        name: 'replicaset-web-5d-web',
        failOnProfile: true,
        type: 0,
        profileDependency: 0,
      },
      containerID: '0123456789abcdef',
      containerName: 'web',
      image: 'shop/web:1',
      imageDigest: 'sha256:77',
      namespace: 'shop',
      podName: 'web-5d-x',
      podNamespace: 'shop',
      podUID: 'u1',
      podLabels: { app: 'web' },
      workloadName: 'web',
      workloadNamespace: 'shop',
      workloadKind: 'Deployment',
      nodeName: 'n1',
      hostName: 'h1',
      mitreTactic: 'TA0002',
      mitreTechnique: 'T1204',
      fixSuggestions: `If this is expected, \`hullwatch profiles allow ${alert.idempotencyKey}\` prints what allows it.`,
      idempotencyKey: alert.idempotencyKey,
      reason: {
        short:
          'the profile replicaset-web-5d-web does not allow it; most like it there is exec /usr/sbin/nginx -g',
        expressions: ['!cp.was_executed(…)'],
        nearest: 'exec /usr/sbin/nginx -g',
      },
      profileCompleteness: { completion: 'complete' },
      ancestry: [{ pid: 100, comm: 'nginx', path: '/usr/sbin/nginx', cmdline: 'nginx -g' }],
      processTreeDepth: 2,
    });
    assert.match(alert.idempotencyKey, /^[0-9a-f]{32}$/);
    assert.equal(processTree?.comm, 'nginx');
  });

  it('says of an open the path as the kernel had it, its flags, and the file', () => {
    const alert = alertFromFinding(anOpenFinding(), node);
    assert.deepEqual(alert.arguments, {
      message: '/bin/dash was started by nginx',
      apChecksum: 'abc',
      path: '/etc//shadow',
      flags: ['O_RDONLY', 'O_CLOEXEC'],
    });
    assert.deepEqual(alert.identifiers, {
      process: { name: 'sh', commandLine: 'sh -c id' },
      file: { name: 'shadow', directory: '/etc' },
    });
  });

  it('leaves out what a container outside Kubernetes has not', () => {
    const finding = aFinding();
    const { pod: _pod, ...container } = finding.subject.container;
    const alert = alertFromFinding(
      { ...finding, subject: { ...finding.subject, container } },
      node,
    );
    assert.equal(alert.alertSourcePlatform, 2);
    assert.equal('podName' in alert, false);
  });

  it('tells a verdict from a guess, and why there is no profile', () => {
    const ready = { name: 'p', status: 'ready' as const, checksum: 'x' };
    const learning = alertOf({ finding: { profile: ready } });
    assert.equal(learning.profileMetadata?.failOnProfile, false);
    const none = { name: '', error: 'no profile yet', checksum: '' };
    const without = alertOf({
      finding: { profile: none },
      rule: { profileDependency: 1, tags: ['networkprofile'] },
    });
    assert.deepEqual(without.profileMetadata, {
      ...{ status: '', completion: '', name: '', failOnProfile: false, type: 1 },
      ...{ profileDependency: 1, errorMessage: 'no profile yet' },
    });
    assert.equal('apChecksum' in without.arguments, false);
  });

  it('says nothing of a profile for a rule that needs none', () => {
    assert.equal(alertOf({ rule: { profileDependency: 2 } }).profileMetadata, undefined);
    assert.equal(alertOf({ finding: { profile: undefined } }).profileMetadata, undefined);
  });

  it('names cluster and workload by id where they are known', () => {
    const workload = { kind: 'Deployment', name: 'web', uid: 'w1' };
    const named = alertFromFinding(aFinding({ container: { workload } }), {
      ...node,
      clusterName: 'prod',
    });
    assert.equal(named.clusterName, 'prod');
    assert.equal(named.workloadUID, 'w1');
    assert.equal('clusterName' in alertOf(), false);
    assert.equal('workloadUID' in alertOf(), false);
  });

  it('says how complete the profile is, and why not', () => {
    const partialBecause = ['events were lost'];
    const state = { name: 'p', status: 'completed', completion: 'partial', checksum: 'x' } as const;
    const profile = { ...state, partialBecause };
    const finding = { profile, reason: { expressions: ['true'] } };
    const alert = alertOf({ finding });
    assert.deepEqual(alert.profileCompleteness, { completion: 'partial', partialBecause });
    assert.equal(
      alert.reason.short,
      'the profile p, which was learned only partly, holds nothing like it',
    );
    assert.equal(alertOf({ rule: { profileDependency: 2 } }).profileCompleteness, undefined);
  });

  it('suggests to allow only what a profile could allow', () => {
    const reason = { expressions: ['true'] };
    const free = alertOf({ rule: { profileDependency: 2 } });
    assert.equal(free.fixSuggestions, undefined);
    assert.equal(free.reason.short, 'R0001 alerts on this whatever the profile holds');
    const none = { name: '', error: 'no profile yet', checksum: '' };
    const without = alertOf({ finding: { profile: none, reason }, rule: { profileDependency: 1 } });
    assert.equal(without.fixSuggestions, undefined);
    assert.equal(
      without.reason.short,
      'R0001 alerts on this, and no profile could allow it: no profile yet',
    );
  });

  it('lists the ancestors from the parent outwards', () => {
    const parent = aProcess({
      parent: aProcess({ pid: 1, comm: 'init', exePath: '/init', args: [] }),
    });
    const { ancestry, processTreeDepth } = alertOf({ process: { parent } });
    assert.deepEqual(ancestry, [
      { pid: 100, comm: 'nginx', path: '/usr/sbin/nginx', cmdline: 'nginx -g' },
      { pid: 1, comm: 'init', path: '/init', cmdline: 'init' },
    ]);
    assert.equal(processTreeDepth, 3);
    assert.deepEqual(alertOf({ process: { parent: undefined } }).ancestry, []);
  });

  it('lets no secret out, wherever a process could have put it', () => {
    const secret = 'hunter2hunter2';
    const args = ['mysql', `--password=${secret}`];
    const parent = aProcess({ args, comm: 'mysql' });
    const alert = alertOf({
      event: { args },
      process: { args, parent },
      finding: {
        message: `ran mysql --password=${secret}`,
        reason: { expressions: ['true'], nearest: `exec /bin/mysql --password=${secret}` },
      },
    });
    const text = JSON.stringify(alert);
    assert.equal(text.includes(secret), false, text);
    assert.ok(text.includes('--password='));
  });

  it('names the Deployment or CronJob that a person knows', () => {
    const instanceId = aFinding().subject.container.instanceId;
    const named = (kind: string, name: string, workloadKind: string) =>
      alertOf({ container: { workloadKind, instanceId: { ...instanceId, kind, name } } })
        .workloadName;
    assert.equal(named('ReplicaSet', 'web-5d', 'Deployment'), 'web');
    assert.equal(named('ReplicaSet', 'web-5d', 'ReplicaSet'), 'web-5d');
    assert.equal(named('ReplicaSet', 'other', 'Deployment'), 'other');
    assert.equal(named('Job', 'backup-29000000', 'CronJob'), 'backup');
    assert.equal(named('DaemonSet', 'log', 'DaemonSet'), 'log');
  });
});

function depthOf(tree: AlertProcess | undefined): number {
  const [child] = Object.values(tree?.childrenMap ?? {});
  return child === undefined ? 1 : 1 + depthOf(child);
}

describe('the process tree of an alert', () => {
  it('goes from the outermost ancestor down to the process', () => {
    const { processTree } = alertOf({
      process: { parent: aProcess({ parent: aProcess({ pid: 1, comm: 'init' }) }) },
    });
    assert.equal(processTree?.comm, 'init');
    const nginx = processTree?.childrenMap?.['nginx,100'];
    assert.equal(nginx?.cmdline, 'nginx -g');
    assert.equal(nginx?.pcomm, 'init');
    const self = nginx?.childrenMap?.['sh,1234'];
    assert.deepEqual(self, {
      ...{ pid: 1_234, ppid: 100, comm: 'sh', pcomm: 'nginx', uid: 33, gid: 33 },
      ...{ cmdline: 'sh -c id', path: '/bin/dash', cwd: '/srv', upperLayer: true },
      startTime: '2026-01-31T12:00:00.250Z',
    });
  });

  it('takes what the exec says, even if the process is remembered as it was before', () => {
    const before = { comm: 'nginx', args: [], exePath: '', cwd: '', upperLayer: false };
    const { processTree } = alertOf({ process: { ...before, parent: undefined } });
    assert.equal(processTree?.cmdline, 'sh -c id');
    assert.equal(processTree?.path, '/bin/dash');
    assert.equal(processTree?.upperLayer, true);
  });

  it('nests below who started it, and tells the kernel’s parent and the user at that moment', () => {
    const { processTree, ancestry } = alertOf({
      event: { ppid: 1, parentComm: 'init', uid: 33, gid: 34 },
      // By now it may be another user: what is remembered changes with each event.
      process: { ppid: 77, uid: 0, gid: 0, parent: aProcess() },
    });
    const self = processTree?.childrenMap?.['sh,1234'];
    assert.deepEqual([self?.ppid, self?.pcomm, self?.uid, self?.gid], [1, 'init', 33, 34]);
    assert.deepEqual(
      ancestry?.map(({ pid }) => pid),
      [100],
    );
  });

  it('is of depth one where no ancestor is known', () => {
    const { processTree, processTreeDepth } = alertOf({ process: { parent: undefined } });
    assert.deepEqual([processTreeDepth, depthOf(processTree)], [1, 1]);
  });

  it('is cut off where it has no end', () => {
    const loop: ProcessNode = {
      ...aProcess(),
      get parent() {
        return loop;
      },
    };
    const { processTree, processTreeDepth } = alertOf({ process: { parent: loop } });
    assert.deepEqual([depthOf(processTree), processTreeDepth], [64, 64]);
  });
});
