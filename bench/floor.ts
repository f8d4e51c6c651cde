/**
 * The floor F: call a function and push a small object. No tracing can cost less, so costs are told as multiples of it.
 */

interface Plain {
  readonly id: number;
  readonly op: string;
  readonly parents: readonly Plain[];
  readonly value: number;
}

function sum(x: number, y: number): number {
  return x + y;
}

function push(out: Plain[], x: Plain, y: Plain): Plain {
  const made: Plain = { id: out.length, op: "add", parents: [x, y], value: sum(x.value, y.value) };
  out.push(made);
  return made;
}

/** A chain of `size` plain objects. */
export function plainChain(size: number): readonly Plain[] {
  const out: Plain[] = [];
  const one: Plain = { id: -1, op: "input", parents: [], value: 1 };
  let x = one;
  for (let index = 0; index < size; index++) x = push(out, x, one);
  return out;
}
