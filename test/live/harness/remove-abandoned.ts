// `node --conditions=source test/live/harness/remove-abandoned.ts`: removes what killed live tests
// left on this machine. Ends with 1 when there was something, so that a run that leaks is noticed.
import { removeAbandoned } from './abandoned.ts';
import { PATH_PREFIX } from './containerd-config.ts';

const removed = await removeAbandoned(PATH_PREFIX);
for (const folder of removed) console.log(`removed what was left of the containerd in ${folder}`);
process.exitCode = removed.length > 0 ? 1 : 0;
