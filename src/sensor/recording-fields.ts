import * as v from 'valibot';

/** Building blocks of the lines of a recording. */
export const text = v.string();
/** A number from 0 on. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Milliseconds since the Unix epoch, up to the year 9999: beyond it no time can be written. */
export const time = v.pipe(v.number(), v.minValue(0), v.maxValue(253_402_300_799_999));
export const strings = v.array(text);
export const labels = v.record(text, text);
/** Every line has it. */
export const timed = { timeMs: time };
