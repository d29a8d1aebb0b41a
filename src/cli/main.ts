import { program } from './program.ts';

// Whoever read our output has gone away (`hullwatch replay … | head`): end as at a request to stop.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.kill(process.pid, 'SIGTERM');
});

process.exitCode = await program(process.argv.slice(2));
