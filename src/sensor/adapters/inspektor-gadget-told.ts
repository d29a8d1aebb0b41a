import type { processOfGadget } from './inspektor-gadget-process.ts';
import type { UnnumberedEvent } from './line-meaning.ts';

/** The fields that every event of a line shares. */
export type Base = ReturnType<typeof processOfGadget>;

/** A line of a gadget that tells of nothing that happened. */
export const NOTHING = 'nothing';

/** What a line of one gadget tells. */
export type Told = UnnumberedEvent | typeof NOTHING;
