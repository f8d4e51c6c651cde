/** The engines that the bench of the sandbox compares, each as one function from text to text. */
import { createRequire } from "node:module";
import { createContext, runInContext } from "node:vm";
import { nodeProcess } from "../../src/sandbox/process/node-process.ts";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { type BenchProgram, sandboxProgram } from "./programs.ts";

/** A world of an engine with one program in it. */
export interface BenchWorld {
  call(args: readonly unknown[]): unknown;
  /** Calls with each list of arguments, for engines that take many calls at once. */
  callMany?(lists: readonly (readonly unknown[])[]): unknown;
  close(): void;
}

/** An engine, which makes worlds. */
export interface BenchEngine {
  readonly name: string;
  /** Whether its worlds take many calls at once. */
  readonly takesMany?: boolean;
  open(program: BenchProgram): BenchWorld;
}

/** JSON both ways, as every border has it. */
const wrap = (source: string): string => `(${source}, (text) => JSON.stringify(f(...JSON.parse(text))))`;
const script = (source: string): string => `${source}; ${wrap("0")}`;

const plain: BenchEngine = {
  name: "V8, no border but JSON",
  open({ source }) {
    const run = new Function(`${source}; return (text) => JSON.stringify(f(...JSON.parse(text)));`)() as TextFunction;
    return { call: (args) => JSON.parse(run(JSON.stringify(args))) as unknown, close: () => undefined };
  },
};

const vm: BenchEngine = {
  name: "node:vm",
  open({ source }) {
    const run = runInContext(script(source), createContext(Object.create(null) as object)) as TextFunction;
    return { call: (args) => JSON.parse(run(JSON.stringify(args))) as unknown, close: () => undefined };
  },
};

function ours(name: string, sandbox: Sandbox): BenchEngine {
  return {
    name,
    takesMany: true,
    open(program) {
      const session = sandbox.open("seed");
      const made = sandboxProgram(program);
      return {
        call: (args) => session.call(made, args),
        callMany: (lists) => session.callMany(made, lists),
        close: () => session.close(),
      };
    },
  };
}

type TextFunction = (text: string) => string;

/** What is used of isolated-vm, which is no dependency of this project. */
interface IsolatedVm {
  readonly Isolate: new (options: {
    readonly memoryLimit: number;
  }) => {
    createContextSync(): IsolatedContext;
  };
}

interface IsolatedContext {
  evalClosureSync(code: string, args: readonly unknown[], options: object): IsolatedReference;
  release(): void;
}

interface IsolatedReference {
  applySync(receiver: undefined, args: readonly unknown[], options: object): string;
}

/** isolated-vm as it is installed in a folder. A world is a context of one isolate. */
function isolatedVm(folder: string): BenchEngine {
  const { Isolate } = createRequire(`${folder}/package.json`)("isolated-vm") as IsolatedVm;
  const isolate = new Isolate({ memoryLimit: 2_048 });
  return {
    name: "isolated-vm",
    open({ source }) {
      const context = isolate.createContextSync();
      const code = `${source}; return (text) => JSON.stringify(f(...JSON.parse(text)));`;
      const result = context.evalClosureSync(code, [], { result: { reference: true } });
      const call = (args: readonly unknown[]): unknown =>
        JSON.parse(result.applySync(undefined, [JSON.stringify(args)], { timeout: 60_000 }));
      return { call, close: () => context.release() };
    },
  };
}

/** All engines; isolated-vm where a folder says that it is installed. */
export function benchEngines(isolatedVmFolder: string | undefined): readonly BenchEngine[] {
  const peers = isolatedVmFolder === undefined ? [] : [isolatedVm(isolatedVmFolder)];
  const confined = ours("nodeProcess()", nodeProcess({ confine: "permissions" }));
  return [plain, ours("quickjs()", quickjs()), confined, ...peers, vm];
}
