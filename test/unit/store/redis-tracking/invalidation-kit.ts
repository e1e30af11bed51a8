/** A reply reader whose invalidations are written down in the order in which they came among other things. */
import { DueReplies } from "../../../../src/store/redis/lane/due-replies.ts";
import { PendingRead } from "../../../../src/store/redis/lane/pending-read.ts";
import { ReplyReader } from "../../../../src/store/redis/lane/reply-reader.ts";
import { SpanPool } from "../../../../src/wire/span-pool.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../lookup-fixture.ts";

const SHAPE = shapeOf(["v", "f"]);

export interface Heard {
  readonly said: string[];
  /** A row of two cells is due. */
  expectRow(): void;
  /** @throws what the reader throws */
  chunk(bytes: Buffer): void;
}

export function hear(): Heard {
  const said: string[] = [];
  const due = new DueReplies(
    () => {},
    () => {},
  );
  const reader = new ReplyReader(due, {
    onValue: () => said.push("value"),
    onPush: (frame) => said.push(`push ${String(frame)}`),
    invalidations: {
      pushed: () => said.push("pushed"),
      keyChanged: (key) => said.push(`key ${key.toString("hex")}`),
      allChanged: () => said.push("all"),
    },
    onError: (_, text) => said.push(text),
    onMap: () => {},
    onOther: () => said.push("other"),
  });
  reader.awaitValues = false;
  const spans = new SpanPool();
  return {
    said,
    expectRow() {
      const read = new PendingRead([lookupOf(SHAPE, driverKeyHex(1))], false, false, 0, spans, {
        answered: (_, [block]) => said.push(`row ${rowHex(block!, SHAPE, 0).join()}`),
        failed: (_, error) => said.push(error.message),
      });
      due.push(read, 1, 2, 0);
    },
    chunk(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const taken = bytes.copy(reader.room(), 0, at);
        reader.received(taken);
        at += taken;
      }
    },
  };
}

/** As Redis writes it. */
export function pushOf(...keys: readonly Uint8Array[]): Buffer {
  const bulks = keys.flatMap((key) => [Buffer.from(`$${key.length}\r\n`), key, Buffer.from("\r\n")]);
  return Buffer.concat([Buffer.from(`>2\r\n$10\r\ninvalidate\r\n*${keys.length}\r\n`), ...bulks]);
}
