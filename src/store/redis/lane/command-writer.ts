/**
 * Puts the commands of reads on a connection: small reads at once, large ones in chunks between them, those of predictions before the
 * others. What cannot be read in time is not asked for while others wait: a node that has more to do than it can would answer nobody in time.
 */
import type { Socket } from "node:net";
import type { ServeError } from "../../../model/serve-error.ts";
import { callerLeft } from "../../caller-left.ts";
import { deadlineError } from "../../read-deadline.ts";
import { commandBytes } from "../control/command-bytes.ts";
import type { SilenceWatch } from "../silence-watch.ts";
import { ChunkPace } from "./chunk-pace.ts";
import type { DueReplies, ReplyOwner } from "./due-replies.ts";
import { LargeQueue } from "./large-queue.ts";
import type { PendingRead } from "./pending-read.ts";
import { RespError, type RespValue } from "./resp-value.ts";
import type { CommandBytes, CommandCompiler, RowCommands } from "./row-commands.ts";
import { WriteBatch } from "./write-batch.ts";

/** Cells per chunk of a large read: about 0.1 ms of our loop and 0.5 ms of the node. 1, 2 and 4 thousand read as many rows/s. */
const CHUNK_CELLS = 1024;
/** Chunks under way at a time: with two, the node works on one while we read the other. */
const CHUNKS_DUE = 2;
/**
 * So long after a prediction's read on this connection another may come: it is to wait behind no more than one chunk of the others', and
 * that a short one (test/budget, overload-mixed: of the predictions 2 % were not in time, with two chunks of the usual size 4). Small reads
 * of predictions have a connection of their own, and others are not slowed down for them.
 */
const LIVE_RECENT_MS = 100;
const SHORT_CHUNK_CELLS = 256;
/** From the last row of a large read to its answer on its way. */
const ANSWER_MS = 0.5;
/** Redis reads this much of a client at a time (server.h:PROTO_IOBUF_LEN): with that it has something to do while we gather more. */
const FULL_BATCH_BYTES = 16 * 1024;
/** Cells under way above which a node is too far behind to take more. */
const MAX_DUE_CELLS = 4 * 1024 * 1024;
/** The same for large reads that wait for their chunks: some 64 MB of rows, and seconds of the node's time. */
const MAX_QUEUED_CELLS = 8 * 1024 * 1024;

const ASKING = commandBytes(["ASKING"]);

export class CommandWriter {
  readonly #commands: CommandCompiler;
  readonly #due: DueReplies;
  readonly #watch: SilenceWatch;
  readonly #now: () => number;
  readonly #who: string;
  /** Large reads that have keys to send. */
  readonly #large = new LargeQueue();
  readonly #pace = new ChunkPace(CHUNK_CELLS);
  /** Of the reads in `#large`. */
  #queuedCells = 0;
  #chunksDue = 0;
  /** When a prediction's read came last. */
  #liveMs = Number.NEGATIVE_INFINITY;
  #batch = new WriteBatch();
  #socket: Socket | undefined;
  #isResp3 = false;
  #flushing = false;
  readonly #flushLater = (): void => {
    this.#flushing = false;
    this.#flush();
  };

  /** @param who the node, for errors */
  constructor(commands: CommandCompiler, due: DueReplies, watch: SilenceWatch, now: () => number, who: string) {
    this.#who = who;
    this.#now = now;
    this.#commands = commands;
    this.#due = due;
    this.#watch = watch;
  }

  /** A connection is ready. */
  open(socket: Socket, isResp3: boolean): void {
    this.#socket = socket;
    this.#isResp3 = isResp3;
    this.#batch = new WriteBatch();
  }

  /** @returns false when the node is too far behind to be asked */
  send(read: PendingRead): boolean {
    if (this.#due.cells > MAX_DUE_CELLS) return false;
    if (read.isLive) this.#liveMs = read.sentMs;
    if (read.isLarge) {
      if (this.#queuedCells > MAX_QUEUED_CELLS) return false;
      this.#queuedCells += read.cells;
      this.#large.push(read);
      this.pump();
    } else {
      this.#sendKeys(read, Number.POSITIVE_INFINITY);
    }
    return true;
  }

  /** When the oldest large read came of which something is not sent; Infinity = none. */
  get oldestQueuedMs(): number {
    return this.#large.oldestMs;
  }

  /** Sends the chunks that there is room for. */
  pump(): void {
    while (this.#large.length > 0 && this.#chunksDue < CHUNKS_DUE) {
      const nowMs = this.#now();
      const isGivingWay = nowMs - this.#liveMs < LIVE_RECENT_MS && !this.#large.hasLive;
      if (isGivingWay && this.#chunksDue > 0) return;
      const read = this.#large.take(nowMs);
      // Late, failed, or nobody waits for it any more: the rest of it is not asked for.
      if (!read.settled && read.caller?.cancelled) read.fail(callerLeft(), "CANCELLED");
      if (!read.settled && !this.#canBeDone(read)) read.fail(deadlineError(this.#who), "LATE");
      if (read.settled) {
        this.#queuedCells -= read.cells;
        continue;
      }
      if (read.sentCells === 0) read.open();
      this.#chunksDue += 1;
      if (this.#sendKeys(read, isGivingWay ? SHORT_CHUNK_CELLS : CHUNK_CELLS)) this.#queuedCells -= read.cells;
      else this.#large.push(read);
    }
  }

  /** The last reply of what `send` or a chunk asked has come. */
  entryDone(owner: ReplyOwner, sentMs: number, cells: number, nowMs: number): void {
    if (owner.wantsValue || !owner.isLarge) return;
    this.#chunksDue -= 1;
    this.#pace.done(sentMs, nowMs, cells);
  }

  /**
   * Judged only while another one would be read instead: the pace is an estimate, and giving a read up that stands in nobody's way wins
   * nothing (a pace that hiccups of the machine had made too slow cost 313 of 474 calls at half of what the node could).
   */
  #canBeDone(read: PendingRead): boolean {
    if (this.#now() >= read.deadlineMs) return false;
    if (this.#chunksDue === 0 || read.deadlineMs === Number.POSITIVE_INFINITY) return true;
    if (!this.#large.hasRivalOf(read)) return true;
    const cells = this.#due.cells + read.cells - read.sentCells;
    return this.#now() + cells * this.#pace.msPerCell + ANSWER_MS < read.deadlineMs;
  }

  /** The connection is gone. */
  drop(error: ServeError): void {
    this.#socket = undefined;
    this.#batch = new WriteBatch();
    this.#chunksDue = 0;
    this.#queuedCells = 0;
    for (const read of this.#large.takeAll()) read.fail(error);
  }

  /** Appends commands from the read's cursor on, at least one, until `mostCells` are asked for. @returns true = that was all */
  #sendKeys(read: PendingRead, mostCells: number): boolean {
    const { lookups, isAsking } = read;
    // A chunk of a large read goes out when there is room for it.
    const sentMs = read.isLarge ? this.#now() : read.sentMs;
    let replies = 0;
    let cells = 0;
    let probed: RowCommands | undefined;
    let probedKey: Buffer | undefined;
    for (; read.sendLookup < lookups.length; read.sendLookup += 1) {
      const { shape, keys } = lookups[read.sendLookup]!;
      if (shape.stride === 0 || keys.length === 0) continue;
      const commands = this.#commands.of(shape);
      const command = commands.next(this.#isResp3);
      if (this.#isResp3 && commands.isProbeDue(keys.length)) {
        probed = commands;
        probedKey = keys[0];
      }
      for (; read.sendKey < keys.length; read.sendKey += 1) {
        if (cells >= mostCells) {
          this.#expect(read, replies, cells, sentMs);
          if (probed !== undefined) this.#probe(probed, probedKey!);
          return false;
        }
        if (isAsking) {
          this.#batch.appendBytes(ASKING);
          replies += 1;
        }
        this.#batch.append(command, keys[read.sendKey]!);
        replies += 1;
        cells += shape.stride;
        read.sentCells += shape.stride;
      }
      read.sendKey = 0;
    }
    if (replies > 0) this.#expect(read, replies, cells, sentMs);
    if (probed !== undefined) this.#probe(probed, probedKey!);
    return true;
  }

  /** Asks whether HGETALL would pay for the hash of this key; nobody waits for it. */
  #probe(commands: RowCommands, key: Buffer): void {
    const { length, encoding, all } = this.#commands.probes;
    let fields = 0;
    this.#ask(length, key, (value) => {
      fields = typeof value === "string" ? Number(value) : 0;
    });
    this.#ask(encoding, key, (value) => {
      if (!commands.pays(fields, String(value))) return;
      // A user may be allowed HMGET and not HGETALL.
      this.#ask(all, key, (row) => {
        if (!(row instanceof RespError)) commands.useHgetall();
      });
    });
  }

  #ask(command: CommandBytes, key: Buffer, take: (value: RespValue) => void): void {
    this.#batch.append(command, key);
    this.#expect({ wantsValue: true, take }, 1, 0, this.#now());
  }

  /** Sends a command whose reply is wanted as a value. */
  ask(command: Buffer, take: (value: RespValue) => void): void {
    this.#batch.appendBytes(command);
    this.#expect({ wantsValue: true, take }, 1, 0, this.#now());
  }

  #expect(read: ReplyOwner, replies: number, cells: number, sentMs: number): void {
    this.#due.push(read, replies, cells, sentMs);
    this.#watch.expect();
    if (this.#batch.size >= FULL_BATCH_BYTES) {
      this.#flush();
    } else if (!this.#flushing) {
      this.#flushing = true;
      // After all sockets that are ready in this turn had theirs: one write for the reads of many callers (16 sockets, 4 reads in
      // flight on each: 7.8 µs of CPU per read against 10.0 with nextTick; from one socket no difference).
      setImmediate(this.#flushLater);
    }
  }

  #flush(): void {
    if (this.#socket === undefined || this.#batch.size === 0) return;
    this.#socket.write(this.#batch.take(), this.#batch.written);
  }
}
