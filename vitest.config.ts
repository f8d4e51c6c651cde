import { defineConfig } from "vitest/config";

// Vite 7 lowers standard decorators through esbuild as soon as a target is named; Vite 8 does not (docs/decisions).
export default defineConfig({
  esbuild: { target: "node20" },
  resolve: { conditions: ["@tracegrad/source"] },
  ssr: { resolve: { conditions: ["@tracegrad/source"] } },
  test: { include: ["test/**/*.test.ts"], exclude: ["test/fixtures/**"], testTimeout: 30_000 },
});
