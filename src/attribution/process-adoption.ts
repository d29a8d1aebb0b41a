import type { Container } from '#model/container.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import { isHostContainer } from './host-container.ts';
import type { ProcessScan, ScannedProcess } from './proc-scan.ts';
import type { ProcessTree } from './process-tree.ts';

/** Processes of a container that are read before its first event is delivered: some 10 ms. More are very rare. */
const AT_ONCE = 128;
/** Processes that are read before everything else gets its turn again: some 2 ms. */
const SLICE = 20;

/** One run of a container, as owner of processes. */
interface Owner {
  readonly container: Container;
  readonly isRemoved: boolean;
}

/** A look at one container that is not over. */
interface Look {
  readonly owner: Owner;
  readonly found: Iterator<ScannedProcess>;
  /** What was taken in so far: all are linked in the end, as a parent can come after its child. */
  readonly pids: number[];
}

/**
 * Brings processes that were there before anybody watched into the tree, once for each container that ran already: at once,
 * so that its first event finds its ancestors, and where they are many, as those of the host, the others little by little.
 */
export class ProcessAdoption {
  readonly #clock: Clock;
  readonly #scan: ProcessScan | undefined;
  readonly #tree: ProcessTree;
  /** Those that go on, the one whose turn it is first. */
  readonly #looks: Look[] = [];
  #cancel: Cancel | undefined;

  constructor({
    clock,
    scan,
    tree,
  }: Readonly<{ clock: Clock; scan: ProcessScan | undefined; tree: ProcessTree }>) {
    this.#clock = clock;
    this.#scan = scan;
    this.#tree = tree;
  }

  /** Takes the processes of a container that has just become known. */
  begin(owner: Owner): void {
    const { container } = owner;
    if (this.#scan === undefined || !container.preExisting || container.kind === 'sandbox') return;
    const found = this.#scan.processesOf(container)[Symbol.iterator]();
    const look: Look = { owner, found, pids: [] };
    if (this.#take(look, isHostContainer(container) ? SLICE : AT_ONCE)) return;
    this.#looks.push(look);
    this.#cancel ??= this.#clock.schedule(0, () => this.#continue());
  }

  /** Looks for nothing more. */
  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#looks.length = 0;
  }

  #continue(): void {
    this.#cancel = undefined;
    const [look] = this.#looks;
    if (look !== undefined && this.#take(look, SLICE)) this.#looks.shift();
    if (this.#looks.length > 0) this.#cancel = this.#clock.schedule(0, () => this.#continue());
  }

  /** True when there is nothing more to be found. */
  #take({ owner, found, pids }: Look, limit: number): boolean {
    // A container's process that has no cgroup of that form is known as its by now, or will be.
    const takesOver = !isHostContainer(owner.container);
    for (let count = 0; count < limit && !owner.isRemoved; count += 1) {
      const { value, done } = found.next();
      if (done) {
        for (const pid of pids) this.#tree.linkByNumber(pid);
        return true;
      }
      this.#tree.adopt(value, owner, takesOver);
      pids.push(value.pid);
    }
    if (!owner.isRemoved && pids.length <= AT_ONCE) {
      for (const pid of pids) this.#tree.linkByNumber(pid);
    }
    return owner.isRemoved;
  }
}
