import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { AgentError } from '#model/agent-error.js';

/** Where the secrets of the server are. */
interface ServerFiles {
  readonly tlsCert?: string | undefined;
  readonly tokenFile?: string | undefined;
}

const NAME = 'hullwatch';

/**
 * Writes a kubeconfig with which kubectl reaches the server, for its owner only: it holds the first token
 * that may write, if there are tokens. JSON, which is YAML too. Rejects with `invalid` when the file cannot be written.
 */
export async function writeKubeconfig(
  path: string,
  url: string,
  { tlsCert, tokenFile }: ServerFiles,
): Promise<void> {
  const token = tokenFile === undefined ? undefined : writingToken(tokenFile);
  const text = JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': NAME,
      clusters: [
        {
          name: NAME,
          cluster: {
            server: url.replace(/^(https?:\/\/)(?:0\.0\.0\.0|\[::\])(?=:)/, '$1127.0.0.1'),
            ...(tlsCert !== undefined && {
              'certificate-authority-data': readFileSync(tlsCert).toString('base64'),
            }),
          },
        },
      ],
      users: [{ name: NAME, user: { ...(token !== undefined && { token }) } }],
      contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace: 'default' } }],
    },
    null,
    2,
  );
  try {
    await writeFile(path, `${text}\n`, { mode: 0o600 });
  } catch (cause) {
    const why = AgentError.from(cause).message;
    throw new AgentError('invalid', `kubeconfig: ${why}`, { cause });
  }
}

function writingToken(path: string): string | undefined {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/);
  return lines
    .map((line) => line.split(',').map((part) => part.trim()))
    .find(([token, role]) => token && !token.startsWith('#') && role === 'read-write')?.[0];
}
