/** The commands that read rows, as bytes: of a command only the key is new in a request, the rest is built once per shape. */
import type { LookupShape } from "../../../model/lookup.ts";
import { fieldArgs } from "../redis-commands.ts";

const CRLF = Buffer.from("\r\n");

/**
 * Slots from which HGETALL can pay. Redis keeps a hash of up to 512 short values as a list (`listpack`) and walks it once per
 * field of HMGET. Its CPU for HMGET of 11, 55, 110 and 275 out of 275: 4–21, 21–100, 60–175 and 290 µs; for HGETALL: 25 µs.
 * As a real table HMGET is as quick as HGETALL (37 and 33 µs for 275), so there it stays.
 */
const LEAST_SLOTS = 32;
/** Fields in the hash per slot up to which HGETALL pays: each that nobody asked for costs us about 20 ns and Redis 90. */
const MOST_FIELDS_PER_SLOT = 2;
/** A pair of a listpack, at most: 64 bytes of value, as much of name, their headers. More is a table with long values. */
const MOST_BYTES_PER_PAIR = 160;
/** Commands of a shape between two looks at what the server holds. */
const PROBE_EVERY = 65_536;
/** The same, while nothing is known because the entities asked for are not there. */
const PROBE_SOON = 64;

/** A command around its key: head, key, tail. */
export class CommandBytes {
  /** The key's project and all arguments after the key. */
  readonly tail: Buffer;
  readonly #words: string;
  readonly #projectBytes: number;
  #head: Buffer = CRLF;
  #headKeyBytes = -1;

  /** @param name @param between arguments between name and key @param after arguments after the key */
  constructor(name: string, between: readonly string[], project: Buffer, after: readonly Buffer[]) {
    const before = [name, ...between];
    this.#words = `*${before.length + 1 + after.length}\r\n${before.map((w) => `$${w.length}\r\n${w}\r\n`).join("")}`;
    this.tail = Buffer.concat([project, CRLF, ...after.flatMap((f) => [Buffer.from(`$${f.length}\r\n`), f, CRLF])]);
    this.#projectBytes = project.length;
  }

  /** All before the key; kept while keys have the same length, as those of one entity mostly do. */
  head(keyBytes: number): Buffer {
    if (keyBytes !== this.#headKeyBytes) {
      this.#headKeyBytes = keyBytes;
      this.#head = Buffer.from(`${this.#words}$${keyBytes + this.#projectBytes}\r\n`);
    }
    return this.#head;
  }
}

/** Commands that find out whether HGETALL pays; a row is not read with them. */
export interface ProbeCommands {
  readonly length: CommandBytes;
  readonly encoding: CommandBytes;
  readonly all: CommandBytes;
}

/** The commands of one shape, and which of them is the cheaper one for the hashes that the server holds. */
export class RowCommands {
  readonly #hmget: CommandBytes;
  readonly #hgetall: CommandBytes;
  readonly #stride: number;
  #usesHgetall = false;
  #untilProbe: number;

  constructor(shape: LookupShape, project: Buffer, hgetall: CommandBytes) {
    this.#hmget = new CommandBytes("HMGET", [], project, fieldArgs(shape));
    this.#hgetall = hgetall;
    this.#stride = shape.stride;
    this.#untilProbe = shape.stride < LEAST_SLOTS ? Number.POSITIVE_INFINITY : 1;
  }

  /** @param isResp3 only there a reply tells by itself which command it answers */
  next(isResp3: boolean): CommandBytes {
    return isResp3 && this.#usesHgetall ? this.#hgetall : this.#hmget;
  }

  /** True once in a while: with so many commands more it is time to look again. */
  isProbeDue(commands: number): boolean {
    this.#untilProbe -= commands;
    if (this.#untilProbe > 0) return false;
    this.#untilProbe = PROBE_EVERY;
    return true;
  }

  /** What a probe found for one key. @returns true when HGETALL would pay */
  pays(fields: number, encoding: string): boolean {
    if (fields === 0) this.#untilProbe = PROBE_SOON;
    const isList = encoding === "listpack" || encoding === "ziplist";
    const pays = isList && fields > 0 && fields <= MOST_FIELDS_PER_SLOT * this.#stride;
    if (!pays) this.#usesHgetall = false;
    return pays;
  }

  /** HGETALL may be sent from now on. */
  useHgetall(): void {
    this.#usesHgetall = true;
  }

  /** HMGET is sent until the next look. */
  useHmget(): void {
    this.#usesHgetall = false;
  }

  /** A reply of HGETALL: one that is out of proportion ends its use until the next look. */
  sawReply(fields: number, bytes: number): void {
    if (fields > MOST_FIELDS_PER_SLOT * this.#stride || bytes > fields * MOST_BYTES_PER_PAIR + 16) this.useHmget();
  }
}

/** Commands of a store, compiled once per shape. */
export class CommandCompiler {
  readonly probes: ProbeCommands;
  readonly #project: Buffer;
  readonly #commands = new WeakMap<LookupShape, RowCommands>();

  constructor(project: Buffer) {
    this.#project = project;
    this.probes = {
      length: new CommandBytes("HLEN", [], project, []),
      encoding: new CommandBytes("OBJECT", ["ENCODING"], project, []),
      all: new CommandBytes("HGETALL", [], project, []),
    };
  }

  of(shape: LookupShape): RowCommands {
    let commands = this.#commands.get(shape);
    if (commands === undefined) {
      commands = new RowCommands(shape, this.#project, this.probes.all);
      this.#commands.set(shape, commands);
    }
    return commands;
  }
}
