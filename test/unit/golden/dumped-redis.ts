/** A Redis online store without a server: the store's own reading of replies, over hashes that were dumped from real Feast's Redis. */
import type { FeatureStore } from "../../../src/model/feature-store.ts";
import type { Lookup, RowBlock } from "../../../src/model/lookup.ts";
import type { RedisSettings } from "../../../src/model/redis-settings.ts";
import { DueReplies } from "../../../src/store/redis/lane/due-replies.ts";
import { PendingRead } from "../../../src/store/redis/lane/pending-read.ts";
import { ReplyReader } from "../../../src/store/redis/lane/reply-reader.ts";
import { fieldArgs, redisKey } from "../../../src/store/redis/redis-commands.ts";
import { RedisStore } from "../../../src/store/redis/redis-store.ts";
import type { StoreDeps } from "../../../src/store/store-deps.ts";
import { SpanPool } from "../../../src/wire/span-pool.ts";

/** Key → field → value, all in hex. */
export type RedisDump = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** @param settings as for a real connection, which is never opened */
export function dumpedRedis(dump: RedisDump, project: string, settings: RedisSettings, deps: StoreDeps): FeatureStore {
  const store = new RedisStore(settings, project, deps);
  const projectBytes = Buffer.from(project);
  return {
    type: store.type,
    absentCells: store.absentCells,
    readsVersions: store.readsVersions,
    start: (onState) => onState("up"),
    state: () => "up",
    read: (lookups) => readReplies(lookups, repliesOf(dump, lookups, projectBytes)),
    describe: (lookups) => store.describe(lookups),
    close: () => store.close(),
  };
}

/** What Redis would answer to the commands of these lookups, in RESP3. */
function repliesOf(dump: RedisDump, lookups: readonly Lookup[], projectBytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (const { shape, keys } of lookups) {
    if (shape.stride === 0) continue;
    for (const key of keys) {
      const hash = dump[redisKey(key, projectBytes).toString("hex")];
      parts.push(Buffer.from(`*${shape.stride}\r\n`));
      for (const field of fieldArgs(shape)) {
        const hex = hash?.[field.toString("hex")];
        if (hex === undefined) parts.push(Buffer.from("_\r\n"));
        else parts.push(Buffer.from(`$${hex.length / 2}\r\n`), Buffer.from(hex, "hex"), Buffer.from("\r\n"));
      }
    }
  }
  return Buffer.concat(parts);
}

function readReplies(lookups: readonly Lookup[], replies: Buffer): Promise<readonly RowBlock[]> {
  return new Promise((resolve, reject) => {
    const nothing = (): void => {};
    const due = new DueReplies(nothing, nothing);
    const refuse = (): void => reject(new Error("a dumped reply is no row"));
    const reader = new ReplyReader(due, {
      onValue: refuse,
      onPush: refuse,
      onError: refuse,
      onMap: nothing,
      onOther: refuse,
    });
    reader.awaitValues = false;
    const read = new PendingRead(lookups, false, false, 0, new SpanPool(), {
      answered: (_, rows) => resolve(rows),
      failed: (_, error) => reject(error),
    });
    const commands = lookups.reduce((sum, { shape, keys }) => sum + (shape.stride === 0 ? 0 : keys.length), 0);
    if (commands > 0) due.push(read, commands, 0, 0);
    else read.succeed();
    for (let at = 0; at < replies.length; ) {
      const bytes = replies.copy(reader.room(), 0, at);
      reader.received(bytes);
      at += bytes;
    }
  });
}
