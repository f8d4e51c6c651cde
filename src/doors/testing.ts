/**
 * For tests: a scripted language model, matchers for scores, the law of operators, the laws of graphs.
 *
 * @packageDocumentation
 */

export { checkGraph, invariants } from "../graph/invariants.ts";
export { type ScriptedAnswer, type ScriptedModel, scripted } from "../llm/scripted.ts";
export { type AnyOperator, checkOperator } from "../nodes/operators/law.ts";
export { type MatcherResult, type ScoreMatchers, scoreMatchers } from "../shipping/matchers.ts";
