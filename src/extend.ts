/**
 * For authors of operators, propagators, optimizers and adapters. Programs need only `tracegrad`.
 *
 * @packageDocumentation
 */

export { collectSignals, deliver, putBack, signalsOf } from "./graph/delivery.ts";
export { byIndex, combine, feedbackText, toFeedback } from "./graph/feedback.ts";
export { creditBehind, join } from "./graph/join.ts";
export { callOf } from "./graph/show.ts";
export { minimalSubgraphOf } from "./graph/subgraph.ts";
export { bundleWith } from "./nodes/bundle.ts";
export { restore } from "./nodes/commit.ts";
export { derive, inputNameOf } from "./nodes/node.ts";
export { input, operator } from "./nodes/operation.ts";
export { type Binary, binary, type Unary, unary } from "./nodes/operators/define.ts";
export { problemWith } from "./nodes/parameter.ts";
export type { Algorithm, ProposeContext } from "./optimizers/algorithm.ts";
export { optoPrime } from "./optimizers/optoprime/optoprime.ts";
export { type Problem, problemOf, type Shown, type Variable } from "./optimizers/problem.ts";
export { jsonReply } from "./optimizers/reply.ts";
export { type Fitted, fit } from "./optimizers/suggestion.ts";
export { type ConsoleHook, type QuickJSOptions, quickjs } from "./sandbox/quickjs.ts";
export type { CodeSpec, Program, Sandbox, SandboxSession } from "./sandbox/sandbox.ts";
