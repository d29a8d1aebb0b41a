/** So many characters at the end of a text are looked at, where most texts differ, … */
const TAIL_CHARS = 16;
/** … and so many before those, at even distances. */
const SAMPLES = 4;

/**
 * A number that is the same for equal texts and mostly another one for others, from a text's length and
 * some of its characters; a whole number of 32 bits. Far cheaper than the hash that a Map makes of a text
 * it has not seen. It tells only where to look, never that two texts are equal.
 *
 * @param before the sketch of what stands before the text
 */
export function textSketch(before: number, text: string): number {
  const { length } = text;
  const tail = length - TAIL_CHARS;
  let sketch = endSketch(before, text, TAIL_CHARS);
  const step = (tail / SAMPLES) | 0;
  if (step < 1) return sketch;
  for (let at = step - 1; at < tail; at += step) {
    sketch = Math.imul(sketch ^ text.charCodeAt(at), 0x01000193);
  }
  return sketch;
}

/** The same from the length and so many characters at the end. */
export function endSketch(before: number, text: string, chars: number): number {
  const { length } = text;
  let sketch = before ^ length;
  for (let at = length > chars ? length - chars : 0; at < length; at += 1) {
    sketch = Math.imul(sketch ^ text.charCodeAt(at), 0x01000193);
  }
  return sketch;
}

/** Brings the upper bits into the lower ones, which choose a slot. Never 0, which marks an empty slot. */
export function spread(sketch: number): number {
  const mixed = Math.imul(sketch ^ (sketch >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13) || 1;
}
