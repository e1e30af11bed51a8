import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isAllowedHost } from "../../../src/admin/allowed-host.ts";
import { HealthParts, type HealthPartsOptions } from "../../../src/admin/health-parts.ts";

let nowMs = 0;
beforeEach(() => {
  nowMs = 1000;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function parts(options: Partial<HealthPartsOptions> = {}): HealthParts {
  return new HealthParts({ readiness: "any", storeGraceMs: 0, nowMs: () => nowMs, ...options });
}
const verdicts = (health: HealthParts) => ({
  startup: health.report("startup").ok,
  readiness: health.report("readiness").ok,
  liveness: health.report("liveness").ok,
});

describe("HealthParts", () => {
  it("starts without the store, is ready with it", () => {
    const health = parts();
    expect(verdicts(health)).toEqual({ startup: false, readiness: false, liveness: true });
    health.listenersBound();
    health.registryLoaded();
    expect(verdicts(health)).toEqual({ startup: true, readiness: false, liveness: true });
    health.storeState("up");
    expect(verdicts(health)).toEqual({ startup: true, readiness: true, liveness: true });
  });

  it("`any` stays ready without the store, `store` does not; shutdown ends both", () => {
    for (const readiness of ["any", "store"] as const) {
      const health = parts({ readiness });
      health.listenersBound();
      health.registryLoaded();
      health.storeState("up");
      health.storeState("down");
      expect(health.isReady()).toBe(readiness === "any");
      health.storeState("up");
      expect(health.isReady()).toBe(true);
      health.shutdown();
      expect(verdicts(health)).toEqual({ startup: true, readiness: false, liveness: true });
    }
  });

  it("names the part in the way", () => {
    const health = parts();
    health.listenersBound();
    expect(health.report("readiness").parts).toEqual([
      { part: "listeners", ok: true, detail: "bound" },
      { part: "registry", ok: false, detail: "not loaded yet" },
      { part: "store", ok: false, detail: "never reached yet" },
      { part: "shutdown", ok: true, detail: "not asked for" },
    ]);
  });

  it("tells listeners of changed verdicts only", () => {
    const health = parts();
    const heard = vi.fn();
    health.onChange(heard);
    health.listenersBound();
    expect(heard).toHaveBeenCalledTimes(0);
    health.registryLoaded();
    expect(heard).toHaveBeenCalledTimes(1);
    health.registryLoaded();
    health.storeState("connecting");
    expect(heard).toHaveBeenCalledTimes(1);
    health.storeState("up");
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it("fails liveness after the store was away for its grace, and says so when it happens", () => {
    const health = parts({ storeGraceMs: 500 });
    health.storeState("up");
    nowMs += 10_000;
    const heard = vi.fn();
    health.onChange(heard);
    health.storeState("down");
    nowMs += 499;
    vi.advanceTimersByTime(499);
    expect(verdicts(health).liveness).toBe(true);
    nowMs += 2;
    vi.advanceTimersByTime(2);
    expect(verdicts(health).liveness).toBe(false);
    expect(heard).toHaveBeenCalledTimes(1);
    health.storeState("up");
    expect(verdicts(health).liveness).toBe(true);
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it("asks for what a restart would do at half the grace, once, and not when the store is back by then", () => {
    const onStoreAway = vi.fn();
    const health = parts({ storeGraceMs: 500, onStoreAway });
    const wait = (ms: number): void => {
      nowMs += ms;
      vi.advanceTimersByTime(ms);
    };
    health.storeState("up");
    health.storeState("down");
    wait(200);
    health.storeState("up");
    wait(1000);
    expect(onStoreAway).toHaveBeenCalledTimes(0);
    health.storeState("down");
    wait(249);
    expect(onStoreAway).toHaveBeenCalledTimes(0);
    wait(1000);
    expect(onStoreAway).toHaveBeenCalledTimes(1);
  });
});

describe("isAllowedHost", () => {
  it.each([
    "127.0.0.1",
    "127.0.0.1:9566",
    "[::1]:9566",
    "[fe80::1]",
    "10.1.2.3:80",
    "localhost",
    "LOCALHOST:1",
    "sidecar.example:9",
    "Sidecar.Example.",
  ])("accepts %s", (host) => expect(isAllowedHost(host, ["sidecar.example"])).toBe(true));
  it.each([
    undefined,
    "",
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil",
    "[evil]",
    "::1",
    "a:b:c",
    "127.0.0.1:x",
    "sidecar.example.evil",
  ])("refuses %s", (host) => expect(isAllowedHost(host, ["sidecar.example"])).toBe(false));
});
