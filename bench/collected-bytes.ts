/** Heap and external memory after collecting, in bytes. Needs `--expose-gc`. */
export async function collectedBytes(): Promise<number> {
  for (let i = 0; i < 6; i += 1) {
    globalThis.gc?.();
    // What waits to be finalized gets its turn.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
