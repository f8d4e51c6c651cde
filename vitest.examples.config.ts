import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

const { projects: _, ...test } = base.test ?? {};

/** Replays whole runs of the examples: longer than what `npm test` runs, and under the same rules. */
export default defineConfig({
  ...base,
  test: {
    ...test,
    name: "examples",
    pool: "threads",
    globalSetup: "test/package/built.ts",
    include: ["test/examples/replay/**/*.test.ts"],
    // A whole pipeline of 15 steps takes many minutes on a busy machine.
    ...(process.env["TRACEGRAD_WHOLE_REPLAYS"] === "1" && { testTimeout: 7_200_000 }),
  },
});
