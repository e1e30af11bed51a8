import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Lookup, RowBlock } from "../../../../src/model/lookup.ts";
import type { ServeError } from "../../../../src/model/serve-error.ts";
import { SlotTable } from "../../../../src/store/redis/cluster/slot-table.ts";
import { lookupOf, rowHex, shapeOf } from "../lookup-fixture.ts";
import { now } from "../redis-routing/routing-kit.ts";
import { FakeCluster, keysIn } from "./cluster-kit.ts";

const SHAPE = shapeOf(["v", "f"]);
const LOW = keysIn(0, 3) as [string, string, string];
const HIGH = keysIn(1, 3) as [string, string, string];

let cluster: FakeCluster;
beforeEach(() => {
  vi.useFakeTimers({ now: 1000 });
  cluster = new FakeCluster("primary");
});
afterEach(() => {
  cluster.close();
  vi.useRealTimers();
});

const read = (lookups: readonly Lookup[], deadlineMs = now() + 50): Promise<readonly RowBlock[]> =>
  cluster.reader.read(lookups, deadlineMs);
/** First cell of each key, null = absent. */
async function cells(...keys: readonly string[]): Promise<(string | null)[] | string> {
  return read([lookupOf(SHAPE, ...keys)]).then(
    ([block]) => keys.map((_, key) => rowHex(block!, SHAPE, key)[0]!),
    (error: ServeError) => `${error.code}: ${error.message}`,
  );
}

describe("split by slot", () => {
  test("each set is asked for its keys, and rows come back in their places", async () => {
    const [p0, p1] = cluster.primaries;
    p0.onSend = (sent) => p0.answer(sent, 0x10);
    p1.onSend = (sent) => p1.answer(sent, 0x11);
    expect(await cells(HIGH[0], LOW[0], LOW[1], HIGH[1])).toEqual(["11", "10", "10", "11"]);
    expect(cluster.asked()).toEqual({ p0: [LOW[0], LOW[1]], p1: [HIGH[0], HIGH[1]] });
    expect(cluster.refreshed).toBe(0);
  });

  test("a row that the primary does not have is not asked for again", async () => {
    const [p0] = cluster.primaries;
    p0.onSend = (sent) => p0.answer(sent, -1);
    expect(await cells(LOW[0])).toEqual([null]);
    expect(cluster.asked()).toEqual({ p0: [LOW[0]] });
  });

  test("several lookups, some of them empty", async () => {
    const wide = shapeOf(["w", "f", "g"]);
    const blocks = await read([lookupOf(wide, LOW[0]), lookupOf(SHAPE), lookupOf(SHAPE, HIGH[0], LOW[1])]);
    expect(blocks.map(({ sources }) => sources.length)).toEqual([1, 0, 2]);
    expect(rowHex(blocks[0]!, wide, 0)).toEqual(["01", "01", "01"]);
    expect(await read([])).toEqual([]);
  });

  test("one set fails: the read fails", async () => {
    const [, p1] = cluster.primaries;
    p1.onSend = (sent) => p1.refuse(sent, "NOPERM");
    expect(await cells(LOW[0], HIGH[0])).toBe("UNAVAILABLE: redis p1 answered: NOPERM because");
  });

  test("slots that are not known, or that nobody has, are UNAVAILABLE and looked for", async () => {
    cluster.table = undefined;
    expect(await cells(LOW[0])).toBe("UNAVAILABLE: The slots of the Redis cluster are not known yet");
    cluster.table = new SlotTable([{ id: "0", nodes: [], slots: [0, 8191] }]);
    expect(await cells(LOW[0])).toEqual(["01"]);
    const asked = cluster.primaries[0].sent.length;
    expect(await cells(LOW[0], HIGH[0])).toBe("UNAVAILABLE: No node of the Redis cluster holds the slot of a key");
    expect([cluster.refreshed, cluster.primaries[0].sent.length]).toEqual([1, asked]);
  });
});

describe("redirections", () => {
  test("MOVED is followed, the others keep their rows, and the picture is looked at again", async () => {
    const [p0, p1] = cluster.primaries;
    cluster.elsewhere(p0, "MOVED 7 p1:6379", LOW[1]);
    p1.onSend = (sent) => p1.answer(sent, 0x11);
    expect(await cells(LOW[0], LOW[1], LOW[2])).toEqual(["01", "11", "01"]);
    expect(cluster.asked()).toEqual({ p0: LOW, p1: [LOW[1]] });
    expect(cluster.refreshed).toBe(1);
  });

  test("ASK is followed with ASKING, to a node in no set as well", async () => {
    cluster.elsewhere(cluster.primaries[0], "ASK 7 guest:6379", LOW[0], LOW[2]);
    expect(await cells(...LOW)).toEqual(["0a", "01", "0a"]);
    expect(cluster.asked()).toEqual({ p0: LOW, guest: [`asking ${LOW[0]}`, `asking ${LOW[2]}`] });
  });

  test("to several nodes at once, and on from there", async () => {
    const [p0, p1] = cluster.primaries;
    cluster.elsewhere(p0, "MOVED 7 p1:6379", LOW[0], LOW[1]);
    cluster.elsewhere(p1, "ASK 7 guest:6379", LOW[1]);
    expect(await cells(LOW[0], LOW[1], HIGH[0])).toEqual(["01", "0a", "01"]);
    expect(cluster.asked()).toEqual({
      p0: [LOW[0], LOW[1]],
      p1: [HIGH[0], LOW[0], LOW[1]],
      guest: [`asking ${LOW[1]}`],
    });
  });

  test("to one node, of keys that it has and of keys that are on their way to it", async () => {
    const [p0] = cluster.primaries;
    p0.onSend = (sent) =>
      p0.answer(sent, 1, (key) => `${key.toString("hex") === LOW[0] ? "ASK" : "MOVED"} 7 guest:6379`);
    expect(await cells(LOW[0], LOW[1])).toEqual(["0a", "01"]);
    expect(cluster.asked()).toMatchObject({ guest: [`asking ${LOW[0]}`, LOW[1]] });
  });

  test("in circles: bounded", async () => {
    const [p0, p1] = cluster.primaries;
    cluster.elsewhere(p0, "MOVED 7 p1:6379", LOW[0]);
    cluster.elsewhere(p1, "MOVED 7 p0:6379", LOW[0]);
    expect(await cells(LOW[0], LOW[1])).toBe("UNAVAILABLE: The nodes of the Redis cluster send keys in circles");
    expect(p0.sent.length + p1.sent.length).toBe(6);
  });

  test("to a node that is not up yet: waited for, for a second at most, and within the deadline", async () => {
    const { guest } = cluster;
    guest.isUp = false;
    cluster.elsewhere(cluster.primaries[0], "ASK 7 guest:6379", LOW[0]);
    const soon = cells(LOW[0]);
    await vi.advanceTimersByTimeAsync(12);
    guest.isUp = true;
    await vi.advanceTimersByTimeAsync(5);
    expect(await soon).toEqual(["0a"]);
    guest.isUp = false;
    const never = "UNAVAILABLE: The node of the Redis cluster that has a key cannot be reached";
    const within = cells(LOW[0]);
    await vi.advanceTimersByTimeAsync(55);
    expect(await within).toBe(never);
    const endless = read([lookupOf(SHAPE, LOW[0])], Number.POSITIVE_INFINITY).catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(1005);
    expect(`UNAVAILABLE: ${await endless}`).toBe(never);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that make no sense are refused", async () => {
    cluster.elsewhere(cluster.primaries[0], "MOVED somewhere", LOW[0]);
    expect(await cells(LOW[0])).toBe("UNAVAILABLE: A node of the Redis cluster sent a strange redirection");
    expect(cluster.named).toEqual([]);
  });
});

describe("a row that a replica does not have", () => {
  beforeEach(() => {
    cluster.close();
    cluster = new FakeCluster("replica_preferred");
    const [r0] = cluster.replicas;
    r0.onSend = (sent) => r0.answer(sent, -1);
  });

  test("is asked for once more, of the primary, and that alone", async () => {
    expect(await cells(LOW[0], HIGH[0], LOW[1])).toEqual(["01", "01", "01"]);
    expect(cluster.asked()).toEqual({ r0: [LOW[0], LOW[1]], r1: [HIGH[0]], p0: [LOW[0], LOW[1]] });
  });

  test("and that the primary does not have either is not there", async () => {
    const [p0] = cluster.primaries;
    p0.onSend = (sent) => p0.answer(sent, -1);
    expect(await cells(LOW[0])).toEqual([null]);
    expect(cluster.asked()).toEqual({ r0: [LOW[0]], p0: [LOW[0]] });
  });

  test("and that is on its way is fetched with ASKING", async () => {
    cluster.elsewhere(cluster.primaries[0], "ASK 7 p1:6379", LOW[0]);
    expect(await cells(LOW[0])).toEqual(["0a"]);
    expect(cluster.asked()).toEqual({ r0: [LOW[0]], p0: [LOW[0]], p1: [`asking ${LOW[0]}`] });
  });

  test("beside one that was sent elsewhere is asked for, too", async () => {
    const [r0] = cluster.replicas;
    r0.onSend = (sent) =>
      r0.answer(sent, -1, (key) => (key.toString("hex") === LOW[0] ? "MOVED 7 p1:6379" : undefined));
    expect(await cells(...LOW)).toEqual(["01", "01", "01"]);
    expect(cluster.asked()).toEqual({ r0: LOW, p1: [LOW[0]], p0: [LOW[1], LOW[2]] });
  });

  test("is not there while no primary is known: all that have data say so", async () => {
    cluster.primaries[0].break();
    cluster.rigs[0]!.set.changed();
    expect(await cells(LOW[0])).toEqual([null]);
    expect(cluster.asked()).toEqual({ r0: [LOW[0]] });
  });

  test("is not answered while the primary stands still, however long", async () => {
    const [p0] = cluster.primaries;
    p0.onSend = () => {};
    const first = cells(LOW[0]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await first).toBe("DEADLINE_EXCEEDED: redis p0 did not answer before the deadline of the request");
    p0.onSend = (sent) => p0.answer(sent, 1);
    expect(await cells(LOW[2])).toEqual(["01"]);
  });

  test("is not there when the primary goes away meanwhile", async () => {
    const [p0] = cluster.primaries;
    p0.onSend = () => p0.break();
    expect(await cells(LOW[0])).toEqual([null]);
  });
});

describe("a caller that leaves", () => {
  test("before the primary is asked for absent rows: it is not", async () => {
    cluster.close();
    cluster = new FakeCluster("replica_preferred");
    const caller = { cancelled: false, priority: "batch" as const };
    const [r0] = cluster.replicas;
    r0.onSend = (sent) => {
      caller.cancelled = true;
      r0.answer(sent, -1);
    };
    const rows = cluster.reader.read([lookupOf(SHAPE, LOW[0])], now() + 50, false, caller);
    await expect(rows).rejects.toMatchObject({ code: "CANCELLED" });
    expect(cluster.asked()).toEqual({ r0: [LOW[0]] });
  });

  test("is known where a key moved to, and so is its priority", async () => {
    const caller = { cancelled: false, priority: "batch" as const };
    cluster.elsewhere(cluster.primaries[0], "MOVED 1 guest:6379", LOW[0]);
    await cluster.reader.read([lookupOf(SHAPE, LOW[0])], now() + 50, false, caller);
    expect(cluster.guest.sent.map((sent) => [sent.caller, sent.isLive])).toEqual([[caller, false]]);
  });
});
