import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Tests import the package by its own name; this condition of the exports map leads that name to src, without a build.
const conditions = ["@tracegrad/source", ...defaultServerConditions];

export default defineConfig({
  // Lowers standard decorators, which Node does not run yet (docs/decisions/0001-toolchain.md).
  esbuild: { target: "node20" },
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fixtures/**"],
    testTimeout: 30_000,
  },
});
