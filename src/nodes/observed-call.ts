/** Announces a call of a traced function to an observer. */

import type { Observer, Perform } from "../util/observe.ts";
import { inputName, type Operation } from "./operation.ts";

/** How `observer` follows a call of `operation`. */
export function followCall(observer: Observer, operation: Operation, args: readonly unknown[]): Perform {
  const nameOf = (index: number) => inputName(operation, index);
  // A copy: the call makes nodes of its arguments in place.
  return observer.begin({ kind: "call", name: operation.name, nameOf, args: [...args] });
}
