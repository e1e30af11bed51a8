/** Exit codes of every command (sysexits where one fits). */
export const ExitCode = {
  OK: 0,
  /** The question was asked and refused, or the answer could not be had. */
  FAILED: 1,
  /** Bad configuration or command line. */
  CONFIGURATION: 64,
  ADDRESS_IN_USE: 69,
  /** An unexpected exception: a bug. */
  BUG: 70,
} as const;
