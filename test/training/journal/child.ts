/** Starts real processes that hold or make a run, to be killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";

/** A program that can be started many times. */
export interface Program {
  start(...args: string[]): Child;
  remove(): void;
}

/** A process of the program. */
export interface Child {
  readonly pid: number;
  /** Resolves with the first line that begins with `word`, without it; undefined when the process ends before. */
  said(word: string): Promise<string | undefined>;
  /** Kills it at once, as a power switch would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Resolves when it has ended; with its errors when it did not end well. */
  readonly ended: Promise<string | undefined>;
}

/** Makes the program ready: one file, so that it starts quickly. */
export async function durabilityProgram(): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), "tracegrad-child-"));
  const outfile = join(folder, "child.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "../../fixtures/durability/child.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@tracegrad/source"],
    logLevel: "error",
  });
  return {
    start: (...args) => childOf(spawn(process.execPath, [outfile, ...args], { stdio: ["ignore", "pipe", "pipe"] })),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function childOf(process: ChildProcess): Child {
  const lines: string[] = [];
  const errors: string[] = [];
  const listeners = new Set<() => void>();
  let over = false;
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const { stdout, stderr } = process;
  if (stdout === null || stderr === null) throw new Error("The process has no output.");
  createInterface({ input: stdout }).on("line", (line) => {
    lines.push(line);
    changed();
  });
  stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const ended = new Promise<string | undefined>((resolve) => {
    process.on("close", (code, signal) => {
      over = true;
      changed();
      resolve(code === 0 || signal === "SIGKILL" ? undefined : `exit code ${code}: ${errors.join("")}`);
    });
  });
  return {
    pid: process.pid as number,
    ended,
    said: (word) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = lines.find((line) => line.startsWith(word));
          if (found === undefined && !over) return;
          listeners.delete(look);
          resolve(found?.slice(word.length).trim());
        };
        listeners.add(look);
        look();
      }),
    kill: async () => {
      process.kill("SIGKILL");
      await ended;
    },
  };
}
