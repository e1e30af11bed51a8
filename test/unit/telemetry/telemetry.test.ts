import { describe, expect, it } from "vitest";
import { createLog } from "../../../src/telemetry/log.ts";
import { METRICS } from "../../../src/telemetry/metric-table.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

describe("createLog", () => {
  function logger(level: "debug" | "info" | "warn") {
    const lines: string[] = [];
    const time = { ms: 0 };
    const log = createLog({ level, write: (line) => lines.push(line), epochMs: () => time.ms, faultIntervalMs: 100 });
    return { lines, time, log };
  }

  it("writes one JSON object per line, above its level", () => {
    const { lines, log } = logger("info");
    log.debug("left_out");
    log.info("listening", { data: ["127.0.0.1:1"], big: 2n ** 60n });
    log.error("broken", { error: new Error("outer", { cause: new TypeError("inner\nline") }) });
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(lines[0] as string)).toEqual({
      time: "1970-01-01T00:00:00.000Z",
      level: "info",
      event: "listening",
      data: ["127.0.0.1:1"],
      big: "1152921504606846976",
    });
    expect(JSON.parse(lines[1] as string).error).toBe("Error: outer (caused by TypeError: inner\nline)");
  });

  it("says repeated faults once per interval, and how many it left out", () => {
    const { lines, log, time } = logger("warn");
    for (let i = 0; i < 5; i++) log.fault("store_down", { i });
    log.fault("other");
    time.ms = 100;
    log.fault("store_down", { i: 9 });
    const events = lines.map((line) => JSON.parse(line));
    expect(events.map((event) => [event.event, event.i, event.suppressed])).toEqual([
      ["store_down", 0, undefined],
      ["other", undefined, undefined],
      ["store_down", 9, 4],
    ]);
  });
});

describe("createMetrics", () => {
  it("exports every row of the table with what was recorded", async () => {
    let ageSeconds: number | undefined;
    const { recorder, render } = createMetrics({ registryAgeSeconds: () => ageSeconds, processMetrics: false });
    recorder.requestDone("http", "OK", 0.0003);
    recorder.requestDone("http", "OK", 0.7);
    recorder.requestDone("serving_service", "UNAVAILABLE", 0.1);
    recorder.registryRefreshed("swapped");
    recorder.storeState("up");
    recorder.storeRead("ok");
    recorder.connectionOpened();
    recorder.connectionOpened();
    recorder.connectionClosed();
    const before = (await render()).body;
    expect(before).not.toMatch(/^feast_sidecar_registry_age_seconds \d/m);
    ageSeconds = 12.5;
    const { contentType, body } = await render();
    expect(contentType).toMatch(/^text\/plain/);
    for (const { name, kind } of Object.values(METRICS)) expect(body).toContain(`# TYPE ${name} ${kind}`);
    for (const line of [
      'feast_sidecar_requests_total{surface="http",outcome="OK"} 2',
      'feast_sidecar_requests_total{surface="serving_service",outcome="UNAVAILABLE"} 1',
      'feast_sidecar_request_duration_seconds_bucket{le="0.00025",surface="http"} 0',
      'feast_sidecar_request_duration_seconds_bucket{le="0.0005",surface="http"} 1',
      'feast_sidecar_registry_refresh_total{outcome="swapped"} 1',
      "feast_sidecar_registry_age_seconds 12.5",
      "feast_sidecar_store_up 1",
      'feast_sidecar_store_reads_total{outcome="ok"} 1',
      "feast_sidecar_connections 1",
      "feast_sidecar_connections_refused_total 0",
    ]) {
      expect(body.split("\n")).toContain(line);
    }
  });

  it("adds the process's metrics under the prefix", async () => {
    const { render } = createMetrics({ registryAgeSeconds: () => undefined, processMetrics: true });
    const names = [...(await render()).body.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(names).toContain("feast_sidecar_process_cpu_seconds_total");
    expect(names.every((name) => name?.startsWith("feast_sidecar_"))).toBe(true);
  });
});
