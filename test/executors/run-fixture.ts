/** Runs a file of test/fixtures/executors in a process of its own, as users run theirs. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Service } from "../e2e/killed-training.ts";

/** How a fixture ended. */
export interface FixtureEnd {
  /** Its result as JSON, without times; undefined when it has none. */
  readonly final: string | undefined;
  /** What it wrote to both outputs. */
  readonly output: string;
  /** The prompts that the model answered, sorted. */
  readonly requests: readonly string[];
}

/** How a fixture is run. */
export interface FixtureOptions {
  /** The model that it asks. What was answered before is forgotten, unless it is to be killed. */
  readonly service?: Service;
  readonly folder?: string;
  /** Kills it as soon as the model has answered so often. */
  readonly killAt?: number;
  /** Gets what sends it a signal. What was answered before is then not forgotten either. */
  readonly onStart?: (send: (signal: "SIGKILL" | "SIGUSR2") => void) => void;
}

/** Runs `file` with these variables, against a model. */
export async function runFixture(
  file: string,
  env: Readonly<Record<string, string>>,
  { service, folder, killAt, onStart }: FixtureOptions = {},
): Promise<FixtureEnd> {
  if (killAt === undefined && onStart === undefined) service?.forget();
  const main = join(process.env["TRACEGRAD_BUILT"] ?? "", "test/fixtures/executors/main.js");
  const url = service === undefined ? {} : { MODEL_URL: service.server.url };
  const child = spawn(process.execPath, [main, file, ...(folder === undefined ? [] : [folder])], {
    env: { ...process.env, NO_COLOR: "1", ...env, ...url },
  });
  onStart?.((signal) => void child.kill(signal));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const killing = setInterval(() => {
    if (service !== undefined && service.answered.length >= (killAt ?? Number.POSITIVE_INFINITY)) child.kill("SIGKILL");
  }, 1);
  await new Promise((resolve) => child.on("close", resolve));
  clearInterval(killing);
  const requests = [...(service?.answered ?? [])].sort();
  return { final: /^final (.*)$/m.exec(output)?.[1], output, requests };
}

/** A result without what lost calls cost, and without the warnings of the processes that ended. */
export function withoutCosts(final = ""): unknown {
  const { spent: _, warnings: __, ...rest } = JSON.parse(final) as Readonly<Record<string, unknown>>;
  return rest;
}
