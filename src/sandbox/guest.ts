/**
 * What runs inside the engine beside the programs: it makes programs callable with text, and adds the few globals that
 * QuickJS lacks. The functions are handed over as text, so each uses only its arguments, its siblings and globals.
 */
import { decodeUtf8, makeTextCoders } from "./guest-text.ts";
import { marshalCore, marshalPart } from "./marshal.ts";
import type { decodeWith } from "./marshal-read.ts";
import type { Tools } from "./marshal-tools.ts";
import type { encodeWith } from "./marshal-write.ts";

/** The one function that code inside can reach outside: `what` says which service, the rest are texts. */
export type HostPort = (
  what: "call" | "ask" | "done" | "log" | "part",
  a: string,
  b: string,
  c: string,
) => string | undefined;

/** What a unit needs beside its text. */
export interface UnitConfig {
  readonly id: string;
  readonly entry: string;
  readonly names: readonly string[];
  readonly constants: Readonly<Record<string, unknown>>;
  readonly hosts: readonly string[];
  readonly async: boolean;
}

/** What was thrown inside, as text that can pass. */
export interface Thrown {
  readonly kind: "guest" | "transfer";
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

type GuestFunction = (...args: never[]) => unknown;
type OpenRequests = Record<string, { resolve(value: unknown): void; reject(reason: unknown): void }>;

/** The marshal and the border, as seen from inside. */
interface GuestContext {
  readonly tools: Tools;
  readonly encodeWith: typeof encodeWith;
  readonly decodeWith: typeof decodeWith;
  readonly host: HostPort;
  readonly max: number;
  readonly waiting: OpenRequests;
  readonly part: <K extends keyof GuestParts>(name: K) => GuestParts[K];
}

/** What is compiled only when it is needed, because compiling is most of the cost of a fresh world. */
interface GuestParts {
  readonly describe: typeof describe;
  readonly asyncRunner: typeof asyncRunner;
  readonly askingStub: typeof askingStub;
  readonly answer: typeof answer;
  readonly makeConsole: typeof makeConsole;
  readonly makeTextCoders: typeof makeTextCoders;
  readonly pack: unknown;
  readonly unpack: unknown;
}

function makeGuest(inside: GuestContext, logs: boolean): object {
  const structuredClone = (value: unknown): unknown =>
    inside.decodeWith(inside.tools, textOf(inside, value, "the value"), true);
  const makers: Record<string, () => unknown> = {
    console: () => inside.part("makeConsole")(inside, logs),
    structuredClone: () => structuredClone,
    TextEncoder: () => inside.part("makeTextCoders")().TextEncoder,
    TextDecoder: () => inside.part("makeTextCoders")().TextDecoder,
  };
  for (const name of Object.keys(makers)) {
    const set = (value: unknown): void => {
      inside.tools.define(globalThis, name, { value, writable: true, configurable: true });
    };
    const get = (): unknown => {
      const value = (makers[name] as () => unknown)();
      set(value);
      return value;
    };
    Object.defineProperty(globalThis, name, { get, set, configurable: true });
  }
  return {
    define: (wrapper: GuestFunction, config: string) => define(inside, wrapper, config),
    answer: (id: string, ok: string, text: string) => inside.part("answer")(inside, id, ok, text),
  };
}

/** Runs a program's text once and gives its entry as a function from text to text. */
function define(inside: GuestContext, wrapper: GuestFunction, configText: string): GuestFunction {
  const t = inside.tools;
  const config = inside.decodeWith(t, configText, true) as UnitConfig;
  const scope: unknown[] = [];
  for (let i = 0; i < config.names.length; i++) {
    const name = config.names[i] as string;
    scope[i] = config.constants[name];
    if (config.hosts.includes(name))
      scope[i] = (config.async ? inside.part("askingStub") : callingStub)(inside, config.id, name);
  }
  let entry: GuestFunction;
  try {
    entry = t.apply(wrapper, undefined, scope) as GuestFunction;
  } catch (error) {
    throw inside.part("describe")(t, error);
  }
  return (config.async ? inside.part("asyncRunner") : syncRunner)(inside, entry);
}

function syncRunner(inside: GuestContext, entry: GuestFunction): GuestFunction {
  const { tools: t, encodeWith, decodeWith } = inside;
  return (text: string): string => {
    let result: ReturnType<typeof encodeWith>;
    try {
      const args = decodeWith(t, text, true) as unknown[];
      result = encodeWith(t, t.apply(entry, undefined, args), "the result", inside.max);
    } catch (error) {
      throw inside.part("describe")(t, error);
    }
    if (result.problem !== undefined) throw refusal(t, result.problem);
    return result.text;
  };
}

function asyncRunner(inside: GuestContext, entry: GuestFunction): GuestFunction {
  const { tools: t, encodeWith, decodeWith } = inside;
  const run = async (call: string, text: string): Promise<void> => {
    let ok = "ok";
    let out = "";
    try {
      const value = await t.apply(entry, undefined, decodeWith(t, text, true) as unknown[]);
      const result = encodeWith(t, value, "the result", inside.max);
      if (result.problem !== undefined) ok = "error";
      out = result.problem === undefined ? result.text : refusal(t, result.problem);
    } catch (error) {
      ok = "error";
      out = inside.part("describe")(t, error);
    }
    inside.host("done", call, ok, out);
  };
  return (call: string, text: string): void => {
    void run(call, text);
  };
}

function callingStub(inside: GuestContext, unit: string, name: string): GuestFunction {
  const { tools: t, decodeWith } = inside;
  return (...args: unknown[]): unknown => {
    const reply = inside.host("call", unit, name, textOf(inside, args, `the arguments of ${name}`)) as string;
    const value = decodeWith(t, t.apply(t.slice, reply, [1]) as string, true);
    if (reply[0] === "!") throw value;
    return value;
  };
}

function askingStub(inside: GuestContext, unit: string, name: string): GuestFunction {
  return async (...args: unknown[]): Promise<unknown> => {
    const text = textOf(inside, args, `the arguments of ${name}`);
    return await new Promise((resolve, reject) => {
      inside.waiting[inside.host("ask", unit, name, text) as string] = { resolve, reject };
    });
  };
}

function answer(inside: GuestContext, id: string, ok: string, text: string): void {
  const waiting = inside.waiting[id];
  delete inside.waiting[id];
  const value = inside.decodeWith(inside.tools, text, true);
  if (ok === "ok") waiting?.resolve(value);
  else waiting?.reject(value);
}

function textOf(inside: GuestContext, value: unknown, label: string): string {
  const t = inside.tools;
  const result = inside.encodeWith(t, value, label, inside.max);
  if (result.problem !== undefined) throw new t.TypeError(result.problem);
  return result.text;
}

function refusal(t: Tools, message: string): string {
  return t.stringify({ __proto__: null, kind: "transfer", name: "", message, stack: "" });
}

/** The text of anything thrown, also of null, of a Proxy, and of what throws when it is read. */
function describe(t: Tools, thrown: unknown): string {
  const read = (key: "name" | "message" | "stack", max: number): string | undefined => {
    try {
      const value = (thrown as Error)[key] as unknown;
      return typeof value === "string" ? (t.apply(t.slice, value, [0, max]) as string) : undefined;
    } catch {
      return undefined;
    }
  };
  let message = read("message", 2048);
  try {
    const isObject = typeof thrown === "object" && thrown !== null;
    message ??= t.apply(t.slice, isObject ? t.stringify(thrown) : t.String(thrown), [0, 2048]) as string;
  } catch {
    message = "(a thrown value that cannot be read)";
  }
  const name = read("name", 100) || (thrown === null ? "null" : typeof thrown);
  return t.stringify({ __proto__: null, kind: "guest", name, message, stack: read("stack", 4096) ?? "" });
}

function makeConsole(inside: GuestContext, logs: boolean): object {
  const t = inside.tools;
  let left = 1000;
  const print = (level: string, items: unknown[]): void => {
    if (!logs || left-- <= 0) return;
    let line = "";
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      const result = typeof item === "string" ? { text: item } : inside.encodeWith(t, item, "(value)", inside.max);
      line += (i > 0 ? " " : "") + (result.problem ?? result.text);
    }
    inside.host("log", level, t.apply(t.slice, line, [0, 2048]) as string, "");
  };
  const console: Record<string, GuestFunction> = {};
  for (const level of ["log", "info", "debug", "warn", "error"]) {
    console[level] = (...items: unknown[]) => print(level, items);
  }
  return console;
}

/**
 * An expression that gives a function `(host, max, logs) => { define, answer }`, to be called once in a fresh context.
 * Its other parts it asks for by `host("part", name)`, see {@link guestPart}.
 */
export function guestSource(): string {
  // Some loaders mark functions with a helper called `__name`, which does nothing that matters here.
  return `(() => { "use strict"; const __name = (fn) => fn;
${[makeGuest, define, syncRunner, callingStub, textOf, refusal].join("\n")}
${marshalCore("part")}
const evaluate = eval;
const parts = { __proto__: null };
let host;
const part = (name) => (parts[name] ??= evaluate(host("part", name, "", "")));
return (port, max, logs) => {
  host = port;
  return ${makeGuest.name}({ tools, encodeWith, decodeWith, host, max, waiting: { __proto__: null }, part }, logs);
};
})()`;
}

/** An expression that gives the named part. */
export function guestPart(name: string): string {
  const own: Readonly<Record<string, readonly GuestFunction[]>> = {
    describe: [describe],
    asyncRunner: [asyncRunner, refusal],
    askingStub: [askingStub, textOf],
    answer: [answer],
    makeConsole: [makeConsole],
    makeTextCoders: [makeTextCoders, decodeUtf8],
  };
  const functions = own[name];
  if (!functions) return marshalPart(name);
  const texts = functions.join("\n");
  return `(() => { "use strict"; const __name = (fn) => fn;\n${texts}\nreturn ${functions[0]?.name}; })()`;
}
