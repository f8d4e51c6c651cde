/**
 * The program of the child as text, and how it begins: it takes what it needs of Node, and then leaves nothing of Node
 * where a program could find it. The functions are handed over as text, like those of child.ts.
 */
import { guestSource } from "../guest.ts";
import { languageNames } from "../guest-names.ts";
import { openLimits, type TransferLimits } from "../options.ts";
import { seedingSource } from "../random.ts";
import { childFunctions, runChild } from "./child.ts";
import { framesSource } from "./frames.ts";
import type { ChildTools } from "./messages.ts";

/**
 * The longest message that is taken from a child, in bytes: a text of the longest that may pass, with room for what goes
 * with it, which may be many results.
 */
export function maxFrame({ max }: TransferLimits): number {
  return 4 * max + 2 ** 20;
}

interface Settings {
  readonly guest: string;
  readonly seeding: string;
  readonly maxOpen: ChildTools["maxOpen"];
}

/**
 * The argument of `node -e`: it reads the length of the child's program and the program from descriptor 3, and runs
 * it.
 */
export const loaderSource: string = `const fs = require("fs"), head = Buffer.alloc(4);
fs.readSync(3, head);
const text = Buffer.alloc(head.readUInt32LE());
for (let at = 0; at < text.length; ) at += fs.readSync(3, text, at, text.length - at, null);
new (require("vm").Script)(String(text), { filename: "child.js" }).runInThisContext()(require, process);`;

/** The text of a function of `require` and `process` that runs the child and never returns. */
export function childSource(transfer: TransferLimits): string {
  const settings: Settings = { guest: guestSource(), seeding: seedingSource, maxOpen: openLimits(transfer) };
  return `(() => { "use strict"; const __name = (fn) => fn;
${[takeFromNode, freezeRealm, ...childFunctions].join("\n")}
return (require, process) => {
  const frames = ${framesSource()};
  // The host's messages are trusted, whatever their length.
  const coder = frames.newCoder(require("buffer").Buffer.allocUnsafeSlow, Infinity);
  const tools = { ...${takeFromNode.name}(require, process, ${JSON.stringify(settings)}), frames };
  ${freezeRealm.name}(${JSON.stringify(languageNames)});
  return ${runChild.name}(tools, coder);
};
})()`;
}

/** Takes what the child uses of Node. */
function takeFromNode(
  require: NodeJS.Require,
  process: NodeJS.Process,
  settings: Settings,
): Omit<ChildTools, "frames"> {
  const { readSync, writeSync } = require("node:fs") as typeof import("node:fs");
  const vm = require("node:vm") as typeof import("node:vm");
  const { performance } = require("node:perf_hooks") as typeof import("node:perf_hooks");
  const script = (text: string): import("node:vm").Script => new vm.Script(text, { filename: "sandbox.js" });
  const entering: ChildTools["entering"] = { call: undefined };
  Object.defineProperty(globalThis, "enter", { value: () => entering.call?.() });
  const exit = process.exit.bind(process);
  return {
    read: (into, at, room) => readSync(3, into, at, room, null),
    write: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(4, bytes, at, bytes.length - at, null);
    },
    now: () => performance.now(),
    pid: process.pid,
    exit: (code, reason) => {
      if (reason !== "") writeSync(2, `${reason}\n`);
      return exit(code);
    },
    // A context that is not contextified has plain globals, which are as fast as anywhere else.
    newContext: () =>
      vm.createContext(vm.constants.DONT_CONTEXTIFY, {
        codeGeneration: { strings: true, wasm: false },
        microtaskMode: "afterEvaluate",
      }),
    // Unlike a script, this runs none of the promise jobs that a synchronous call has left behind.
    compile: (code, filename, parsingContext) =>
      vm.compileFunction(`return ${code}`, [], { filename, parsingContext }) as ReturnType<ChildTools["compile"]>,
    guest: script(settings.guest),
    seeding: script(settings.seeding),
    jobs: script("0"),
    enter: script("enter()"),
    entering,
    maxOpen: settings.maxOpen,
  };
}

/**
 * Freezes what comes with the language, and deletes every other global. A program can get hold of an object of this
 * realm, where a stack ends in one of our functions; it finds nothing here to change and nothing to call.
 */
function freezeRealm(names: readonly string[]): void {
  const all = globalThis as unknown as Record<string, unknown>;
  const roots: unknown[] = [
    async () => 0,
    function* () {},
    async function* () {},
    [][Symbol.iterator](),
    /x/[Symbol.matchAll](""),
  ];
  for (const name of Object.getOwnPropertyNames(all)) {
    if (names.includes(name)) roots.push(all[name]);
    else if (name !== "enter") delete all[name];
  }
  const seen = new Set<unknown>([all]);
  for (const root of roots) {
    if ((typeof root !== "object" && typeof root !== "function") || root === null || seen.has(root)) continue;
    seen.add(root);
    roots.push(Object.getPrototypeOf(root));
    for (const { value, get, set } of Object.values(Object.getOwnPropertyDescriptors(root)))
      roots.push(value, get, set);
    Object.freeze(root);
  }
}
