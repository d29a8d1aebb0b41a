import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container } from '#model/container.js';
import { aContainer } from '#model/testing/sample-container.js';
import { narrator } from './narrator.ts';

const CONTAINER = aContainer({ id: 'c'.repeat(64), image: 'example/web:1' });

function told(...tell: ((narration: ReturnType<typeof narrator>) => void)[]): readonly string[] {
  const lines: string[] = [];
  const narration = narrator({ now: () => 0, write: (line) => lines.push(line), hasColour: false });
  for (const each of tell) each(narration);
  return lines.map((line) => line.replace(/^1970-01-01T00:00:00\.000Z {2}/, '').trimEnd());
}
const added =
  (container: Partial<Container> = {}) =>
  (narration: ReturnType<typeof narrator>) =>
    narration.onContainerEvent({
      type: 'container-added',
      timeMs: 0,
      container: { ...CONTAINER, ...container },
    });
const cached = (isEnforced: boolean) => (narration: ReturnType<typeof narrator>) =>
  narration.onCacheChange({
    containerId: CONTAINER.id,
    from: 'pending',
    to: 'cached',
    reason: 'profile-changed',
    status: isEnforced ? 'completed' : 'ready',
    completion: 'complete',
    isEnforced,
  });

describe('narrator', () => {
  it('names a container by its pod, and says whether it ran before', () => {
    assert.deepEqual(told(added(), added({ preExisting: true })), [
      'container  shop/web-1/web started (example/web:1)',
      'container  shop/web-1/web runs already (example/web:1)',
    ]);
  });

  it('says nothing of sandboxes', () => {
    assert.deepEqual(told(added({ kind: 'sandbox' })), []);
  });

  it('tells a refresh only when it changes something for the reader', () => {
    const lines = told(added(), cached(false), cached(false), cached(true));
    assert.deepEqual(lines.slice(1), [
      'profile    shop/web-1/web: cached, ready and complete: not judged by it yet',
      'profile    shop/web-1/web: cached, completed and complete: judged by it from now on',
    ]);
  });

  it('tells the end of a container with its exit code', () => {
    const removed = {
      type: 'container-removed',
      timeMs: 0,
      containerId: CONTAINER.id,
      exitCode: 137,
    } as const;
    assert.equal(
      told(added(), (narration) => narration.onContainerEvent(removed)).at(-1),
      'container  shop/web-1/web ended with exit code 137',
    );
  });
});
