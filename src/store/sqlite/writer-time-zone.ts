/**
 * Event times as feast/infra/online_stores/sqlite.py writes them. Its adapter (adapt_datetime_epoch) takes the naive UTC
 * time for local time of the writing machine, so the stored seconds are off by that machine's UTC offset; its converter
 * (convert_timestamp) undoes this by reading in local time. We do the same with a named zone.
 */

/** Offsets change on quarter hours; a quarter hour with one offset at both ends has it throughout. */
const BUCKET_SECONDS = 900;
const MAX_BUCKETS = 10_000;

/** Years 1 to 9999, what Python's datetime can hold. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

export class WriterTimeZone {
  readonly #format: Intl.DateTimeFormat | undefined;
  readonly #offsets = new Map<number, number>();

  /**
   * @param zone IANA name, e.g. `America/New_York`
   * @throws RangeError when the zone is unknown
   */
  constructor(zone: string) {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    this.#format = format.resolvedOptions().timeZone === "UTC" ? undefined : format;
  }

  /**
   * Stored seconds → true Unix seconds of the event.
   * @returns undefined when the number is no whole second between the years 1 and 9999
   */
  toUnixSeconds(stored: number): number | undefined {
    if (!Number.isInteger(stored) || stored < FIRST_SECOND || stored > LAST_SECOND) return undefined;
    return this.#format === undefined ? stored : stored + this.#offsetAt(stored, this.#format);
  }

  #offsetAt(second: number, format: Intl.DateTimeFormat): number {
    const bucket = Math.floor(second / BUCKET_SECONDS);
    const known = this.#offsets.get(bucket);
    if (known !== undefined) return known;
    const atStart = offsetSeconds(bucket * BUCKET_SECONDS, format);
    const atEnd = offsetSeconds((bucket + 1) * BUCKET_SECONDS - 1, format);
    if (atStart !== atEnd) return offsetSeconds(second, format);
    if (this.#offsets.size >= MAX_BUCKETS) this.#offsets.clear();
    this.#offsets.set(bucket, atStart);
    return atStart;
  }
}

/** Wall clock minus UTC at an instant, in seconds. */
function offsetSeconds(second: number, format: Intl.DateTimeFormat): number {
  const fields: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(second * 1000)) fields[type] = value;
  const year = Number(fields["year"]);
  const wall = new Date(0);
  wall.setUTCFullYear(fields["era"] === "BC" ? 1 - year : year, Number(fields["month"]) - 1, Number(fields["day"]));
  wall.setUTCHours(Number(fields["hour"]), Number(fields["minute"]), Number(fields["second"]));
  return wall.getTime() / 1000 - second;
}
