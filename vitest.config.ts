import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Tests import the package by its own name; this condition of the exports map leads that name to src, without a build.
// Without Vite's `module`, which Node does not know: packages have files behind it that Node cannot import.
const conditions = ["@tracegrad/source", ...defaultServerConditions.filter((name) => name !== "module")];

// Ends what hangs, and nothing else: no test may fail because the machine is slow or busy.
const hangs = 10 * 60_000;

// Those that measure their process have one to themselves: processor time and memory are not counted by thread.
const measuring = [
  "agents/call-log",
  "agents/known-messages",
  "graph/dot",
  "optimizers/optoprime/growth",
  "sandbox/quickjs",
  "util/json-objects",
  "util/redact",
].map((name) => `test/${name}.test.ts`);

export default defineConfig({
  // Lowers standard decorators, which Node does not run yet (docs/decisions/0001-toolchain.md).
  esbuild: { target: "node20" },
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // All cores: by itself Vitest leaves one free, which on a machine with two is half of them.
    maxWorkers: "100%",
    testTimeout: hangs,
    hookTimeout: hangs,
    teardownTimeout: hangs,
    expect: { poll: { timeout: hangs } },
    // Failures and a summary. What tests print is shown, since a test that passes prints nothing.
    reporters: [["minimal", { silent: false }]],
    projects: [
      {
        extends: true,
        test: {
          name: "threads",
          // Half a second less of processor time for each file than in processes; modules are each file's own all the same.
          pool: "threads",
          globalSetup: "test/package/built.ts",
          include: ["test/**/*.test.ts"],
          // Long replays: `npm run test:examples`.
          exclude: ["test/fixtures/**", "test/examples/replay/**", ...measuring],
        },
      },
      { extends: true, test: { name: "processes", pool: "forks", include: measuring } },
    ],
  },
});
