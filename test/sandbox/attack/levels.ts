/** The levels that the attacks run on, each behind one interface: sandboxes, sandboxes by way of an optimizer. */
import { bundle, node, TracegradError, trace } from "tracegrad";
import { nodeProcess, quickjs, type Sandbox, type SandboxProgram } from "tracegrad/extend";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import type { Mode } from "./attack.ts";
import { axLevel } from "./ax.ts";
import type { Batch } from "./findings.ts";

/** A program that is to be run once, in a world of its own. */
export interface Order {
  readonly text: string;
  readonly mode: Mode;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly limitMs: number;
}

/** A world for one order, and for the neighbour that shares it. */
export interface World {
  /** Calls the program with one argument. */
  call(argument: unknown): unknown;
  /** Calls another program, `neighbour(x)`, of the same session. */
  beside?(body: string, scope: Readonly<Record<string, unknown>>): unknown;
  close(): void;
}

/** What attacks are run on. */
export interface Level {
  load(): Promise<void>;
  /** Checks a text; throws what the check throws. */
  check?(order: Order): void;
  open(order: Order): World | Promise<World>;
  /** Whether an error is one that the level promises. */
  isTyped(error: unknown): boolean;
}

/** The sandboxes by name. */
const sandboxes: Readonly<Record<string, () => Sandbox>> = {
  quickjs: () => quickjs({ onConsole: () => undefined }),
  bubblewrap: () => nodeProcess({ onConsole: () => undefined }),
  permissions: () => nodeProcess({ onConsole: () => undefined, confine: "permissions" }),
};

/** The level that a batch names. */
export async function levelOf({ level, route }: Batch): Promise<Level> {
  if (level === "no walls") return withoutWalls;
  if (level.startsWith("ax:")) return await axLevel(level.slice("ax:".length));
  const make = sandboxes[level];
  if (make === undefined) throw new Error(`no level ${level}`);
  return route === "direct" ? direct(make()) : proposed(make());
}

/** Code runs in the host as it stands: shows what the runner notices. */
const withoutWalls: Level = {
  load: () => Promise.resolve(),
  isTyped: (error) => isTyped(error),
  open: ({ text, scope }) => {
    const make = new Function(...Object.keys(scope), `${text}\nreturn attack`);
    const attack = make(...Object.values(scope)) as (argument: unknown) => unknown;
    return { call: (argument) => attack(argument), close: () => undefined };
  },
};

const isTyped = (error: unknown): boolean => error instanceof TracegradError && /^[a-z-]+$/.test(error.code);

function programOf({ text, mode, scope, limitMs }: Order): SandboxProgram {
  const spec = { entry: "attack", params: ["aim"], async: mode === "async", scope: Object.keys(scope) };
  return { source: text, spec, scope, timeoutMs: limitMs };
}

function direct(sandbox: Sandbox): Level {
  return {
    load: () => sandbox.load(),
    isTyped,
    check: (order) => {
      const { source, spec } = programOf(order);
      sandbox.check(source, spec);
    },
    open: (order) => {
      const session = sandbox.open();
      const program = programOf(order);
      const call = (made: SandboxProgram, argument: unknown): unknown =>
        made.spec.async ? session.callAsync(made, [argument]) : session.call(made, [argument]);
      return {
        call: (argument) => call(program, argument),
        beside: (body, scope) => {
          const wait = order.mode === "async";
          const source = `${wait ? "async " : ""}function neighbour(x) { ${body.replaceAll("AWAIT ", wait ? "await " : "")} }`;
          const spec = { entry: "neighbour", params: ["x"], async: wait, scope: Object.keys(scope) };
          return call({ source, spec, scope, timeoutMs: 60_000 }, 0);
        },
        close: () => session.close(),
      };
    },
  };
}

/** An optimizer whose model proposes the text; what it accepts is run as part of a program. */
function proposed(sandbox: Sandbox): Level {
  return {
    load: () => sandbox.load(),
    isTyped,
    open: async ({ text, mode, scope, limitMs }) => {
      const options = { trainable: true as const, sandbox, scope, timeoutMs: limitMs };
      const target =
        mode === "async"
          ? bundle(async function attack(aim: unknown) {
              return typeof aim;
            }, options)
          : bundle(function attack(aim: unknown) {
              return typeof aim;
            }, options);
      const llm = scripted(() => ({ toolInput: { reasoning: "So.", suggestion: { attack: text } } }));
      const optimizer = optoPrime(target, { llm });
      const first = await trace(async () => await target(node(1, { name: "aim" })));
      first.backward("Wrong.");
      const { refused } = await optimizer.step();
      return {
        call: async (argument) => {
          if (refused.length > 0) throw new TracegradError("bad-source", "the optimizer refused the text");
          const graph = await trace(async () => await target(node(argument, { name: "aim" })));
          if (graph.error !== undefined) throw graph.error.cause ?? graph.error;
          return graph.value;
        },
        close: () => undefined,
      };
    },
  };
}
