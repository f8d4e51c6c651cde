/**
 * The options of `train` and `evaluate` as these functions take them: the types are inferred from the agent and the
 * data alone, so that the compiler reports a mistake where it is, and says how to fix it. Types only.
 */

import type { Node } from "../nodes/node.ts";
import type { Fix, IsNode } from "../nodes/types.ts";
import type { InputOf, RowOptions, TargetOf } from "./data/rows.ts";
import type { Split } from "./data/split.ts";
import type { EvaluateOptions } from "./evaluate-types.ts";
import type { TrainOptions } from "./options.ts";
import type { GuideContext, Judgement } from "./types.ts";

/**
 * {@link TrainOptions} as `train` takes them. `I` and `K` belong to the data, `A` and `O` are the input and output of
 * the agent, and `D` is the type of the given data.
 */
export type TrainArguments<I, O, K, A, D> = Needed<Omit<TrainOptions, "agent" | "guide" | "data">> & {
  readonly agent?:
    | (((this: void, input: A) => Node<O> | Promise<Node<O>> | Fix<"make it an agent by `bundle(fn)`">) &
        AgentFits<I, A>)
    | undefined;
  readonly guide?: GuideArgument<I, O, K> | undefined;
  readonly data?: D & Split<I, K> & DataFits<I, A, D>;
};

/**
 * `EvaluateOptions` as `evaluate` takes them. `D` is the type of the given data, `I` and `K` are the parts of a row
 * that the program and the guide receive, `A` and `O` are the input and output of the program.
 */
export type EvaluateArguments<D, I, O, K, A> = RowOptions<RowOf<D>, I, K> &
  NeededInput<InputOf<RowOf<D>>> &
  NeededTarget<TargetOf<RowOf<D>>> &
  Needed<Omit<EvaluateOptions<unknown>, "agent" | "guide" | "data" | keyof RowOptions<unknown, unknown, unknown>>> & {
    readonly agent?: (((this: void, input: A) => Node<O> | O | Promise<Node<O> | O>) & AgentFits<I, A>) | undefined;
    readonly guide?: GuideArgument<I, O, K> | undefined;
    readonly data?: D & (D extends readonly unknown[] ? RowsFit<I, A> : readonly unknown[] & PartOf<D>);
  };

/** The type of the rows in `D`. */
export type RowOf<D> = D extends readonly (infer R)[] ? R : unknown;

type PartOf<D> =
  D extends Pick<Split, "validation"> ? Fix<"give a part of the split: `data: data.validation`"> : unknown;

/**
 * Options with data, separate from the type of the data: TypeScript infers nothing from options when one of the sources
 * of inference is missing.
 */
type Needed<Options> = Options & { readonly data: unknown };

/**
 * The type of a field if it is known. A row that lacks it fits every agent, since the option that provides it is
 * required instead.
 */
export type Known<T> = T extends Fix<string> ? never : T;

type NeededInput<T> = T extends Fix<infer Words> ? NeedsInput<Words> : unknown;
type NeededTarget<T> = T extends Fix<infer Words> ? NeedsTarget<Words> : unknown;

/** `Words` say why it is needed: the compiler shows them. */
interface NeedsInput<_Words> {
  readonly input: object;
}

/** `Words` say why it is needed: the compiler shows them. */
interface NeedsTarget<_Words> {
  readonly target: object;
}

/** The guide is checked, but nothing is inferred from it. */
type GuideArgument<I, O, K> = (
  input: NoInfer<I>,
  output: NoInfer<O>,
  target: NoInfer<K>,
  context: GuideContext,
) => Judgement | Promise<Judgement> | Fix<"for true or false, or a number, wrap the function: `code(fn)`">;

// The checks compare types in braces: so a type parameter of a caller, of which nothing is known, equals itself.
type AgentFits<I, A> = { input: I } extends { input: A }
  ? unknown
  : IsNode<A> extends true
    ? Fix<"the agent is given plain inputs: declare `Nodeable<…>`; of a class take the method of `model(Class)`">
    : unknown;

type DataFits<I, A, D> = D extends readonly unknown[]
  ? Fix<"split the rows: `data: split(rows, { train: 15, validation: 10 })`">
  : RowsFit<I, A>;

type RowsFit<I, A> = { input: I } extends { input: A }
  ? unknown
  : IsNode<A> extends true
    ? unknown
    : I extends Fix<infer Words>
      ? Fix<Words>
      : Fix<"the agent takes other inputs: type the rows, `loadJsonl<{ input: string; target: string }>(path)`, or give `input: (row) => …`">;
