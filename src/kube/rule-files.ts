import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { ruleFileMarks } from './rule-file-marks.ts';
import { readRuleFiles } from './rule-file-objects.ts';
import { RuleFolderWatches, type WatchFolder, watchFolderNow } from './rule-folder-watches.ts';
import type { ReadingSource, RuleReading } from './rule-reading.ts';
import { Wake } from './rule-wake.ts';

/** How long nothing happens before a change counts as done: editors and `cp` take a few milliseconds. */
const QUIET_MS = 200;
/** A file that is written to all the time is read at last. */
const LONGEST_MS = 2_000;
/** For what the kernel does not tell: files behind links, network file systems, folders that were not there. */
const POLL_MS = 10_000;
/** Reads are repeated so often when files change meanwhile. */
const READ_TRIES = 5;

interface RuleFilesOptions {
  /** Files, and folders whose manifests count. They need not be there. */
  readonly paths: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  /** The kernel's word of changes; for tests. */
  readonly watchFolder?: WatchFolder;
}

/** Rules in files and folders, followed by the kernel's word and by a look at them every ten seconds. */
export class RuleFiles implements ReadingSource {
  readonly #options: RuleFilesOptions;

  constructor(options: RuleFilesOptions) {
    this.#options = options;
  }

  /** As {@link readRuleFiles}, of one moment: read again when something changed on the way. */
  async read({ signal }: { readonly signal: AbortSignal }): Promise<RuleReading> {
    const { paths } = this.#options;
    let before = await ruleFileMarks(paths);
    for (let tries = 1; ; tries += 1) {
      const reading = await readRuleFiles(paths);
      const after = await ruleFileMarks(paths);
      if (after === before || tries >= READ_TRIES || signal.aborted) return reading;
      before = after;
    }
  }

  /** As `RuleObjectSource.watch`; the first call comes as soon as changes are noticed. */
  async watch({
    signal,
    onChange,
  }: {
    readonly signal: AbortSignal;
    readonly onChange: () => void;
  }): Promise<void> {
    const { paths, clock } = this.#options;
    const hint = new Wake();
    const watches = this.#watches(hint);
    let known: string | undefined;
    try {
      while (!signal.aborted) {
        // Taken first: a folder may be replaced behind the back of the one who is looking for what to watch.
        const wasHinted = hint.take();
        await watches.follow(paths);
        const marks = await ruleFileMarks(paths);
        if (!signal.aborted && (wasHinted || marks !== known)) onChange();
        known = marks;
        await hint.wait({ clock, signal, maxMs: POLL_MS });
        if (hint.isSet) await this.#quiet(hint, signal);
      }
    } finally {
      watches.close();
    }
  }

  #watches(hint: Wake): RuleFolderWatches {
    const { log, watchFolder = watchFolderNow } = this.#options;
    return new RuleFolderWatches({
      watchFolder,
      onHint: () => hint.set(),
      onFailure: (folder, reason) =>
        log.warn('a folder cannot be watched and is looked at every ten seconds', {
          folder,
          ...errorFields(reason),
        }),
    });
  }

  /** Waits until nothing happens any more; the hint stays set. */
  async #quiet(hint: Wake, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.monotonic() + LONGEST_MS;
    do {
      hint.take();
      await clock.sleep(QUIET_MS, signal).catch(() => {});
    } while (hint.isSet && clock.monotonic() < untilMs && !signal.aborted);
    hint.set();
  }
}
