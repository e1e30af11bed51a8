/** Who makes room when clients hold all the memory there is for them. */
import { describe, expect, it } from "vitest";
import { HeldMemory, Holder } from "../../../../src/transport/http2/held-memory.ts";

/** Holds pieces of one size, and gives them up one by one. */
class Client extends Holder {
  readonly memory: HeldMemory;
  readonly pieceBytes: number;
  shedBytes = 0;

  constructor(memory: HeldMemory, pieceBytes: number) {
    super();
    this.memory = memory;
    this.pieceBytes = pieceBytes;
  }

  /** @returns how many were granted */
  take(pieces: number): number {
    let granted = 0;
    while (granted < pieces && this.memory.hold(this, this.pieceBytes)) granted++;
    return granted;
  }

  override shed(bytes: number): void {
    for (let freed = 0; freed < bytes && this.heldBytes > 0; freed += this.pieceBytes) {
      this.memory.release(this, this.pieceBytes);
      this.shedBytes += this.pieceBytes;
    }
  }
}

function world(): { clock: { nowMs: number }; client: (pieceBytes?: number) => Client } {
  const clock = { nowMs: 0 };
  const memory = new HeldMemory(() => clock.nowMs, 1000);
  return { clock, client: (pieceBytes = 10) => new Client(memory, pieceBytes) };
}

describe("HeldMemory", () => {
  it("lets one that is alone have all of it, and something larger than that", () => {
    const { client } = world();
    expect(client(10).take(200)).toBe(100);
    expect(world().client(5000).take(2)).toBe(1);
  });

  it("takes from the one over its share, as much as is needed", () => {
    const { client } = world();
    const [first, second] = [client(), client()];
    expect(first.take(100)).toBe(100);
    expect(second.take(100)).toBe(50);
    expect([first.heldBytes, second.heldBytes]).toEqual([500, 500]);
    expect(client().take(100)).toBe(33);
    expect(first.heldBytes + second.heldBytes).toBe(670);
  });

  it("takes from the one that is stalled first, whatever share it has", () => {
    const { clock, client } = world();
    const [greedy, stalled] = [client(), client()];
    stalled.take(5);
    clock.nowMs = 999;
    greedy.take(95);
    clock.nowMs = 1000;
    expect(client().take(1)).toBe(1);
    expect([stalled.shedBytes, greedy.shedBytes]).toEqual([50, 0]);
  });

  it("lets one that reads have more than its share of what the stalled ones hold", () => {
    const { clock, client } = world();
    const idle = Array.from({ length: 9 }, () => client());
    for (const each of idle) each.take(11);
    clock.nowMs = 1000;
    const reader = client(400);
    expect(reader.take(1)).toBe(1);
    // Stalled itself, it gets nothing over its share.
    clock.nowMs = 2500;
    expect(reader.take(3)).toBe(0);
    reader.moved(20_000, clock.nowMs);
    expect(reader.take(1)).toBe(1);
  });

  it("does not take a few bytes now and then for movement", () => {
    const { clock, client } = world();
    const [slow, quick, asker] = [client(), client(), client()];
    slow.take(50);
    quick.take(50);
    for (clock.nowMs = 0; clock.nowMs < 1000; clock.nowMs += 100) {
      slow.moved(100, clock.nowMs);
      quick.moved(16_384, clock.nowMs);
    }
    expect(asker.take(1)).toBe(1);
    expect([slow.shedBytes > 0, quick.shedBytes]).toEqual([true, 0]);
  });
});
