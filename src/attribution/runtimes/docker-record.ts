import { parseTimestamp } from '#runtime/timestamp.js';
import { type Fields, fieldsOf, numberOf, textOf, textsOf } from './json-fields.ts';
import type { DescribedContainer } from './runtime-client.ts';

type Labels = Readonly<Record<string, string>>;

/** Labels that cri-dockerd gives containers beside those of the kubelet. */
const TYPE = 'io.kubernetes.docker.type';
const SANDBOX_ID = 'io.kubernetes.sandbox.id';
const OWN_LABELS: ReadonlySet<string> = new Set([
  TYPE,
  SANDBOX_ID,
  'io.kubernetes.container.name',
  'io.kubernetes.container.logpath',
]);
/** cri-dockerd keeps a pod's annotations among the labels. */
const ANNOTATION = 'annotation.';
/** Docker calls a container like this that was given no name: another one each time, so it names nothing. */
const MADE_UP_NAME = /^[a-z]+_[a-z]+\d?$/;
/** What is asked of a container that was never started. */
const NEVER = '0001-01-01';

/** True for the container that holds a pod's namespaces. */
export function isSandbox(container: Fields): boolean {
  return labelsOf(container)[TYPE] === 'podsandbox';
}

/** Empty outside Kubernetes. */
export function sandboxIdOf(container: Fields): string {
  return labelsOf(container)[SANDBOX_ID] ?? '';
}

/** What inspecting a container says of it, with what inspecting its image and its pod's sandbox say. */
export function describedContainer(
  container: Fields,
  { image, sandbox }: { readonly image: Fields; readonly sandbox: Fields | undefined },
): DescribedContainer {
  const labels = labelsOf(container);
  const state = fieldsOf(container['State']);
  const pid = numberOf(state['Pid']);
  const startedAt = textOf(state['StartedAt']);
  const isRunning = state['Running'] === true && state['Restarting'] !== true && pid > 0;
  const endedAtMs = timeOf(state['FinishedAt']);
  return {
    record: {
      id: textOf(container['Id']),
      image: imageNameOf(textOf(fieldsOf(container['Config'])['Image']), image),
      labels: {
        ...labels,
        ...nameLabel(container),
        ...(isSandbox(container) && { 'io.cri-containerd.kind': 'sandbox' }),
      },
      annotations: {},
      // Docker puts a container into a cgroup with the container's id in its name, and says only below which one.
      cgroupsPath: '',
    },
    labels,
    sandboxLabels: sandbox && podLabelsOf(labelsOf(sandbox)),
    imageDigest: imageDigestOf(image),
    run: startedAt.startsWith(NEVER) ? '' : startedAt,
    isRunning,
    pid: isRunning ? pid : 0,
    startedAtMs: timeOf(startedAt),
    ...(!isRunning &&
      endedAtMs !== undefined && {
        end: { timeMs: endedAtMs, exitCode: numberOf(state['ExitCode']) },
      }),
  };
}

function labelsOf(container: Fields): Labels {
  return textsOf(fieldsOf(container['Config'])['Labels']);
}

/** Docker has the name of a container where nerdctl has a label. */
function nameLabel(container: Fields): Labels {
  const name = textOf(container['Name']).replace(/^\//, '');
  return name === '' || MADE_UP_NAME.test(name) ? {} : { 'nerdctl/name': name };
}

function podLabelsOf(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => !OWN_LABELS.has(key) && !key.startsWith(ANNOTATION)),
  );
}

/** The image is told by its id when it was made from that, and by cri-dockerd always. */
function imageNameOf(asked: string, { RepoTags: tags }: Fields): string {
  if (asked !== '' && !/^(?:sha256:)?[0-9a-f]{64}$/.test(asked)) return asked;
  const [tag] = Array.isArray(tags) ? tags : [];
  return textOf(tag) || asked;
}

/** Of the manifest when the image came from a registry, else of its configuration, which is the image's id. */
function imageDigestOf({ RepoDigests: digests, Id: id }: Fields): string {
  const [pulled] = Array.isArray(digests) ? digests : [];
  return /(sha256:[0-9a-f]{64})$/.exec(textOf(pulled) || textOf(id))?.[1] ?? '';
}

function timeOf(value: unknown): number | undefined {
  const text = textOf(value);
  return text === '' || text.startsWith(NEVER) ? undefined : parseTimestamp(text);
}
