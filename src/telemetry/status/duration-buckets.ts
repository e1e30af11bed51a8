/**
 * Buckets for whole microseconds: one for each value below 16, then 16 to each doubling, so that a bucket is at most a sixteenth of its
 * values wide. Up to 16 s; what takes longer is in the last one.
 */

const EXACT = 16;
const BITS = 4;
const LONGEST_US = 2 ** 24 - 1;

/** The bucket of a duration. @param us not negative */
export function bucketOf(us: number): number {
  if (us < EXACT) return us;
  const value = Math.min(us, LONGEST_US);
  const shift = 31 - Math.clz32(value) - BITS;
  return (shift << BITS) + (value >>> shift);
}

export const BUCKETS: number = bucketOf(LONGEST_US) + 1;

/** What is shown for a duration of this bucket: its middle. */
export function middleUs(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const shift = (bucket >>> BITS) - 1;
  const lowest = (EXACT + (bucket & (EXACT - 1))) * 2 ** shift;
  return lowest + (2 ** shift - 1) / 2;
}
