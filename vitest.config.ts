import { defineConfig } from "vitest/config";

/**
 * `unit`: no sockets, parallel. `integration`: real servers on loopback. `conformance`: against real Feast. `faults`: Redis breaks under
 * load; rows out of the cache while they are written (test/freshness); and answers while there is no time (test/budget). `kube`: against
 * a real API server (`make test-k8s`). `node`: on a real node (`make test-node`), never by itself.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./test/count-reporter.ts"],
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], pool: "threads" } },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          pool: "forks",
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts", "test/freshness/**/*.test.ts", "test/budget/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 60_000,
          // Its figures are times: nothing runs beside it.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "kube",
          include: ["test/kube/**/*.test.ts"],
          pool: "forks",
          // One API server at a time: it takes half a gigabyte.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // And a core while it starts: not beside what measures.
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "node",
          include: ["test/node/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
