import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Tests import the package by its own name; this condition of the exports map leads that name to src, without a build.
const conditions = ["@tracegrad/source", ...defaultServerConditions];

// Ends what hangs, and nothing else: no test may fail because the machine is slow or busy.
const hangs = 10 * 60_000;

export default defineConfig({
  // Lowers standard decorators, which Node does not run yet (docs/decisions/0001-toolchain.md).
  esbuild: { target: "node20" },
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // All cores: by itself Vitest leaves one free, which on a machine with two is half of them.
    maxWorkers: "100%",
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**"],
    testTimeout: hangs,
    hookTimeout: hangs,
    teardownTimeout: hangs,
    expect: { poll: { timeout: hangs } },
    // Failures and a summary. What tests print is shown, since a test that passes prints nothing.
    reporters: [["minimal", { silent: false }]],
  },
});
