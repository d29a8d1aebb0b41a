import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runStoreServe } from '../../src/cli/commands/store-serve.ts';
import { GivenTerminal } from '../../src/cli/testing/given-terminal.ts';
import { runProgram } from '../../src/cli/testing/run-program.ts';
import { workRecording } from '../kills/work-recording.ts';
import { waitFor } from '../live/harness/wait-for.ts';
import { clusterAgent } from './cluster-agent.ts';

const TOKEN = 'a-token-of-an-agent';

describe('an agent and a store that asks for TLS and a token', {
  skip: hasOpenssl() ? false : 'this machine lacks openssl',
}, () => {
  let folder: string;
  let kubeconfig: string;
  let url: string;
  const stop = new AbortController();
  let served: Promise<number>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-tls-'));
    kubeconfig = join(folder, 'kubeconfig');
    makeCertificate(folder);
    writeFileSync(join(folder, 'tokens'), `${TOKEN},read-write,agent\n`);
    const terminal = new GivenTerminal();
    served = runStoreServe(
      {
        ...{ data: join(folder, 'store'), listen: '127.0.0.1:0', consolidateInterval: '200ms' },
        ...{ tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') },
        ...{ tokenFile: join(folder, 'tokens'), kubeconfig },
      },
      { terminal, signal: stop.signal },
    );
    await waitFor('the store to serve', () => terminal.out.includes('serving'), 10_000);
    url = terminal.out.trim().split(' ').at(-1) ?? '';
    assert.match(url, /^https:/);
  });
  after(async () => {
    stop.abort();
    await served;
    rmSync(folder, { recursive: true });
  });

  it('meet by the kubeconfig that the store wrote', async () => {
    const agent = clusterAgent({
      folder: join(folder, 'agent'),
      recording: workRecording('north'),
      flags: ['--store', `kubeconfig:${kubeconfig}`],
    });
    assert.deepEqual(await agent.ended(60_000), { exitCode: 0, signal: null });
    const profiles = () => runProgram('profiles', '--store', `kubeconfig:${kubeconfig}`);
    const shown = await waitFor(
      'the profiles to be learned',
      async () => {
        const { out } = await profiles();
        return out.match(/completed +complete/g)?.length === 4 ? out : '';
      },
      10_000,
    );
    assert.match(shown, /north-job\S* +completed +partial .*the container failed\n/);
  });

  it('do not meet by the address alone, and the person is told why', async () => {
    const { exitCode, err } = await runProgram('profiles', '--store', url);
    assert.equal(exitCode, 1);
    assert.match(err, /certificate/);
  });
});

function makeCertificate(folder: string): void {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...name, ...files], { stdio: 'ignore' });
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
