/** Makes a program learn whose texts stand in plain code: they are found in what it sends to models. */

import { currentContext, type RunContext } from "../nodes/context.ts";
import { noteFailure } from "../nodes/frame.ts";
import {
  ExceptionNode,
  ExecutionError,
  lift,
  Node,
  type NodeableArguments,
  type NodeOf,
  nodesIn,
  unwrap,
} from "../nodes/node.ts";
import { constantOf, type Details, type Operation } from "../nodes/operation.ts";
import { rememberOrigin } from "../nodes/origin.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { PlainResults } from "../nodes/plain-results.ts";
import { captureCallSite } from "../nodes/source/call-site.ts";
import { paramsOf } from "../nodes/source/head.ts";
import { recoverSource } from "../nodes/source/recover.ts";
import { TracegradError } from "../util/errors.ts";
import { isIntercepted } from "../util/external-call.ts";
import { isData } from "../util/fault.ts";
import { isThenable } from "../util/thenable.ts";
import { typeName } from "../util/type-name.ts";
import { CallLog } from "./call-log.ts";
import { checkSent } from "./check-sent.ts";
import type { LearnedMessage } from "./lists.ts";
import { endProgram, inProgram, noteResult, type ProgramRun, programHere, recordingHere } from "./place.ts";
import type { Setting } from "./settings.ts";
import { type LearnedValue, ProgramTexts } from "./texts.ts";

/** The type of the values that a declared value may take. */
type ValueOf<V> =
  V extends Parameter<infer T>
    ? T
    : V extends Setting<infer S>
      ? S
      : V extends string
        ? string
        : V extends readonly string[]
          ? readonly string[]
          : readonly LearnedMessage[];

/** A program that learns, as {@link learn} makes it. */
export interface LearningProgram<
  A extends unknown[],
  R,
  V extends Readonly<Record<string, LearnedValue>> = Readonly<Record<string, string>>,
> {
  /** The program itself: plain values in, plain values out. */
  (...args: A): R;
  /** Called with nodes, it gives a node. */
  (...args: NodeableArguments<A>): NodeOf<R>;
  /** Its texts, by the names that they were given. */
  readonly parameters: { readonly [K in keyof V]: Parameter<ValueOf<V[K]>> };
}

/**
 * Makes parameters of texts that stand in a program: system prompts, instructions, descriptions of tools, examples.
 * Lists of texts or messages and, by `setting`, settings such as the temperature are parameters too. Give each as it is
 * now. Wherever the program writes one of them in a request to a model, it is replaced by its current
 * value before the request leaves: by that of the candidate in a run, by the learned one after it, by itself before. So
 * a program that has learned nothing sends the same bytes. What a model wrote goes back as it came.
 *
 * Requests are seen where the program calls models by `traceFetch`, `traceModel` or another door of tracegrad. The
 * result is used like the program, and can be given to `train`, `evaluate` and optimizers. Inside a `trace` each call
 * of a model is a node whose inputs are what really went into its request, and the result of the program depends on
 * all calls that went into no other one.
 *
 * In a run, texts that no request holds are reported after the first call of the program: with a warning, or, when there
 * is none in any request, by an ExternalCallError `text-not-sent`, which ends the run.
 * @param program A function that calls models, or that calls what does.
 * @param texts The texts, lists and settings by name. A parameter may say more: `parameter(TEXT, { doc, constraint })`.
 * @throws TracegradError `not-a-function` for a generator, which makes its calls only while it is read; `bad-text` for
 *   a text of fewer than 8 characters, and for one that is there twice.
 * @example
 * const agent = learn(answer, { system: SYSTEM_PROMPT });
 * const optimizer = optoPrime(agent, { llm });
 */
export function learn<A extends unknown[], R, const V extends Readonly<Record<string, LearnedValue>>>(
  program: (...args: A) => R,
  texts: V,
): LearningProgram<A, R, V> {
  if (typeof program !== "function") {
    throw new TracegradError("not-a-function", `learn() takes a function, not ${typeName(program)}.`);
  }
  const { name, params, async, generator } = paramsOf(program);
  if (generator) throw lazy(name ?? "the program");
  const declared = new ProgramTexts(name ?? "program", texts);
  const inputs = params.map((param) => param.name);
  const rest = params.at(-1)?.rest ?? false;
  const site = captureCallSite();
  const operation: Operation = {
    ...{ kind: "bundle", name: declared.program, inputs, rest, async },
    // The JSDoc is in a file, so it is looked up when it is read.
    get doc() {
      return recoverSource({ fn: program, kind: "function", site }).doc;
    },
  };
  const definition = { program: program as (...args: never[]) => unknown, operation, texts: declared };
  const learning = function (this: unknown, ...args: unknown[]): unknown {
    return callProgram(definition, this, args);
  };
  Object.defineProperty(learning, "name", { value: operation.name, configurable: true });
  Object.defineProperty(learning, "length", { value: program.length, configurable: true });
  rememberOrigin(learning, { fn: program });
  return Object.assign(learning, { parameters: declared.parameters }) as unknown as LearningProgram<A, R, V>;
}

/** What a generator calls it calls while it is read, after the program has given it back. */
function lazy(name: string): TracegradError {
  return new TracegradError(
    "not-a-function",
    `learn() takes a function that has made its calls when it returns; ${name} is a generator, which makes them while ` +
      "it is read. Read it to its end in an async function, and give that to learn().",
  );
}

interface Definition {
  readonly program: (...args: never[]) => unknown;
  readonly operation: Operation;
  readonly texts: ProgramTexts;
}

/** One call of a program. */
interface ProgramCall extends Definition {
  readonly run: ProgramRun;
  readonly context: RunContext;
  readonly args: readonly Node[];
  /** Whether it was called with nodes, and so gives one. */
  readonly givesNode: boolean;
  readonly isRecorded: boolean;
}

function callProgram(definition: Definition, self: unknown, given: readonly unknown[]): unknown {
  const { program, operation, texts } = definition;
  const context = currentContext();
  const givesNode = given.some((arg) => nodesIn(arg).length > 0);
  const isRecorded = context.recording && (givesNode || recordingHere() !== undefined);
  const args = isRecorded ? given.map((arg, index) => lift(arg, constantOf(operation, index))) : [];
  const around = isRecorded ? recordingHere()?.log : undefined;
  const log = new CallLog(new PlainResults(), { before: logBehind(args), around });
  for (const node of args) log.addSource(node, node.peek());
  const run: ProgramRun = {
    ...{ texts, log, context, isRecorded, isInRun: isIntercepted() },
    ...{ outer: programHere(), replies: [], requests: 0 },
  };
  const call: ProgramCall = { ...definition, run, context, args, givesNode, isRecorded };
  let result: unknown;
  try {
    result = inProgram(run, () => program.apply(self, given.map(unwrap) as never[]));
  } catch (error) {
    return failProgram(call, error);
  }
  if (!isThenable(result)) return finishProgram(call, result);
  return Promise.resolve(result).then(
    (value) => finishProgram(call, value),
    (error: unknown) => failProgram(call, error),
  );
}

/** What the programs that gave a node saw. */
const logs = new WeakMap<Node, CallLog>();
/** How many nodes are looked at for a program behind the arguments of another one. */
const maxBehind = 10_000;

/** The log of the nearest program behind nodes: in an episode, each turn of a conversation is a call of its own. */
function logBehind(nodes: readonly Node[]): CallLog | undefined {
  const seen = new Set(nodes);
  // A set gives what is added while it is walked, too.
  for (const node of seen) {
    const log = logs.get(node);
    if (log !== undefined || seen.size > maxBehind) return log;
    for (const parent of node.parents) seen.add(parent);
  }
  return undefined;
}

/** The arguments, and the results of calls that went into no other one: the program may have read all of them. */
function inputsOf({ args, run }: ProgramCall): { readonly parents: readonly Node[]; readonly details: Details<Node> } {
  const { open } = run.log.results;
  return { parents: [...args, ...open], details: { inner: [], hidden: open.map(({ name }) => name) } };
}

function finishProgram(call: ProgramCall, value: unknown): unknown {
  const { run, context, operation, givesNode, isRecorded } = call;
  endProgram(run);
  if (run.stop !== undefined) throw run.stop;
  // Some SDKs give what came of it for the whole.
  if (run.outage?.isQuiet === true) throw run.outage.error;
  checkSent(run);
  if (!isRecorded) return givesNode ? new Node(operation, value, [], context) : value;
  const { parents, details } = inputsOf(call);
  const node = new Node(operation, value, parents, context);
  node.details = details;
  logs.set(node, run.log);
  if (givesNode) return node;
  const place = recordingHere();
  if (place === undefined) return value;
  place.log.addEnded(run.log);
  place.log.addSource(node, value);
  noteResult(node, place, value);
  return value;
}

/** A failure is a node too; a program that was called with plain values throws its own error. */
function failProgram(call: ProgramCall, error: unknown): never {
  const { run, operation, givesNode, isRecorded } = call;
  endProgram(run);
  if (run.stop !== undefined) throw run.stop;
  if (!isData(error)) throw error;
  // An SDK may tell no more than that there is no answer.
  if (run.outage !== undefined) throw run.outage.error;
  checkSent(run);
  if (!isRecorded) throw error;
  const { parents, details } = inputsOf(call);
  const node = new ExceptionNode(operation, error, parents, details);
  if (givesNode) throw new ExecutionError(node);
  const place = recordingHere();
  if (place !== undefined) noteResult(node as Node, place, error);
  noteFailure(node as Node);
  throw error;
}
