/**
 * Wraps an ordinary function so that each call makes a node: arguments in by name, the result out, failures as data.
 */

import type { Sandbox } from "../sandbox/sandbox.ts";
import { TracegradError } from "../util/errors.ts";
import { preview } from "../util/preview.ts";
import type { BundleOptions } from "./bundle-options.ts";
import { callTraced, type TracedCall } from "./call.ts";
import { defineCode } from "./code.ts";
import type { NodeableArguments, NodeOf } from "./node.ts";
import type { Operation } from "./operation.ts";
import { originOf, rememberOrigin } from "./origin.ts";
import type { Parameter } from "./parameter.ts";
import { type CallSite, captureCallSite } from "./source/call-site.ts";
import { type FunctionHead, paramsOf } from "./source/head.ts";
import { recoverSource, requireSource } from "./source/recover.ts";
import type { RecoveredSource, SourceRequest } from "./source/recovered-source.ts";
import type { Fix } from "./types.ts";
import type { OnlyIf, UndeclaredThis } from "./undeclared-this.ts";

/** A function wrapped by {@link Bundle}: takes nodes or plain values, gives a node. */
export type TracedFunction<A extends unknown[], R> = (...args: NodeableArguments<A>) => NodeOf<R>;

/** What the decorator reads of a standard decorator's context: a part of `ClassMethodDecoratorContext`. */
export interface MethodContext<This = never> {
  readonly kind: "method";
  readonly name: string | symbol;
  /** @internal What its class is. */
  readonly access: { has(object: This): boolean };
}

/** What `bundle(options)` gives: a decorator of methods (standard or legacy), and a wrapper of functions. */
export interface BundleDecorator {
  /**
   * In a class where `this` is not declared. First, because what TypeScript cannot decide of a generic class does not
   * fit it.
   * @typeParam This - The class.
   */
  <This>(
    method: (this: never, ...args: never[]) => unknown,
    context: MethodContext<This> & OnlyIf<UndeclaredThis<This>>,
  ): Fix<`declare \`this: Traced<Class>\` as the first parameter of \`${UndeclaredThis<This>}\`, which is given nodes`>;
  /**
   * The same for legacy decorators.
   * @typeParam F - The method.
   * @typeParam This - Its class.
   */
  <F extends (...args: never[]) => unknown, This extends object>(
    target: This & OnlyIf<UndeclaredThis<This>>,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): Fix<`declare \`this: Traced<Class>\` as the first parameter of \`${UndeclaredThis<This>}\`, which is given nodes`>;
  /**
   * As a standard decorator.
   * @typeParam F - The method.
   */
  <F extends (this: never, ...args: never[]) => unknown>(method: F, context: MethodContext): F;
  /**
   * As a legacy decorator (`experimentalDecorators`).
   * @typeParam F - The method.
   */
  <F extends (...args: never[]) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): TypedPropertyDescriptor<F>;
  // Last: TypeScript would take a shorter signature for a decorator too.
  <A extends unknown[], R>(fn: (...args: A) => R): TracedFunction<A, R>;
}

/** Wraps functions and methods so that their calls are traced. See {@link BundleOptions}. */
export interface Bundle {
  <A extends unknown[], R>(fn: (...args: A) => R, options?: BundleOptions & NoContext): TracedFunction<A, R>;
  /** As a decorator without parentheses. */
  (method: (this: never, ...args: never[]) => unknown): Fix<"write `@bundle()`, with parentheses">;
  (target: object, key: string | symbol, descriptor: object): Fix<"write `@bundle()`, with parentheses">;
  (options?: BundleOptions): BundleDecorator;
}

/** Tells options from what a decorator without parentheses is given. */
interface NoContext {
  /** @internal */
  readonly access?: never;
}

/** What is behind a traced function. */
export interface BundleInfo {
  readonly operation: Operation;
  /** Whether a schema makes something of its arguments or its result. */
  readonly hasSchema: boolean;
  /** The code parameter of this function; for a method, that of the object it is called on. */
  codeOf(self: unknown): Parameter<string> | undefined;
}

type BundledFunction = (this: unknown, ...args: never[]) => unknown;

const infos = new WeakMap<BundledFunction, BundleInfo>();

/** What is behind `fn`, when it was made by `bundle`. */
export function bundleInfo(fn: unknown): BundleInfo | undefined {
  return typeof fn === "function" ? infos.get(fn as BundledFunction) : undefined;
}

/** `method` bound to `self`. Of a traced method, also what is behind it. */
export function bindTraced<F extends BundledFunction>(method: F, self: object): F {
  const info = infos.get(method);
  return (info === undefined ? method.bind(self) : boundOf(method, info, self)) as F;
}

function boundOf(
  method: BundledFunction,
  info: BundleInfo,
  self: unknown,
  ...args: readonly unknown[]
): BundledFunction {
  const bound = Function.prototype.bind.call(method, self, ...args) as BundledFunction;
  rememberOrigin(bound, { ...(originOf(method) ?? { fn: method }), self });
  register(bound, { ...info, codeOf: () => info.codeOf(self) });
  return bound;
}

/** Registers what is behind a traced function, for the function and for what its `bind` gives. */
function register(traced: BundledFunction, info: BundleInfo): void {
  infos.set(traced, info);
  const bind = (self: unknown, ...args: readonly unknown[]) => boundOf(traced, info, self, ...args);
  Object.defineProperty(traced, "bind", { value: bind, writable: true, configurable: true });
}

/** Makes a `bundle` whose trainable functions run in `sandbox` unless their options say otherwise. */
export function bundleWith(sandbox?: Sandbox): Bundle {
  return bundleIn(() => sandbox);
}

/** As {@link bundleWith}, for a sandbox that is made when the first trainable function is defined. */
export function bundleIn(sandboxOf: () => Sandbox | undefined): Bundle {
  const bundle = (first?: BundledFunction | BundleOptions, second?: BundleOptions) => {
    const site = captureCallSite();
    refuseBareDecorator(second);
    if (typeof first === "function")
      return wrap({ fn: first, kind: "function", options: second ?? {}, site, sandboxOf });
    if (first !== undefined && (typeof first !== "object" || first === null)) {
      throw new TracegradError("not-a-function", `bundle wraps functions; it was given ${preview(first)}.`);
    }
    return decorator({ options: first ?? {}, site, sandboxOf });
  };
  return bundle as Bundle;
}

interface BundleDefinition {
  readonly fn: BundledFunction;
  readonly kind: "function" | "method";
  readonly name?: string;
  readonly options: BundleOptions;
  readonly site: CallSite;
  readonly sandboxOf: () => Sandbox | undefined;
}

/** A decorator without parentheses is called with the method itself and its context, or with its name (legacy). */
function refuseBareDecorator(second: unknown): void {
  const isContext = typeof second === "object" && second !== null && "addInitializer" in second;
  if (!isContext && typeof second !== "string" && typeof second !== "symbol") return;
  const name = String(isContext ? (second as unknown as MethodContext).name : second);
  throw new TracegradError("bare-decorator", `Write \`@bundle()\` with parentheses above "${name}".`);
}

function decorator({ options, site, sandboxOf }: Omit<BundleDefinition, "fn" | "kind">) {
  return (value: unknown, second?: unknown, descriptor?: PropertyDescriptor): unknown => {
    const define = (fn: BundledFunction, kind: BundleDefinition["kind"], name?: string) =>
      wrap({ fn, kind, options, site, sandboxOf, ...(name === undefined ? {} : { name }) });
    if (second === undefined) {
      if (typeof value === "function") return define(value as BundledFunction, "function");
      throw new TracegradError("not-a-function", `bundle wraps functions and methods; it was given ${preview(value)}.`);
    }
    // Legacy decorators are given the class or its prototype, the name and, of methods and accessors, the descriptor.
    if (typeof second === "string" || typeof second === "symbol") {
      const method: unknown = descriptor?.value;
      if (typeof method !== "function") throw notMethod(descriptor === undefined ? "field" : "accessor", second);
      return { ...descriptor, value: define(method as BundledFunction, "method", String(second)) };
    }
    const { kind, name } = second as MethodContext;
    if (kind !== "method") throw notMethod(kind, name);
    return define(value as BundledFunction, "method", String(name));
  };
}

function notMethod(kind: string, name: string | symbol): TracegradError {
  return new TracegradError("bad-decorator", `@bundle() decorates methods only, not the ${kind} "${String(name)}".`);
}

function wrap(definition: BundleDefinition): BundledFunction {
  const head = headOf(definition);
  if (head.kind === "class") {
    throw new TracegradError(
      "not-a-function",
      `bundle wraps functions; "${definition.fn.name}" is a class. Use model() for classes.`,
    );
  }
  const code = codeOf(definition);
  const call = callOf(definition, head, code);
  const traced = function (this: unknown, ...args: unknown[]): unknown {
    return callTraced(call, this, args);
  };
  Object.defineProperty(traced, "name", { value: call.operation.name, configurable: true });
  Object.defineProperty(traced, "length", { value: definition.fn.length, configurable: true });
  rememberOrigin(traced, { fn: definition.fn, scope: definition.options.scope ?? {} });
  const { input, output } = definition.options;
  const hasSchema = input !== undefined || output !== undefined;
  register(traced, { operation: call.operation, hasSchema, codeOf: (self) => call.code?.parameterOf(self) });
  return traced;
}

/**
 * The function's head, with the names that its author gave: esbuild puts a number behind a name that shadows another.
 */
function headOf(definition: BundleDefinition): FunctionHead {
  const head = paramsOf(definition.fn);
  const isTrainable = definition.options.trainable === true;
  const names = [head.name ?? "", ...head.params.map((param) => param.name)];
  // The source of a trainable function is read anyway; then the names are known that a minifier took away.
  if (!isTrainable && !names.some((name) => /\d$/.test(name))) return head;
  const { origin, name, params } = recoverFor(definition);
  if (origin !== "source" || params.length !== head.params.length) return head;
  const named = head.params.map((param, index) => ({ ...param, name: params[index]?.name ?? param.name }));
  return { ...head, name, params: named };
}

function recoverFor(definition: BundleDefinition): RecoveredSource {
  return recoverSource(requestOf(definition));
}

function requestOf({ fn, kind, site, name, options }: BundleDefinition): SourceRequest {
  const chosen = name ?? options.name;
  return { fn, kind, site, ...(chosen === undefined ? {} : { name: chosen }) };
}

function callOf(definition: BundleDefinition, head: FunctionHead, code: TracedCall["code"]): TracedCall {
  const { fn, options } = definition;
  const name =
    options.name ?? definition.name ?? code?.trainable.spec.entry ?? (head.name || recoverFor(definition).name);
  let doc: string | undefined;
  let looked = false;
  const operation: Operation = {
    kind: "bundle",
    name,
    inputs: head.params.map((param) => param.name),
    rest: head.params.at(-1)?.rest ?? false,
    async: head.async,
    // The JSDoc is in a file, so it is looked up when it is read.
    get doc() {
      if (!looked) doc = options.doc ?? recoverFor(definition).doc;
      looked = true;
      return doc;
    },
  };
  const defaults = head.params.map((param) => param.default);
  return { operation, fn, isAsync: head.async, defaults, code, options, external: options.external ?? "reject" };
}

function codeOf(definition: BundleDefinition): TracedCall["code"] {
  const { options, kind, sandboxOf } = definition;
  if (options.trainable !== true) return undefined;
  return defineCode(requireSource(requestOf(definition)), { options, kind, sandboxOf });
}
