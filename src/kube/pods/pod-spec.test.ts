import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { parseNodePod } from './node-pod.ts';
import { NodePods } from './node-pods.ts';
import { podSpecOf } from './pod-spec.ts';
import { rawPod } from './testing/sample-pod.ts';

const WEB = {
  name: 'web',
  image: 'shop/web:1',
  command: ['/bin/web', '--port', '80'],
  args: ['-v'],
  env: [{ name: 'A', value: 'secret' }],
  lifecycle: {
    preStop: { exec: { command: ['/bin/sh', '-c', 'sleep 5'] } },
    postStart: { httpGet: { port: 80 } },
  },
  volumeMounts: [{ name: 'data', mountPath: '/data' }, { name: 'odd' }, { mountPath: '/etc/x' }],
};

describe('the spec of a pod', () => {
  it('is kept as far as rules ask for it', () => {
    const spec = {
      containers: [WEB],
      initContainers: [{ name: 'init' }],
      volumes: [{ name: 'x' }],
    };
    assert.deepEqual(podSpecOf(spec), {
      containers: [
        {
          name: 'web',
          command: ['/bin/web', '--port', '80'],
          preStopCommand: ['/bin/sh', '-c', 'sleep 5'],
          mountPaths: ['/data', '/etc/x'],
        },
      ],
      initContainers: [{ name: 'init', mountPaths: [] }],
      ephemeralContainers: [],
    });
  });

  it('is told of the pods of this node, until they are gone', () => {
    const pods = new NodePods({ clock: new VirtualClock() });
    const item = parseNodePod(rawPod({ name: 'web-0', spec: { containers: [WEB] } }));
    pods.apply({ type: 'added', item });
    assert.deepEqual(pods.podSpecOf('shop', 'web-0')?.containers[0]?.mountPaths, [
      '/data',
      '/etc/x',
    ]);
    assert.equal(pods.podSpecOf('other', 'web-0'), undefined);
    pods.apply({ type: 'deleted', item });
    assert.equal(pods.podSpecOf('shop', 'web-0'), undefined);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, other) => {
        podSpecOf(value);
        const container = { name: 'x', command: value, lifecycle: other, volumeMounts: value };
        podSpecOf({ containers: [container, value], initContainers: other });
      }),
    );
  });
});
