import type { ContainerdApi } from './containerd-api.ts';

/** The topics of containerd's events that tell of the life of containers. */
export const SUBSCRIBED_TOPICS = [
  '/tasks/create',
  '/tasks/start',
  '/tasks/exit',
  '/tasks/delete',
  '/containers/delete',
] as const;

/** Something that happened to the first process of a container. */
export type TaskEvent = {
  /** containerd's own namespace. */
  readonly namespace: string;
  readonly containerId: string;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
} & (
  | {
      /** `created` comes before its program runs. */
      readonly type: 'created' | 'started';
      readonly pid: number;
    }
  | { readonly type: 'exited'; readonly pid: number; readonly exitCode: number }
  /** The container is gone, whatever became of its process. */
  | { readonly type: 'deleted' }
);

interface Envelope {
  readonly timestamp: { readonly seconds: number; readonly nanos: number } | null;
  readonly namespace: string;
  readonly topic: string;
  readonly event: { readonly type_url: string; readonly value: Buffer } | null;
}

/**
 * What an envelope of containerd's event stream tells; undefined for what does not concern a
 * container's first process, such as the end of a program that was started in it later. Throws
 * `invalid` for bytes that cannot be read.
 */
export function taskEvent(message: unknown, api: ContainerdApi): TaskEvent | undefined {
  const { timestamp, namespace, topic, event } = message as Envelope;
  if (event === null) return undefined;
  const read = (name: string) =>
    api.decode(`containerd.events.${name}`, event.value) as Readonly<{
      id: string;
      containerId: string;
      pid: number;
      exitStatus: number;
    }>;
  const timeMs = timestamp === null ? 0 : timestamp.seconds * 1_000 + timestamp.nanos / 1e6;
  const base = { namespace, timeMs };
  switch (topic) {
    case '/tasks/create':
    case '/tasks/start': {
      const { containerId, pid } = read(topic === '/tasks/create' ? 'TaskCreate' : 'TaskStart');
      return { ...base, type: topic === '/tasks/create' ? 'created' : 'started', containerId, pid };
    }
    case '/tasks/exit':
    case '/tasks/delete': {
      const message = read(topic === '/tasks/exit' ? 'TaskExit' : 'TaskDelete');
      const { containerId, id, pid, exitStatus } = message;
      if (id !== '' && id !== containerId) return undefined;
      return { ...base, type: 'exited', containerId, pid, exitCode: exitStatus };
    }
    case '/containers/delete':
      return { ...base, type: 'deleted', containerId: read('ContainerDelete').id };
    default:
      return undefined;
  }
}
