/** What counting a request costs. */
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { expectEqual, type MicroCase } from "../micro-case.ts";

const COUNT = 1_000;
/** 0.1 ms to 1.1 ms in no order, so that the buckets cannot be foreseen. */
const DURATIONS_SECONDS = Float64Array.from({ length: COUNT }, (_, index) => 1e-4 + ((index * 7919) % COUNT) * 1e-6);

const create = () => createMetrics({ registryAgeSeconds: () => undefined, processMetrics: false });
const count = ({ recorder }: ReturnType<typeof create>): number => {
  for (const durationSeconds of DURATIONS_SECONDS) recorder.requestDone("serving_service", "OK", durationSeconds);
  return COUNT;
};

/** Scraping is asynchronous and checks are not, so one run is scraped beforehand. */
const metrics = create();
count(metrics);
const page = (await metrics.render()).body;

const requestCase: MicroCase = {
  name: "telemetry: requestDone",
  prepare: () => {
    const measured = create();
    const lineOf = (series: string) => page.split("\n").find((line) => line.startsWith(series));
    return {
      ops: COUNT,
      run: () => count(measured),
      check: () => {
        const requests = 'feast_sidecar_requests_total{surface="serving_service",outcome="OK"}';
        expectEqual("requests", lineOf(requests), `${requests} ${COUNT}`);
        const halfMs = 'feast_sidecar_request_duration_seconds_bucket{le="0.0005",surface="serving_service"}';
        const wanted = DURATIONS_SECONDS.filter((seconds) => seconds <= 5e-4).length;
        expectEqual("those of 0.5 ms and less", lineOf(halfMs), `${halfMs} ${wanted}`);
      },
    };
  },
};

export const telemetryCases: readonly MicroCase[] = [requestCase];
