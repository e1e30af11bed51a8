/**
 * Figures as a person reads them, on the page and in the terminal. The page gets the very text of these functions, so each stands alone:
 * no imports, no names from outside it but of its neighbours here.
 */

/** Microseconds: `0 µs`, `940 µs`, `1.25 ms`, `12.3 ms`, `1.20 s`. */
export function formatMicros(us: number): string {
  if (us < 999.5) return `${Math.round(us)} µs`;
  const [value, unit] = us < 999_500 ? [us / 1e3, "ms"] : [us / 1e6, "s"];
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

/** The budget's slice, without zeros that say nothing: `10 ms`, `2.5 ms`, `1 s`. */
export function formatSlice(sliceMs: number): string {
  return sliceMs < 1000 ? `${sliceMs} ms` : `${sliceMs / 1000} s`;
}

/** `0 B`, `13.4 KiB`, `32 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(unit === 0 || value >= 100 ? 0 : 1))} ${units[unit]}`;
}

/** `4 s`, `3 min 20 s`, `5 h 2 min`, `12 d 4 h`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** Why nothing is cached, in words; a reason that has none is told as it is. */
export function cacheOffWords(reason: string): string {
  const words = new Map([
    ["configured", "switched off in the configuration"],
    ["store", "the store does not tell what changes"],
    ["asked", "Redis has not said yet whether it tells what changes"],
    ["no_resp3", "Redis does not speak RESP3"],
    ["refused", "Redis does not allow client tracking"],
    ["in_doubt", "no Redis node can be relied on to tell what changes"],
  ]);
  return words.get(reason) ?? reason;
}

/** A whole number in groups of three: `12 345`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Of 0 to 1: `0 %`, `0.02 %`, `98.7 %`, `100 %`; never rounded up to all or down to nothing. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent < 1) return `${Math.max(0.01, percent).toFixed(2)} %`;
  return `${Math.min(99.9, percent).toFixed(1)} %`;
}
