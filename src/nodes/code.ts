/** Trainable functions: their source is a parameter, and what runs is that source, in a sandbox. */

import type { CodeSpec, Sandbox, SandboxProgram, SandboxSession } from "../sandbox/sandbox.ts";
import { getOrSet } from "../util/collections.ts";
import { TracegradError } from "../util/errors.ts";
import { drawSeed } from "../util/external-call.ts";
import { preview } from "../util/preview.ts";
import type { BundleOptions } from "./bundle-options.ts";
import { plainScope } from "./code-scope.ts";
import { currentContext } from "./context.ts";
import { Parameter } from "./parameter.ts";
import type { TypeDeclaration } from "./source/declarations.ts";
import type { RecoveredSource } from "./source/recovered-source.ts";
import { awaitedType, mismatchOf, type WrittenType } from "./source/type-fit.ts";

/** A function whose source an optimizer may rewrite, before it is bound to an object. */
export interface TrainableCode {
  readonly source: string;
  readonly spec: CodeSpec;
  readonly signature: string;
  readonly types: readonly TypeDeclaration[];
  /** What a result has to fit. */
  readonly resultType: WrittenType | undefined;
  readonly unnamed: boolean;
  readonly sandbox: Sandbox;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
}

/** What is known of a trainable function besides its source. */
interface CodeDefinition {
  readonly options: BundleOptions;
  readonly kind: "function" | "method";
  /** Gives the sandbox to run in unless the options name one. */
  readonly sandboxOf: () => Sandbox | undefined;
}

/** A trainable function, bound to its objects. */
export interface DefinedCode {
  readonly trainable: TrainableCode;
  /** The parameter that holds its source; of a method, that of the object it is called on. */
  parameterOf(self: unknown): Parameter<string>;
}

/**
 * Makes a trainable function of its source, and the parameters that hold it.
 * @throws TracegradError as {@link trainableCode} does.
 */
export function defineCode(recovered: RecoveredSource, { options, kind, sandboxOf }: CodeDefinition): DefinedCode {
  const trainable = trainableCode(recovered, options, sandboxOf);
  const doc = options.doc ?? recovered.doc;
  const make = () => codeParameterOf(trainable, options, doc);
  if (kind === "function") {
    const parameter = make();
    return { trainable, parameterOf: () => parameter };
  }
  // Each object has its own code, made at first use.
  const byObject = new WeakMap<object, Parameter<string>>();
  let detached: Parameter<string> | undefined;
  const parameterOf = (self: unknown) => {
    if (typeof self !== "object" || self === null) return (detached ??= make());
    return getOrSet(byObject, self, make);
  };
  return { trainable, parameterOf };
}

const defaultTimeoutMs = { sync: 1_000, async: 60_000 };

/**
 * Checks the text of a trainable function and starts to load its sandbox.
 * @throws TracegradError `bad-trainable` when the text could not run in the sandbox: it uses names that are not in
 * scope, …; `bad-scope` when the scope holds a node.
 */
function trainableCode(
  recovered: RecoveredSource,
  options: BundleOptions,
  fallback: () => Sandbox | undefined,
): TrainableCode {
  const sandbox = options.sandbox ?? fallback();
  if (sandbox === undefined) {
    throw new TracegradError(
      "no-sandbox",
      `The trainable function "${recovered.name}" has no sandbox. Pass the \`sandbox\` option.`,
    );
  }
  const scope = plainScope(options.scope ?? {}, recovered.name);
  const params = recovered.params.map(({ name, rest, pattern }) => (rest ? `...${name}` : (pattern ?? name)));
  const { name, async, minified } = recovered;
  const spec: CodeSpec = {
    entry: name,
    params,
    async,
    scope: Object.keys(scope),
    ...(minified ? { renamed: true } : {}),
  };
  checkFirst(recovered, spec, sandbox);
  if (recovered.origin === "toString" || minified) warnOnce(recovered);
  // Loaded in the background: a failure shows at the first call that needs the engine.
  sandbox.load().catch(() => undefined);
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs[async ? "async" : "sync"];
  const { text: source, signature, types = [], resultType, unnamed } = recovered;
  const fits = resultType && (async ? awaitedType(resultType) : resultType);
  return { source, spec, signature, types, resultType: fits, unnamed, sandbox, scope, timeoutMs };
}

function checkFirst(recovered: RecoveredSource, spec: CodeSpec, sandbox: Sandbox): void {
  try {
    sandbox.check(recovered.text, spec);
  } catch (error) {
    // That a file of the package is missing says nothing about the text.
    if (!(error instanceof TracegradError) || error.code === "no-package") throw error;
    const { name } = recovered;
    const why = `${compiledHint(recovered, spec)}${error.message}`;
    throw new TracegradError("bad-trainable", `"${name}" cannot be trainable: ${why}`, { cause: error });
  }
}

/** Why a text that its author wrote well may not run: it is not the author's any more. */
function compiledHint({ minified, origin }: RecoveredSource, { scope }: CodeSpec): string {
  if (!minified && origin === "source") return "";
  const names =
    scope.length === 0 ? "" : `, while its \`scope\` gives ${scope.map((name) => `\`${name}\``).join(", ")}`;
  return (
    `its text was ${minified ? "minified" : "compiled"}, which renames what it uses${names}. Build its file without ` +
    `minification, or with a source map that holds the sources, beside the built file. `
  );
}

const warned = new Set<string>();

function warnOnce({ name, minified }: RecoveredSource): void {
  if (warned.has(name)) return;
  warned.add(name);
  const seen = minified ? "a minified text without the names of its author" : "the compiled text without its JSDoc";
  process.emitWarning(
    `The source of "${name}" was not found, so the optimizer sees ${seen}. ` +
      `Build with source maps${minified ? " or without minification" : ", or give the `doc` option"}.`,
    "TracegradWarning",
  );
}

/** The parameter that holds the source of `code`. */
function codeParameterOf(code: TrainableCode, options: BundleOptions, doc: string | undefined): Parameter<string> {
  const { spec, signature, unnamed, sandbox } = code;
  return new Parameter(code.source, {
    name: options.name ?? spec.entry,
    ...(doc === undefined ? {} : { doc }),
    ...(options.constraint === undefined ? {} : { constraint: options.constraint }),
    code: {
      spec,
      signature,
      types: code.types,
      unnamed,
      check: (source) => sandbox.check(source, spec),
      load: () => sandbox.load(),
    },
  });
}

/** Runs the source that `parameter` holds in the caller's context. */
export function callCode(code: TrainableCode, parameter: Parameter<string>, args: unknown[]): unknown {
  const source = parameter.peek();
  if (code.spec.async) return callAsync(code, source, args);
  const { session, close } = sessionOf(code.sandbox);
  try {
    return fitting(code, session.call(programOf(code, source), args));
  } finally {
    close();
  }
}

async function callAsync(code: TrainableCode, source: string, args: unknown[]): Promise<unknown> {
  const { session, close } = sessionOf(code.sandbox);
  try {
    return fitting(code, await session.callAsync(programOf(code, source), args));
  } finally {
    close();
  }
}

/** A result that fits the type that the author gave it. */
function fitting({ resultType, spec }: TrainableCode, result: unknown): unknown {
  const missed = resultType && mismatchOf(resultType, result);
  if (missed === undefined) return result;
  const place = missed.path === "" ? "it" : `\`${missed.path}\``;
  const text = `The result of "${spec.entry}" does not fit its type: ${place} is ${preview(missed.value, 100)}`;
  throw new TracegradError("bad-shape", `${text}, expected \`${missed.type}\`.`);
}

interface Opened {
  readonly session: SandboxSession;
  readonly close: () => void;
}

/** The session of the run that is under way; a call outside any run gets its own session. */
function sessionOf(sandbox: Sandbox): Opened {
  const { run } = currentContext();
  if (run === undefined) {
    const session = sandbox.open(drawSeed());
    return { session, close: () => session.close() };
  }
  run.hasWorld = true;
  const session = getOrSet(run.sessions, sandbox, () => sandbox.open(drawSeed()));
  return { session, close: () => undefined };
}

const programs = new WeakMap<TrainableCode, Map<string, SandboxProgram>>();
const maxPrograms = 64;

/** One program object per text, so that a session compiles it once. */
function programOf(code: TrainableCode, source: string): SandboxProgram {
  const known = getOrSet(programs, code, () => new Map<string, SandboxProgram>());
  if (known.size >= maxPrograms && !known.has(source)) known.clear();
  return getOrSet(known, source, () => ({ source, spec: code.spec, scope: code.scope, timeoutMs: code.timeoutMs }));
}
