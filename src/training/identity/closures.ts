/** What functions close over: their variables as the engine's inspector shows them, and their files. */

import type { Session } from "node:inspector";
import { type FunctionShape, writesOf } from "./shape.ts";

/** A function as the engine sees it. */
export interface FunctionView {
  /** The file of its text; "" when it has none. */
  readonly url: string;
  /** The value of a variable that nothing in its file ever changes; undefined when there is no such variable. */
  variable(name: string, module?: string): { readonly value: unknown } | undefined;
  /** Of a bound function: the function, and the object that it is bound to. */
  readonly bound: { readonly fn: Function; readonly self: unknown } | undefined;
}

interface Remote {
  readonly objectId?: string;
  readonly type?: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
  readonly description?: string;
}

interface Property {
  readonly name: string;
  readonly value?: Remote;
}

interface Answers {
  readonly result?: readonly Property[] & Remote;
  readonly internalProperties?: readonly Property[];
  readonly scriptSource?: string;
}

/**
 * The files of this process's scripts, and the names that each writes to. Both are constant and slow to get: the
 * debugger lists all scripts when it is switched on, and a large program takes a second to parse.
 */
const urlByScript = new Map<string, string>();
const writesByScript = new Map<string, FunctionShape["writes"] | undefined>();

/** Where values pass between the inspector and this program. */
const slot = Symbol.for("tracegrad.closures");

/** Inspects functions. Close it afterwards: until then the engine retains what was inspected. */
export class Closures {
  readonly #session: Session;
  #isDebugging = false;

  private constructor(session: Session) {
    this.#session = session;
    session.on("Debugger.scriptParsed", ({ params }) => urlByScript.set(params.scriptId, params.url));
    session.connect();
  }

  /** Undefined when there is no inspector, as in Bun, under a permission model, or in a build without it. */
  static open(): Closures | undefined {
    if ("bun" in process.versions || "deno" in process.versions) return undefined;
    try {
      // Loaded here, because few programs need it.
      const inspector = process.getBuiltinModule("node:inspector");
      return new Closures(new inspector.Session());
    } catch {
      return undefined;
    }
  }

  close(): void {
    delete (globalThis as { [slot]?: unknown })[slot];
    try {
      if (this.#isDebugging) this.#ask("Debugger.disable");
    } finally {
      this.#session.disconnect();
    }
  }

  /** What is inside `fn`; undefined when the engine does not show it. */
  inside(fn: Function): FunctionView | undefined {
    try {
      const { internalProperties: own = [] } = this.#propertiesOf(this.#remoteOf(fn));
      const of = (name: string): Remote | undefined => own.find((property) => property.name === name)?.value;
      const { scriptId = "" } = (of("[[FunctionLocation]]")?.value ?? {}) as { readonly scriptId?: string };
      const target = this.#local(of("[[TargetFunction]]"));
      const scopes = this.#scopesOf(of("[[Scopes]]"));
      return {
        url: this.#urlOf(scriptId),
        variable: (name, module) => this.#variable(scopes, scriptId, module === undefined ? [name] : [module, name]),
        bound: typeof target === "function" ? { fn: target, self: this.#local(of("[[BoundThis]]")) } : undefined,
      };
    } catch {
      return undefined;
    }
  }

  /** The scopes around a function, the innermost first, without the global one. */
  #scopesOf(scopes: Remote | undefined): readonly (readonly Property[])[] {
    if (scopes === undefined) return [];
    return (this.#propertiesOf(scopes).result ?? [])
      .filter(({ value }) => value?.objectId !== undefined && value.description !== "Global")
      .map(({ value }) => this.#propertiesOf(value as Remote).result ?? []);
  }

  #variable(
    scopes: readonly (readonly Property[])[],
    scriptId: string,
    [name, member]: readonly string[],
  ): { readonly value: unknown } | undefined {
    for (const scope of scopes) {
      const found = scope.find((property) => property.name === name)?.value;
      if (found === undefined) continue;
      if (member !== undefined) return memberOf(this.#local(found), member);
      const writes = this.#writesIn(scriptId);
      return writes === undefined || writes.has(name as string) ? undefined : { value: this.#local(found) };
    }
    return undefined;
  }

  #urlOf(scriptId: string): string {
    if (scriptId === "") return "";
    if (!urlByScript.has(scriptId)) {
      this.#debug();
      // Without a file, so that it is not asked for again.
      if (!urlByScript.has(scriptId)) urlByScript.set(scriptId, "");
    }
    return urlByScript.get(scriptId) ?? "";
  }

  #debug(): void {
    if (this.#isDebugging) return;
    this.#isDebugging = true;
    this.#ask("Debugger.enable");
  }

  #writesIn(scriptId: string): FunctionShape["writes"] | undefined {
    if (!writesByScript.has(scriptId)) {
      this.#debug();
      const { scriptSource = "" } = this.#ask("Debugger.getScriptSource", { scriptId });
      writesByScript.set(scriptId, writesOf(scriptSource));
    }
    return writesByScript.get(scriptId);
  }

  #propertiesOf({ objectId }: Remote): Answers {
    return this.#ask("Runtime.getProperties", { objectId, ownProperties: true });
  }

  #remoteOf(value: unknown): Remote {
    Object.defineProperty(globalThis, slot, { value, configurable: true });
    const { result } = this.#ask("Runtime.evaluate", {
      expression: 'globalThis[Symbol.for("tracegrad.closures")]',
      silent: true,
    });
    if (result?.objectId === undefined) throw new Error("The globals of this program are not those of the inspector.");
    return result;
  }

  /** The value itself, which the inspector only describes. */
  #local(remote: Remote | undefined): unknown {
    if (remote?.objectId === undefined) {
      const { unserializableValue: text } = remote ?? {};
      return text === undefined ? remote?.value : text.endsWith("n") ? BigInt(text.slice(0, -1)) : Number(text);
    }
    const values: unknown[] = [];
    Object.defineProperty(globalThis, slot, { value: values, configurable: true });
    this.#ask("Runtime.callFunctionOn", {
      objectId: remote.objectId,
      functionDeclaration: 'function () { globalThis[Symbol.for("tracegrad.closures")].push(this); }',
      silent: true,
    });
    return values[0];
  }

  /** Sessions with the own thread answer synchronously. */
  #ask(method: string, params: object = {}): Answers {
    let answer: Answers | undefined;
    this.#session.post(method, params, (error: Error | null, result?: object) => {
      if (error !== null) throw new Error(`${method} failed: ${error.message}`);
      answer = result as Answers;
    });
    return answer ?? {};
  }
}

function memberOf(module: unknown, name: string): { readonly value: unknown } | undefined {
  if (typeof module !== "object" || module === null || !(name in module)) return undefined;
  return { value: (module as Readonly<Record<string, unknown>>)[name] };
}
