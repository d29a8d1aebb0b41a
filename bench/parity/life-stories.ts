// Stories about which profile a container is judged by, and from when on.
import { fileURLToPath } from 'node:url';
import { isContainerEvent } from '../../src/sensor/recording-entry.ts';
import { RecordingReader } from '../../src/sensor/recording-reader.ts';
import { intrusion } from '../../test/scenarios/story.ts';
import {
  learned,
  ParityScript,
  type ParityStep,
  START_MS,
  WORKLOAD,
  written,
} from './parity-script.ts';
import { GIVEN, LEARNING, type ParityStory } from './parity-story.ts';

const SHOP = fileURLToPath(new URL('../../examples/recordings/web-shop.ndjson', import.meta.url));
const OVERLAY = `ug-${WORKLOAD}`;
const WEB = {
  execs: [{ path: '/usr/bin/web' }, { path: '/bin/date' }],
  opens: [{ path: '/etc/web.conf' }],
};

/** A story told with a script; `GIVEN` unless it says otherwise. */
function told(
  story: Pick<ParityStory, 'name' | 'tells' | 'differences'> & {
    readonly options?: ParityStory['options'];
    readonly script: () => ParityScript;
  },
): ParityStory {
  const { script, options = GIVEN, ...about } = story;
  return { ...about, options, startMs: START_MS, steps: () => script().steps };
}

/** Learns ten seconds long what `intrusion` learns, in a container of that run. */
function serving(script: ParityScript, run: string, [from, to]: readonly [number, number]) {
  for (let second = from; second < to; second += 1) {
    script.at(second).exec(run, '/usr/bin/web').open(run, '/etc/web.conf');
  }
  return script;
}

export const LIFE_STORIES: readonly ParityStory[] = [
  {
    name: 'the web shop that is shipped',
    tells: 'Two containers are learned from their start; then one of them is broken into.',
    startMs: (await shopSteps()).startMs,
    steps: async function* () {
      yield* (await shopSteps()).steps;
    },
    options: { ...LEARNING, learningPeriod: '15s', updatePeriod: '5s' },
    differences: [],
  },
  {
    name: 'an intrusion',
    tells: 'One container is learned for ten seconds, serves on, and is broken into.',
    startMs: START_MS,
    steps: () => intrusion().entries.map((entry) => ({ timeMs: entry.timeMs, entry })),
    options: LEARNING,
    differences: [],
  },
  told({
    name: 'a restart',
    tells:
      'A container that was learned ends and starts again; an intruder comes at once and later.',
    options: LEARNING,
    script: () => {
      const script = serving(new ParityScript().at(0.1).starts('web'), 'web', [1, 13]);
      script.at(20).ends('web').at(25).starts('web', { run: 'web again' });
      script.at(25.2).exec('web again', '/bin/early').at(30).exec('web again', '/bin/sh');
      return script.exec('web again', '/usr/bin/web').open('web again', '/etc/shadow');
    },
    differences: [{ why: 'at-once', ours: ['R0001 web /bin/early @25.2'] }],
  }),
  told({
    name: 'a crash while learning',
    tells:
      'A container crashes at its first start; what it did is a partial profile, by which its next life is not judged. The next life is learned to its end, and then judged.',
    options: LEARNING,
    script: () => {
      const script = serving(new ParityScript().at(0.1).starts('web'), 'web', [1, 5]);
      script.at(5).ends('web', 1).at(8).starts('web', { run: 'web again' });
      serving(script, 'web again', [9, 22]);
      return script.at(12).exec('web again', '/bin/migrate').at(30).exec('web again', '/bin/sh');
    },
    differences: [],
  }),
  told({
    name: 'a partial profile and a container that ran before',
    tells: 'The profile is partial, and the container ran before the agent: it is judged by it.',
    script: () =>
      new ParityScript()
        .put(learned('web', WEB, { completion: 'partial' }))
        .at(1)
        .starts('web', { preExisting: true })
        .at(5)
        .exec('web', '/bin/date')
        .exec('web', '/bin/sh'),
    differences: [],
  }),
  told({
    name: 'losses while learning',
    tells: 'Events are lost while a container is learned, so its profile is partial for good.',
    options: LEARNING,
    script: () => {
      const script = serving(new ParityScript().at(0.1).starts('web'), 'web', [1, 13]);
      return script.at(4).lost(3).at(90).exec('web', '/usr/bin/web').exec('web', '/bin/sh');
    },
    differences: [{ why: 'own-partial', ours: ['R0001 web /bin/sh @90'] }],
  }),
  told({
    name: 'overlays come, change and go',
    tells: 'A person allows a program and a file, then another program, then takes all of it back.',
    script: () => {
      const allowing = (...programs: readonly string[]) =>
        written('ApplicationProfile', OVERLAY, {
          containers: [
            {
              name: 'web',
              execs: programs.map((path) => ({ path })),
              opens: [{ path: '/etc/backup.conf', flags: ['O_RDONLY'] }],
            },
          ],
        });
      const tries = (script: ParityScript, second: number) =>
        script
          .at(second)
          .exec('web', '/bin/backup')
          .exec('web', '/bin/restore')
          .open('web', '/etc/backup.conf')
          .exec('web', '/bin/sh');
      const script = new ParityScript().put(learned('web', WEB)).at(1).starts('web');
      tries(script, 5).at(6).put(allowing('/bin/backup'));
      tries(script, 20).at(21).put(allowing('/bin/restore'));
      tries(script, 35).at(36).remove('ApplicationProfile', OVERLAY);
      return tries(script, 50);
    },
    differences: [],
  }),
  told({
    name: 'an overlay and nothing learned',
    tells: 'There is no learned profile, only what a person wrote.',
    script: () =>
      new ParityScript()
        .put(written('ApplicationProfile', OVERLAY, { containers: [{ name: 'web', ...WEB }] }))
        .at(1)
        .starts('web')
        .at(5)
        .exec('web', '/bin/date')
        .exec('web', '/bin/sh'),
    differences: [{ why: 'overlay-alone', ours: ['R0001 web /bin/sh @5'] }],
  }),
  told({
    name: 'an overlay that names another container',
    tells: 'A person allows a program to the sidecar only.',
    script: () =>
      new ParityScript()
        .put(learned('web', WEB))
        .put(learned('proxy', { execs: [{ path: '/usr/bin/proxy' }] }))
        .put(
          written('ApplicationProfile', OVERLAY, {
            containers: [{ name: 'proxy', execs: [{ path: '/bin/sh' }] }],
          }),
        )
        .at(1)
        .starts('web')
        .starts('proxy')
        .at(5)
        .exec('web', '/bin/sh')
        .exec('proxy', '/bin/sh'),
    differences: [],
  }),
  told({
    name: 'a pod of three containers',
    tells: 'Each container does what another one may do, an init container among them.',
    script: () => {
      const script = new ParityScript()
        .put(learned('web', WEB))
        .put(learned('proxy', { execs: [{ path: '/usr/bin/proxy' }] }))
        .put(learned('setup', { execs: [{ path: '/bin/setup' }] }, { type: 'initContainers' }))
        .at(1)
        .starts('setup', { type: 'initContainers' })
        .starts('web')
        .starts('proxy')
        .at(5);
      for (const run of ['setup', 'web', 'proxy']) {
        for (const path of ['/bin/setup', '/usr/bin/web', '/usr/bin/proxy']) script.exec(run, path);
      }
      return script;
    },
    differences: [],
  }),
  told({
    name: 'a sidecar that is still learned',
    tells: 'The one container is learned to its end, the other one is not until later.',
    script: () => {
      const proxy = { execs: [{ path: '/usr/bin/proxy' }] };
      return new ParityScript()
        .put(learned('web', WEB))
        .put(learned('proxy', proxy, { status: 'ready' }))
        .at(1)
        .starts('web')
        .starts('proxy')
        .at(5)
        .exec('web', '/bin/sh')
        .exec('proxy', '/bin/sh')
        .at(6)
        .put(learned('proxy', proxy))
        .at(15)
        .exec('web', '/bin/sh')
        .exec('proxy', '/bin/sh');
    },
    differences: [{ why: 'own-state', ours: ['R0001 web /bin/sh @5'] }],
  }),
  told({
    name: 'a sidecar whose profile is partial',
    tells: 'The one container was learned whole, the other one was not.',
    script: () =>
      new ParityScript()
        .put(learned('web', WEB))
        .put(learned('proxy', { execs: [] }, { completion: 'partial' }))
        .at(1)
        .starts('web')
        .starts('proxy')
        .at(5)
        .exec('web', '/bin/sh')
        .exec('proxy', '/bin/sh'),
    differences: [{ why: 'own-state', ours: ['R0001 web /bin/sh @5'] }],
  }),
  told({
    name: 'a container that was never learned',
    tells: 'The pod has a profile for one of its containers, and none for the other.',
    script: () =>
      new ParityScript()
        .put(learned('web', WEB))
        .at(1)
        .starts('web')
        .starts('proxy')
        .at(5)
        .exec('web', '/bin/sh')
        .exec('proxy', '/usr/bin/proxy')
        .open('proxy', '/etc/proxy.conf'),
    differences: [
      {
        why: 'own-profile',
        older: ['R0001 proxy /usr/bin/proxy @5', 'R0002 proxy /etc/proxy.conf O_RDONLY @5'],
      },
    ],
  }),
  told({
    name: 'no profile at all',
    tells: 'Nothing is stored about the workload.',
    script: () => new ParityScript().at(1).starts('web').at(5).exec('web', '/bin/sh'),
    differences: [],
  }),
  told({
    name: 'a learned profile that is deleted',
    tells: 'The container is judged, then its profile is deleted and it is not any more.',
    script: () => {
      const profile = learned('web', WEB);
      return new ParityScript()
        .put(profile)
        .at(1)
        .starts('web')
        .at(5)
        .exec('web', '/bin/sh')
        .at(6)
        .remove('ContainerProfile', profile.metadata.name)
        .at(20)
        .exec('web', '/bin/sh')
        .at(21)
        .put(learned('web', { execs: [{ path: '/bin/sh' }] }))
        .at(35)
        .exec('web', '/bin/sh')
        .exec('web', '/bin/date');
    },
    differences: [],
  }),
  told({
    name: 'the last moments',
    tells: 'A container ends; an event of its last moments comes after the news of its end.',
    script: () =>
      new ParityScript()
        .put(learned('web', WEB))
        .at(1)
        .starts('web')
        .at(5)
        .exec('web', '/bin/sh')
        .at(6)
        .ends('web')
        .at(6.1)
        .exec('web', '/bin/last'),
    differences: [{ why: 'last-events', ours: ['R0001 web /bin/last @6.1'] }],
  }),
  told({
    name: 'learning ends between two lists',
    tells: 'A profile is completed. The lists are read every half minute.',
    options: { ...GIVEN, refreshInterval: '30s' },
    script: () =>
      new ParityScript()
        .put(learned('web', WEB, { status: 'ready' }))
        .at(1)
        .starts('web')
        .at(40)
        .exec('web', '/bin/before')
        .at(41)
        .put(learned('web', WEB))
        .at(42)
        .exec('web', '/bin/soon')
        .at(100)
        .exec('web', '/bin/later'),
    differences: [{ why: 'at-once', ours: ['R0001 web /bin/soon @42'] }],
  }),
  told({
    name: 'a profile that is too large',
    tells: 'The storage refused to let the profile grow further.',
    script: () =>
      new ParityScript()
        .put(learned('web', WEB, { status: 'too-large' }))
        .at(1)
        .starts('web')
        .at(5)
        .exec('web', '/bin/date')
        .exec('web', '/bin/sh'),
    differences: [{ why: 'too-large', ours: ['R0001 web /bin/sh @5'] }],
  }),
  told({
    name: 'a user-defined ApplicationProfile',
    tells: 'The pod names an ApplicationProfile that a person wrote; nothing was learned.',
    script: () =>
      new ParityScript()
        .put(written('ApplicationProfile', 'mine', { containers: [{ name: 'web', ...WEB }] }))
        .at(1)
        .starts('web', { label: 'mine' })
        .at(5)
        .exec('web', '/bin/date')
        .exec('web', '/bin/sh')
        .open('web', '/etc/shadow'),
    differences: [],
  }),
  told({
    name: 'a user-defined ApplicationProfile beside a learned one',
    tells: 'There is a learned profile from before the pod named one that a person wrote.',
    script: () =>
      new ParityScript()
        .put(learned('web', { execs: [{ path: '/bin/learned' }] }))
        .put(written('ApplicationProfile', 'mine', { containers: [{ name: 'web', ...WEB }] }))
        .at(1)
        .starts('web', { label: 'mine' })
        .at(5)
        .exec('web', '/bin/date')
        .exec('web', '/bin/learned')
        .exec('web', '/bin/sh'),
    differences: [{ why: 'on-top', older: ['R0001 web /bin/learned @5'] }],
  }),
  told({
    name: 'a ContainerProfile that a person wrote',
    tells: 'The pod names it, and it changes.',
    script: () =>
      new ParityScript()
        .put(written('ContainerProfile', 'mine', WEB))
        .at(1)
        .starts('web', { label: 'mine' })
        .at(5)
        .exec('web', '/bin/date')
        .exec('web', '/bin/sh')
        .at(6)
        .put(written('ContainerProfile', 'mine', { execs: [{ path: '/bin/sh' }] }))
        .at(15)
        .exec('web', '/bin/date')
        .exec('web', '/bin/sh'),
    differences: [{ why: 'authored', ours: ['R0001 web /bin/sh @5', 'R0001 web /bin/date @15'] }],
  }),
];

async function shopSteps(): Promise<{ startMs: number; steps: readonly ParityStep[] }> {
  const reader = new RecordingReader(SHOP);
  const steps: ParityStep[] = [];
  for await (const entry of reader.entries()) steps.push({ timeMs: entry.timeMs, entry });
  const containers = steps.filter((step) => 'entry' in step && isContainerEvent(step.entry));
  if (containers.length === 0) throw new Error(`${SHOP} has no containers`);
  return { startMs: reader.header?.timeMs ?? 0, steps };
}
