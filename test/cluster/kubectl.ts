import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Of several that the environment names, the first. */
const PROGRAM = process.env['HULLWATCH_KUBECTL']?.split(':')[0] ?? 'kubectl';

/** Runs the real kubectl against a server without credentials, to its end. Rejects when it fails. */
export async function kubectl(server: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(PROGRAM, ['--server', server, ...args], {
    env: { ...process.env, KUBECONFIG: '/dev/null' },
    timeout: 20_000,
  });
  return stdout;
}
