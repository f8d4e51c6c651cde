/** All operators: pure functions over nodes or plain values that give a node. */

export type { Binary, Unary } from "./define.ts";
export * from "./list.ts";
export { type Answerer, callLlm } from "./llm.ts";
export * from "./logic.ts";
export * from "./number.ts";
export * from "./record.ts";
export * from "./set.ts";
export {
  capitalize,
  chr,
  concat,
  format,
  joinText,
  lower,
  ord,
  replace,
  splitText,
  strip,
  swapcase,
  title,
  upper,
} from "./text.ts";
