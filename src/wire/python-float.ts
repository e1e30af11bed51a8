/** Python's `repr(float)`: the shortest digits that read back as the same double, laid out Python's way. */

/** @returns e.g. `30.0`, `1e+16`, `1e-05`, `-0.0`, `nan`, `inf` (CPython Python/pystrtod.c:format_float_short, code 'r') */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) {
    if (Number.isNaN(value)) return "nan";
    return value > 0 ? "inf" : "-inf";
  }
  const magnitude = Math.abs(value);
  if (magnitude >= 1e16 || (magnitude < 1e-4 && magnitude !== 0)) {
    // Both languages print the same digits; Python's exponent has two digits at least.
    const text = value.toExponential();
    const exponent = text.indexOf("e") + 2;
    return text.length - exponent === 1 ? `${text.slice(0, exponent)}0${text.slice(exponent)}` : text;
  }
  if (!Number.isInteger(value)) return String(value);
  return Object.is(value, -0) ? "-0.0" : `${value}.0`;
}
