import { AgentError } from '#model/agent-error.js';
import { lookAt } from './place-look.ts';

/** One line of `hullwatch doctor`. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, for a person. */
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** A container runtime that is to be asked. */
interface ProbedRuntime {
  /** Of the check. */
  readonly name: string;
  /** As a person calls it. */
  readonly title: string;
  readonly socketPath: string;
  /** What a person types to see whether it runs. */
  readonly look: string;
  /** Asks for the least that watching containers needs; gives what was found, for a person. */
  readonly ask: () => Promise<string>;
}

/** Whether a container runtime answers at its socket. Never rejects: what went wrong is the check's detail. */
export async function probeSocket({
  name,
  title,
  socketPath,
  look,
  ask,
}: ProbedRuntime): Promise<Check> {
  const problem = await socketProblem(socketPath, title);
  if (problem !== undefined) return { name, ok: false, ...problem };
  try {
    return { name, ok: true, detail: await ask() };
  } catch (reason) {
    const { message } = AgentError.from(reason);
    const isDenied = /EACCES|permission denied/i.test(message);
    return {
      name,
      ok: false,
      detail: `${socketPath}: ${message}`,
      fix: isDenied
        ? 'run as root, or as a user that may use the socket'
        : `see that ${title} runs and that this is its socket: ${look}`,
    };
  }
}

async function socketProblem(
  socketPath: string,
  title: string,
): Promise<{ readonly detail: string; readonly fix: string } | undefined> {
  const look = await lookAt(socketPath);
  switch (look.kind) {
    case 'socket':
      return undefined;
    case 'missing':
      return {
        detail: `${socketPath} does not exist`,
        fix: `start ${title}, or give the path of its socket; in a container, mount the host's`,
      };
    case 'denied':
      return { detail: look.message, fix: 'run as root, or as a user that may reach the socket' };
    default:
      return {
        detail: `${socketPath} is no socket`,
        fix: `give the path of the socket of ${title}`,
      };
  }
}
