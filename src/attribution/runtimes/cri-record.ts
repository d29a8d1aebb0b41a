import { type Fields, fieldsOf, numberOf, parseFields, textOf, textsOf } from './json-fields.ts';
import type { DescribedContainer } from './runtime-client.ts';

const SANDBOX_ID = 'io.kubernetes.cri.sandbox-id';
const IMAGE_NAME = 'io.kubernetes.cri.image-name';
const CRIO_IMAGE_NAME = 'io.kubernetes.cri-o.ImageName';

/** The sandbox of a container, of the `info` that a runtime gives with its status. */
export function sandboxIdOfInfo(info: unknown): string {
  return textOf(detailsOf(info)['sandboxID']);
}

/** What the answer of `ContainerStatus` says of a container, with its sandbox and what `ImageStatus` says of its image. */
export function describedContainer(
  answer: Fields,
  { sandbox, image }: { readonly sandbox: DescribedContainer | undefined; readonly image: Fields },
): DescribedContainer {
  const status = fieldsOf(answer['status']);
  const details = detailsOf(answer['info']);
  const spec = fieldsOf(details['runtimeSpec']);
  const labels = textsOf(status['labels']);
  const state = textOf(status['state']);
  const pod = sandbox?.record.labels ?? {};
  const startedAt = numberOf(status['startedAt']);
  const finishedAt = numberOf(status['finishedAt']);
  return {
    record: {
      id: textOf(status['id']),
      image: textOf(fieldsOf(status['image'])['image']),
      labels: {
        ...podLabelsOf(pod),
        'io.kubernetes.container.name': textOf(fieldsOf(status['metadata'])['name']),
        ...labels,
        'io.cri-containerd.kind': 'container',
      },
      annotations: annotationsOf(status, spec, sandbox?.record.id),
      cgroupsPath: textOf(fieldsOf(spec['linux'])['cgroupsPath']),
    },
    labels,
    sandboxLabels: sandbox?.labels,
    imageDigest: imageDigestOf(textOf(status['imageRef']), image),
    run: startedAt > 0 ? String(startedAt) : '',
    isRunning: state === 'CONTAINER_RUNNING',
    pid: numberOf(details['pid']),
    startedAtMs: startedAt > 0 ? startedAt / 1e6 : undefined,
    ...(finishedAt > 0 && {
      end: { timeMs: finishedAt / 1e6, exitCode: numberOf(status['exitCode']) },
    }),
  };
}

/** What the answer of `PodSandboxStatus` says of a sandbox. */
export function describedSandbox(answer: Fields): DescribedContainer {
  const status = fieldsOf(answer['status']);
  const details = detailsOf(answer['info']);
  const { name, namespace, uid } = fieldsOf(status['metadata']);
  const labels = textsOf(status['labels']);
  const createdAt = numberOf(status['createdAt']);
  return {
    record: {
      id: textOf(status['id']),
      image: textOf(details['image']),
      labels: {
        ...podLabels({ name: textOf(name), namespace: textOf(namespace), uid: textOf(uid) }),
        ...labels,
        'io.cri-containerd.kind': 'sandbox',
      },
      annotations: {},
      cgroupsPath: textOf(fieldsOf(fieldsOf(details['runtimeSpec'])['linux'])['cgroupsPath']),
    },
    labels,
    imageDigest: '',
    run: String(createdAt),
    isRunning: textOf(status['state']) === 'SANDBOX_READY',
    pid: numberOf(details['pid']),
    startedAtMs: createdAt / 1e6,
  };
}

/** containerd and CRI-O put the same names into it, as JSON. */
function detailsOf(info: unknown): Fields {
  return parseFields(textsOf(info)['info'] ?? '');
}

function podLabels({
  name,
  namespace,
  uid,
}: Readonly<Record<'name' | 'namespace' | 'uid', string>>) {
  return {
    'io.kubernetes.pod.name': name,
    'io.kubernetes.pod.namespace': namespace,
    'io.kubernetes.pod.uid': uid,
  };
}

/** Of the sandbox's labels those that say which pod it is: the kubelet gives them to containers too, others need not. */
function podLabelsOf(labels: Readonly<Record<string, string>>) {
  return podLabels({
    name: labels['io.kubernetes.pod.name'] ?? '',
    namespace: labels['io.kubernetes.pod.namespace'] ?? '',
    uid: labels['io.kubernetes.pod.uid'] ?? '',
  });
}

function annotationsOf(status: Fields, spec: Fields, sandboxId: string | undefined) {
  const annotations = { ...textsOf(status['annotations']), ...textsOf(spec['annotations']) };
  const asked = textOf(fieldsOf(status['image'])['userSpecifiedImage']);
  const image = annotations[IMAGE_NAME] ?? annotations[CRIO_IMAGE_NAME] ?? asked;
  return {
    ...annotations,
    ...(image !== '' && { [IMAGE_NAME]: image }),
    ...(sandboxId !== undefined && { [SANDBOX_ID]: sandboxId }),
  };
}

/** Of the manifest when the image came from a registry, else of its configuration, which is the image's id. */
function imageDigestOf(imageRef: string, { id, repoDigests }: Fields): string {
  const digests: readonly unknown[] = Array.isArray(repoDigests) ? repoDigests : [];
  const pulled = [imageRef, ...digests.map(textOf)].find((each) => each.includes('@'));
  const [, digest = ''] =
    /(?:^|[@:])([0-9a-f]{64})$/.exec(pulled ?? (textOf(id) || imageRef)) ?? [];
  return digest && `sha256:${digest}`;
}
