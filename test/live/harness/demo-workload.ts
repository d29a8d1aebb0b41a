import { databaseImage, webImage } from './demo-images.ts';
import { type Pod, runPod } from './pods.ts';
import type { PrivateContainerd } from './private-containerd.ts';
import { waitFor } from './wait-for.ts';

const REQUEST_INTERVAL_MS = 500;
const INTRUDER_INTERVAL_MS = 1_000;
const VISITED_PAGES = ['/', '/style.css', '/cgi-bin/stock'] as const;

/**
 * What the intruder runs in the web container, in this order. Without `exit` the shell would not
 * stay for the last program of a line, but become it.
 */
const INTRUSION = [
  { what: 'looks around through a shell', script: '/bin/uname -a; exit', exitCode: 0 },
  {
    what: 'drops a program and runs it',
    script: '/bin/cp /bin/busybox /tmp/.x; /tmp/.x id; exit',
    // BusyBox under a name that it does not know runs, and ends with 127.
    exitCode: 127,
  },
  { what: 'reads the password hashes', script: '/bin/cat /etc/shadow; exit', exitCode: 0 },
  {
    what: "reads the service account's token",
    script: '/bin/cat /var/run/secrets/kubernetes.io/serviceaccount/token; exit',
    exitCode: 0,
  },
] as const;

/**
 * Plays the story of the demo recording: a shop's pod (`web` and `db`) works for `workMs` as it
 * always does, then someone breaks into `web`, then the shop works on for a moment. The pod is left
 * running. Needs a containerd; whoever records has to be recording already.
 */
export async function playDemo({
  containerd,
  log,
  workMs = 18_000,
}: {
  readonly containerd: PrivateContainerd;
  readonly log: (line: string) => void;
  readonly workMs?: number;
}): Promise<void> {
  const pod = await runPod(containerd, {
    name: 'shop-6d4f8b7c9d-x2x7k',
    namespace: 'shop',
    uid: '5f2b1c9e-7d43-4f0a-9b6e-2c8d1a7e4f10',
    labels: { app: 'shop', 'pod-template-hash': '6d4f8b7c9d' },
    containers: [
      { name: 'web', image: webImage },
      { name: 'db', image: databaseImage },
    ],
  });
  await waitFor('the shop to answer', () => visit(pod, '/'), 10_000);
  log(`the shop is open at ${pod.ip}:8080; it works for ${workMs / 1_000} s`);
  await work(pod, workMs);
  for (const act of INTRUSION) {
    log(`an intruder ${act.what}: sh -c '${act.script}'`);
    const { exitCode, stderr } = await pod.exec('web', ['/bin/sh', '-c', act.script]);
    if (exitCode !== act.exitCode)
      throw new Error(`${act.script} ended with ${exitCode}: ${stderr}`);
    await pace(INTRUDER_INTERVAL_MS);
  }
  await work(pod, 3 * REQUEST_INTERVAL_MS);
  log('the story is over');
}

/** Customers come at a steady pace; each page is visited in turn. */
async function work(pod: Pod, durationMs: number): Promise<void> {
  const visits = Math.ceil(durationMs / REQUEST_INTERVAL_MS);
  for (let visitNumber = 0; visitNumber < visits; visitNumber += 1) {
    await visit(pod, VISITED_PAGES[visitNumber % VISITED_PAGES.length] ?? '/');
    await pace(REQUEST_INTERVAL_MS);
  }
}

async function visit(pod: Pod, page: string): Promise<boolean> {
  const response = await fetch(`http://${pod.ip}:8080${page}`, {
    headers: { connection: 'close' },
  });
  await response.text();
  if (!response.ok) throw new Error(`the shop answers ${page} with ${response.status}`);
  return true;
}

/** The pace is part of the story, not a wait for something. */
function pace(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
