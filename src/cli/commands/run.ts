import { stdoutSink } from '#agent/alert-output.js';
import { jsonLogger } from '#agent/json-log.js';
import { LiveAgent } from '#agent/live-agent.js';
import type { RecordingToPlay } from '#agent/open-feed.js';
import type { AgentOptions } from '#agent/options.js';
import { formatSummary } from '#agent/summary.js';
import { systemClock } from '#runtime/clock.js';
import { HttpServer } from '#web/http-server.js';
import { EXIT } from '../exit-code.ts';
import { logNarration } from '../log-narration.ts';
import { narrator } from '../narrator.ts';
import type { AlertOutput } from '../program-parts.ts';
import { untilStopped } from '../stop-signal.ts';
import type { Terminal } from '../terminal.ts';
import { textLogger } from '../text-log.ts';

const NOBODY_READS =
  'hullwatch: nobody reads standard output any more, and there is no other sink: alerts have no place to go';

/**
 * `hullwatch run`: alerts to standard output, everything else to standard error. When nobody reads standard
 * output any more the agent goes on for its other sinks; without any it ends, and that is a failure.
 */
export async function runRun({
  options,
  output,
  recording,
  terminal,
}: {
  readonly options: AgentOptions;
  readonly output: AlertOutput;
  /** Played instead of watching this host. */
  readonly recording?: RecordingToPlay | undefined;
  readonly terminal: Terminal;
}): Promise<number> {
  const log =
    output === 'pretty'
      ? textLogger(options.logLevel, (text) => terminal.writeError(text))
      : jsonLogger(options.logLevel);
  const { hasColour } = terminal;
  // Narration may be missed: while standard output is full it is left out.
  const write = (line: string) => {
    if (!terminal.isFull()) terminal.write(line);
  };
  const gone = readerGone(terminal);
  const agent = await LiveAgent.create({
    options,
    log,
    recording,
    sinks: [
      stdoutSink({
        ...{ format: output, hasColour, write: surely(terminal) },
        isAskable: options.http !== 'off',
      }),
    ],
    narration:
      output === 'pretty'
        ? narrator({ now: () => systemClock.now(), write, hasColour })
        : logNarration(log),
  });
  const http = await openHttp(agent, options.http);
  if (output === 'pretty') terminal.writeError(welcome(http, recording));
  else if (http) log.info('serving HTTP', { url: http.url });
  if (http && !http.isLocal) {
    log.warn('others can reach the HTTP port, and it asks nobody who they are', { url: http.url });
  }
  const isOnlySink = options.sink.length === 0;
  try {
    const summary = await untilStopped((signal) =>
      agent.run(isOnlySink ? AbortSignal.any([signal, gone]) : signal),
    );
    terminal.writeError(`${formatSummary(summary)}\n`);
  } finally {
    await http?.close();
  }
  if (!(isOnlySink && gone.aborted)) return EXIT.ok;
  terminal.writeError(`${NOBODY_READS}\n`);
  return EXIT.failed;
}

/**
 * Writes and waits until it is written, so that alerts wait in their bounded queue and not in memory, and
 * one that could not be written is tried again.
 */
function surely(terminal: Terminal): (text: string) => Promise<void> {
  return (text) => {
    terminal.write(text);
    return terminal.emptied();
  };
}

/** Aborts once nobody reads standard output any more; failures of it end the agent in no other way. */
function readerGone(terminal: Terminal): AbortSignal {
  const controller = new AbortController();
  terminal.onFailure?.(({ isGone }) => {
    if (isGone) controller.abort();
  });
  return controller.signal;
}

async function openHttp(agent: LiveAgent, address: string): Promise<HttpServer | undefined> {
  if (address === 'off') return undefined;
  try {
    return await HttpServer.listen(address, {
      metrics: agent.metrics,
      health: agent.health,
      containers: () => agent.flow.cache.list(),
      container: (id) => agent.flow.cache.container(id),
      explain: (id, question) => agent.flow.cache.explain(id, question),
      alerts: agent.flow.questions,
      accounting: () => agent.flow.accounting.snapshot(),
    });
  } catch (error) {
    await agent.discard();
    throw error;
  }
}

function welcome(http: HttpServer | undefined, recording: RecordingToPlay | undefined): string {
  const port = http ? `; metrics and state at ${http.url}` : '';
  const what = recording ? `playing ${recording.file}` : 'watching this host';
  return `${what}${port}; Ctrl-C ends it\n`;
}
