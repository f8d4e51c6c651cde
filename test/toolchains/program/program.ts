/**
 * A user's program that every toolchain builds and runs: a prompt, and trainable functions of both kinds, without and
 * with `scope`. Each part reports by itself, so that one build tells all that works.
 */
import {
  bundle,
  type Parameter,
  ParameterState,
  parameter,
  parametersOf,
  type StateJson,
  trace,
  withParameters,
} from "tracegrad";

const limit = Number("3"); // nothing that a minifier writes out
const ending = String("!");

/** What to say first. */
const prompt = parameter("Say", { name: "prompt" });

/** Plays the model. */
const ask = bundle(async function ask(prompt: string, text: string): Promise<string> {
  return `${prompt} ${text}`;
});

/** Functions that use nothing from outside. */
function plainFunctions() {
  /** Makes a text shorter. */
  const shorten = bundle((text: string, size: number): string => text.slice(0, size), {
    name: "shorten",
    trainable: true,
  });
  /** Puts a mark behind a text. */
  const mark = bundle(
    async function mark(text: string): Promise<string> {
      return `${text}?`;
    },
    { name: "mark", trainable: true },
  );
  return { parameters: parametersOf([shorten, mark]), run: async () => mark(shorten("hello", 4)) };
}

/** Functions that use what their `scope` gives. */
function scopedFunctions() {
  const shorten = bundle((text: string): string => text.slice(0, limit), {
    name: "shorten",
    trainable: true,
    scope: { limit },
  });
  const mark = bundle(async (text: string): Promise<string> => text + ending, {
    name: "mark",
    trainable: true,
    scope: { ending },
  });
  return { parameters: parametersOf([shorten, mark]), run: async () => mark(shorten("hello")) };
}

type Functions = () => { readonly parameters: Parameter[]; readonly run: () => Promise<unknown> };

/** Programs by name: each has parameters, and a call that gives a text. */
export const programs: Readonly<Record<"plain" | "scoped", Functions>> = {
  plain: plainFunctions,
  scoped: scopedFunctions,
};

/** What a part of the program gave, or why it failed. */
export interface Part {
  /** What it gives at first, and with the learned values. */
  readonly outputs?: readonly unknown[];
  /** The name of the operation in the graph, or the texts of functions as an optimizer reads them. */
  readonly seen?: readonly string[];
  readonly error?: string;
}

/** Runs all parts. `learned` holds a state for each of `programs`, saved by another process. */
export async function run(
  learned: Readonly<Record<keyof typeof programs, StateJson>>,
): Promise<Record<"prompt" | keyof typeof programs, Part>> {
  return {
    prompt: await attempt(promptPart),
    plain: await attempt(() => codePart(programs.plain, learned.plain)),
    scoped: await attempt(() => codePart(programs.scoped, learned.scoped)),
  };
}

async function promptPart(): Promise<Part> {
  const say = (): Promise<unknown> => trace(async () => ask(prompt, "hello")).then(({ value }) => value);
  const { output } = await trace(async () => ask(prompt, "hello"));
  const state = ParameterState.of([prompt]).set([[prompt, "Shout"]]);
  return { outputs: [await say(), await withParameters(state, say)], seen: [output.op] };
}

async function codePart(functions: Functions, learned: StateJson): Promise<Part> {
  const { parameters, run } = functions();
  const call = async (): Promise<unknown> => {
    const { value, error } = await trace(run);
    if (error !== undefined) throw error;
    return value;
  };
  const first = await call();
  const state = ParameterState.fromJSON(parameters, learned);
  return {
    outputs: [first, await withParameters(state, call)],
    seen: parameters.map(({ data }) => String(data)),
  };
}

async function attempt(part: () => Promise<Part>): Promise<Part> {
  try {
    return await part();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
