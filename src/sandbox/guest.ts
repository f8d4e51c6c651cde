/**
 * What runs inside the engine beside the programs: it makes programs callable with text, and adds the few globals that
 * QuickJS lacks. The functions are handed over as text, so each uses only its arguments, its siblings and globals; and
 * none uses a global, or writes to what has a prototype, once a program could have changed those.
 */
import { evenSource } from "./guest-names.ts";
import { decodeUtf8, encodeUtf8, makeTextDecoder, makeTextEncoder } from "./guest-text.ts";
import { marshalSource } from "./marshal.ts";
import type { decodeWith } from "./marshal-read.ts";
import type { Tools } from "./marshal-tools.ts";
import type { encodeWith } from "./marshal-write.ts";
import type { Draws } from "./random.ts";

/** The one function that code inside can reach outside: `what` says which service, the rest are texts. */
export type HostPort = (what: "call" | "ask" | "done" | "log", a: string, b: string, c: string) => string | undefined;

/** What a unit needs beside its text. */
export interface UnitConfig {
  readonly entry: string;
  readonly names: readonly string[];
  readonly constants: Readonly<Record<string, unknown>>;
  readonly hosts: readonly string[];
  readonly async: boolean;
  /** The longest text that may pass out, in UTF-16 units. */
  readonly max: number;
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
  /** The longest text that may pass out, which is the same for all programs of a world. */
  max: number;
  readonly waiting: OpenRequests;
  readonly Promise: PromiseConstructor;
  readonly draws: Draws;
}

function makeGuest(inside: GuestContext, coders: object): object {
  const structuredClone = (value: unknown): unknown =>
    inside.decodeWith(inside.tools, textOf(inside, value, "the value"), true);
  const added: Record<string, unknown> = { console: makeConsole(inside), structuredClone, ...coders };
  for (const name of Object.keys(added)) {
    Object.defineProperty(globalThis, name, { value: added[name], writable: true, configurable: true });
  }
  return {
    define: (wrapper: GuestFunction, text: string) => define(inside, wrapper, text),
    swapDraws: (next: string) => swapDraws(inside, next),
    answer: (id: string, ok: string, text: string) => answer(inside, id, ok, text),
  };
}

/** Sets what is drawn from here on; gives what would have been drawn. */
function swapDraws({ tools: t, draws }: GuestContext, next: string): string {
  const before = `${draws.state},${draws.reads}`;
  const [state, reads] = t.parse(`[${next}]`) as [number, number];
  draws.state = state;
  draws.reads = reads;
  return before;
}

/** Runs `fn` with draws of its own. It may be called from within another call, which goes on with its own. */
function drawing<R>({ draws }: GuestContext, state: number, reads: number, fn: () => R): R {
  const outer = { state: draws.state, reads: draws.reads };
  draws.state = state;
  draws.reads = reads;
  try {
    return fn();
  } finally {
    draws.state = outer.state;
    draws.reads = outer.reads;
  }
}

/** Runs a program's text once and gives its entry as a function from text to text. `text`: draws, then the config. */
function define(inside: GuestContext, wrapper: GuestFunction, text: string): GuestFunction {
  const { tools: t, decodeWith } = inside;
  const given = decodeWith(t, text, true) as [number, number, UnitConfig];
  const config = given[2];
  inside.max = config.max;
  // A list that has its elements already: giving them values calls no setter of a changed prototype.
  const scope: unknown[] = (decodeWith(t, text, true) as [number, number, { names: unknown[] }])[2].names;
  for (let i = 0; i < config.names.length; i++) {
    const name = config.names[i] as string;
    scope[i] = config.constants[name];
    for (let j = 0; j < config.hosts.length; j++) {
      if (config.hosts[j] === name) scope[i] = (config.async ? askingStub : callingStub)(inside, name);
    }
  }
  let entry: GuestFunction;
  try {
    entry = drawing(inside, given[0], given[1], () => t.apply(wrapper, undefined, scope) as GuestFunction);
  } catch (error) {
    throw describe(t, error);
  }
  return (config.async ? asyncRunner : syncRunner)(inside, entry);
}

/** From a text of draws and arguments to the text of the result. */
function syncRunner(inside: GuestContext, entry: GuestFunction): GuestFunction {
  const { tools: t, encodeWith, decodeWith } = inside;
  return (text: string): string => {
    let result: ReturnType<typeof encodeWith>;
    try {
      const given = decodeWith(t, text, true) as [number, number, unknown[]];
      const run = () => encodeWith(t, t.apply(entry, undefined, given[2]), "the result", inside.max);
      result = drawing(inside, given[0], given[1], run);
    } catch (error) {
      throw describe(t, error);
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
      out = describe(t, error);
    }
    inside.host("done", call, ok, out);
  };
  return (call: string, text: string): void => {
    void run(call, text);
  };
}

function callingStub(inside: GuestContext, name: string): GuestFunction {
  const { tools: t, decodeWith } = inside;
  return (...args: unknown[]): unknown => {
    const reply = inside.host("call", name, textOf(inside, args, `the arguments of ${name}`), "") as string;
    const value = decodeWith(t, t.apply(t.slice, reply, [1]) as string, true);
    if (reply[0] === "!") throw value;
    return value;
  };
}

function askingStub(inside: GuestContext, name: string): GuestFunction {
  const { tools: t } = inside;
  return async (...args: unknown[]): Promise<unknown> => {
    const text = textOf(inside, args, `the arguments of ${name}`);
    const id = inside.host("ask", name, text, "") as string;
    if (id[0] === "!") throw new t.TypeError(t.apply(t.slice, id, [1]) as string);
    return await new inside.Promise((resolve, reject) => {
      inside.waiting[id] = { resolve, reject };
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

/** The first characters of a text, at most `max` units of UTF-16, without half of a surrogate pair at the end. */
function cut(t: Tools, text: string, max: number): string {
  if (text.length <= max) return text;
  const last = t.apply(t.codeAt, text, [max - 1]) as number;
  return t.apply(t.slice, text, [0, last >= 0xd800 && last < 0xdc00 ? max - 1 : max]) as string;
}

/** The text of anything thrown, also of null, of a Proxy, and of what throws when it is read. */
function describe(t: Tools, thrown: unknown): string {
  const read = (key: "name" | "message" | "stack", max: number): string | undefined => {
    try {
      const value = (thrown as Error)[key] as unknown;
      return typeof value === "string" ? cut(t, value, max) : undefined;
    } catch {
      return undefined;
    }
  };
  let message = read("message", 2048);
  try {
    const isObject = typeof thrown === "object" && thrown !== null;
    message ??= cut(t, isObject ? t.stringify(thrown) : t.String(thrown), 2048);
  } catch {
    message = "(a thrown value that cannot be read)";
  }
  const name = read("name", 100) || (thrown === null ? "null" : typeof thrown);
  return t.stringify({ __proto__: null, kind: "guest", name, message, stack: read("stack", 4096) ?? "" });
}

function makeConsole(inside: GuestContext): object {
  const t = inside.tools;
  let left = 1000;
  const print = (level: string, items: unknown[]): void => {
    if (left-- <= 0) return;
    let line = "";
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      const result = typeof item === "string" ? { text: item } : inside.encodeWith(t, item, "(value)", inside.max);
      line += (i > 0 ? " " : "") + (result.problem ?? result.text);
    }
    inside.host("log", level, cut(t, line, 2048), "");
  };
  const console: Record<string, GuestFunction> = {};
  for (const level of ["log", "info", "debug", "warn", "error"]) {
    console[level] = (...items: unknown[]) => print(level, items);
  }
  return console;
}

/**
 * An expression that evens the names of a fresh context, and gives a function
 * `(host, draws) => { define, swapDraws, answer }`, to be called once.
 */
export function guestSource(): string {
  const functions = [
    ...[
      makeGuest,
      swapDraws,
      drawing,
      define,
      syncRunner,
      asyncRunner,
      callingStub,
      askingStub,
      answer,
      textOf,
      refusal,
      describe,
    ],
    ...[cut, makeConsole, makeTextEncoder, makeTextDecoder, encodeUtf8, decodeUtf8],
  ];
  // A function of another file is handed over, since some loaders change how it is called here. Others mark functions with a helper called `__name`, which does nothing that matters here.
  return `(() => { "use strict"; const __name = (fn) => fn;
${evenSource()};
${functions.join("\n")}
${marshalSource()}
return (host, draws) =>
  ${makeGuest.name}({ tools, encodeWith, decodeWith, host, max: 0, waiting: { __proto__: null }, Promise, draws },
    { TextEncoder: ${makeTextEncoder.name}(), TextDecoder: ${makeTextDecoder.name}() });
})()`;
}
