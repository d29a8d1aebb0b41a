/**
 * A number of 53 bits for a path, evenly spread: among 200,000 files another path is taken for one of them once in 45 thousand
 * million times. Two lanes of 32 bits, mixed as MurmurHash3 does at its end. Files of the store hold such numbers: a change
 * of this needs a new schema there.
 */
export function pathHash(path: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < path.length; at += 1) {
    const unit = path.charCodeAt(at);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  const a = mixed(high, low);
  const b = mixed(low, a);
  return (b & 0x1f_ffff) * 2 ** 32 + (a >>> 0);
}

function mixed(lane: number, other: number): number {
  return (
    Math.imul(lane ^ (lane >>> 16), 2_246_822_507) ^
    Math.imul(other ^ (other >>> 13), 3_266_489_909)
  );
}
