/** Tools that only the table needs, installed once into a cache beside this repository's own packages. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { npm } from "./project.ts";

const cache = resolve(import.meta.dirname, "../../node_modules/.cache/tracegrad-toolchains");
const machine = `${process.platform}-${process.arch}`;

/** What to install for each tool. Versions are exact, so that the table says the same tomorrow, but for patches of Node. */
const packages = {
  "node-20": [`node-${machine}@20`],
  "node-22": [`node-${machine}@22`],
  "node-24": [`node-${machine}@24`],
  webpack: ["webpack@5.113.0", "esbuild-loader@4.5.0"],
  rollup: ["rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3", "@rollup/plugin-commonjs@29.0.3"],
  vite: ["vite@8.4.0"],
  bun: [`@oven/bun-${machine}@1.4.5`],
  deno: [`@deno/${machine}-glibc@2.9.6`],
} as const;

/** The name of a tool. */
export type Tool = keyof typeof packages;

/** The folder that has a tool in its `node_modules`. */
function toolFolder(tool: Tool): string {
  const folder = join(cache, tool);
  const wanted = packages[tool].join(" ");
  const done = join(folder, `${wanted.replace(/[^\w.]+/g, "-")}.done`);
  if (existsSync(done)) return folder;
  console.log(`  installs ${wanted}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm(folder, "install", ...packages[tool]);
  writeFileSync(done, "");
  return folder;
}

/** The program of a tool that is a program. */
export function toolProgram(tool: Tool, path: string): string {
  return join(toolFolder(tool), "node_modules", path);
}

/** Where a package of a tool begins. */
export function toolPath(tool: Tool, name: string): string {
  return createRequire(join(toolFolder(tool), "package.json")).resolve(name);
}

/** A package of a tool, loaded. */
export async function loadTool(tool: Tool, name: string): Promise<unknown> {
  return await import(pathToFileURL(toolPath(tool, name)).href);
}
