/**
 * Kills a learning loop in a real process again and again, starts it again in the same folder, and counts what was paid
 * twice.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import {
  type Behaviour,
  end,
  type MessagesServer,
  START,
  STOP,
  startServer,
  streams,
  textBlock,
  toolBlock,
} from "../llm/messages-server.ts";

/** How many calls of a run are under way at once: no more than so many are lost with a kill. */
export const concurrency = 4;

/** A model on a loopback server that answers by rule, and what it was asked. */
export interface Service {
  readonly server: MessagesServer;
  /** The file of the loop. */
  readonly program: string;
  /** The prompts that were answered since the last `forget`, each as often as that was. */
  readonly answered: readonly string[];
  forget(): void;
}

/**
 * Starts the model. `delay` gives the milliseconds that an answer takes; `program` is what is to be killed, as it
 * stands in the folder of the built package.
 */
export async function startModel(
  builtPackage: string,
  delay: () => number,
  program: "train" | "study" | "episodes" = "train",
): Promise<Service> {
  const answered: string[] = [];
  const answer: Behaviour = (response, request) => {
    if (request.path !== "/v1/messages") {
      const isCount = request.path?.endsWith("/count_tokens") === true;
      response.writeHead(isCount ? 200 : 404, { "content-type": "application/json" }).end('{"input_tokens":500}');
      return;
    }
    const prompt = JSON.stringify(request.body["messages"]);
    setTimeout(() => {
      if (response.destroyed) return;
      answered.push(prompt);
      const [, input, by] = /shift (-?[\d.]+) by (-?[\d.]+)/.exec(prompt) ?? [];
      const reply =
        request.body["tools"] === undefined
          ? [textBlock(String(Number(input) + Number(by))), end("end_turn")]
          : [toolBlock(0, "propose_update", JSON.stringify(better(prompt))), end("tool_use")];
      streams(START, ...reply, STOP)(response, request);
    }, delay());
  };
  const server = await startServer([answer]);
  const file = join(builtPackage, "test/fixtures/durability", `${program}.js`);
  return { server, program: file, answered, forget: () => void answered.splice(0) };
}

/** Moves the offset half of the way that the feedback tells. */
function better(prompt: string): unknown {
  const now = Number(/\(number\) offset[^]*?```\\n(-?[\d.]+)\\n```/.exec(prompt)?.[1]);
  const off = [...prompt.matchAll(/too (low|high) by ([\d.]+)/g)].map(
    ([, side, size]) => (side === "low" ? 1 : -1) * Number(size),
  );
  return { reasoning: "", suggestion: { offset: now + off.reduce((sum, one) => sum + one, 0) / off.length / 2 } };
}

/** How a run that was killed now and then ended. */
export interface Ended {
  /** What the run led to, as text. */
  readonly final: string;
  readonly kills: number;
  /** Prompts that were answered more than once. */
  readonly repeats: number;
}

/**
 * Runs the loop in `folder` until it is done. `life` gives the milliseconds after which a process is killed; undefined:
 * not.
 */
export async function runKilled(
  service: Service,
  folder: string,
  life: (start: number) => number | undefined,
): Promise<Ended> {
  service.forget();
  for (let kills = 0; ; kills++) {
    const output = await once(service, folder, life(kills));
    const final = /^final (.*)$/m.exec(output)?.[1];
    if (final === undefined) continue;
    const repeats = service.answered.length - new Set(service.answered).size;
    return { final, kills, repeats };
  }
}

/** Runs the loop in a process that dies at its n-th write to a file, then once more to the end. */
export async function runKilledAtWrite(service: Service, folder: string, write: number): Promise<Ended> {
  service.forget();
  const first = await once(service, folder, undefined, write);
  const ended = /^final (.*)$/m.exec(first)?.[1];
  if (ended !== undefined) return { final: ended, kills: 0, repeats: 0 };
  const final = /^final (.*)$/m.exec(await once(service, folder, undefined))?.[1] ?? "";
  return { final, kills: 1, repeats: service.answered.length - new Set(service.answered).size };
}

async function once(service: Service, folder: string, life: number | undefined, killAt = 0): Promise<string> {
  const args = [service.program, folder, service.server.url, String(killAt)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let timer: NodeJS.Timeout | undefined;
  const hear = (text: Buffer) => {
    output += String(text);
    // The life begins when the run is open: before that there is nothing to lose.
    if (life !== undefined && timer === undefined && output.includes("open"))
      timer = setTimeout(() => child.kill("SIGKILL"), life);
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  if (code !== 0 && code !== null) throw new Error(`The run failed:\n${output}`);
  return output;
}
