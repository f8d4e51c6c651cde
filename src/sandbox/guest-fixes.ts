/**
 * Changes the built-ins of QuickJS where V8 gives other results. The functions are handed over as text, see guest.ts,
 * and run before any program.
 */
import { fixSorts, sortFunctions } from "./guest-sort.ts";
import { timSort, timSortFunctions } from "./guest-tim-sort.ts";

type StringMethod = (this: unknown, ...args: unknown[]) => unknown;

/** In V8, a stack that is used up is a RangeError. The class of its own that QuickJS has for it becomes one. */
function fixErrors(): void {
  const { InternalError } = globalThis as unknown as { readonly InternalError: ErrorConstructor };
  Object.setPrototypeOf(InternalError.prototype, RangeError.prototype);
  for (const key of ["name", "constructor"]) Reflect.deleteProperty(InternalError.prototype, key);
}

function fixTexts(): void {
  const { apply, defineProperty } = Reflect;
  const all = String.prototype as unknown as Record<string, StringMethod>;
  for (const name of ["anchor", "fontcolor", "fontsize", "link"]) {
    const real = all[name] as StringMethod;
    const { [name]: value } = {
      [name](this: unknown, part: unknown): unknown {
        return apply(real, this, [part === undefined || part === null ? `${part}` : part]);
      },
    };
    defineProperty(all, name, { value });
  }
  defineProperty(all, "length", { configurable: false });
}

/** Statements for the beginning of a fresh world, of either engine. */
export function fixSource(): string {
  return `if ("InternalError" in globalThis) {
${[fixErrors, fixTexts, ...sortFunctions, ...timSortFunctions].join("\n")}
${fixErrors.name}();
${fixTexts.name}();
${fixSorts.name}(${timSort.name});
}`;
}
