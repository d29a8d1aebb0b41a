import type { Schema } from './schema.ts';
import { listOf, record, text } from './schema-parts.ts';

const frame = record(
  'One frame of a stack; that of the root is empty.',
  {
    fileID: text('Identifier of the executable or library.'),
    lineno: text('Line or offset in it, as text.'),
    frameType: {
      type: 'integer',
      format: 'int64',
      description: 'Kind of frame: native, kernel or one of an interpreter.',
    },
  },
  ['fileID', 'lineno'],
);

const node: Schema = record(
  'A frame and what was called from it.',
  {
    frame,
    children: listOf(
      {
        type: 'object',
        description: 'A node of the same form, with frame and children.',
        'x-kubernetes-preserve-unknown-fields': true,
        sameFormAs: () => node,
      },
      'What was called from this frame.',
    ),
  },
  ['frame'],
);

/** `identifiedCallStacks` of a container. */
export const CALL_STACKS: Schema = listOf(
  record(
    'All stacks seen for one call.',
    {
      callID: text('The call that they led to.'),
      callStack: record(
        'The stacks, as a tree: each way from below the root to a leaf is one stack.',
        { root: node },
        ['root'],
      ),
    },
    ['callID', 'callStack'],
  ),
  'Call stacks, by the call that they led to.',
);
