/** Lets an observer, such as one that writes spans, follow work from its beginning to its end. */

import type { Tokens } from "./token-count.ts";

/** A call of a language model, or of another service that costs something. */
export interface ObservedRequest {
  readonly kind: "request";
  /** Who is called, such as a model's id. */
  readonly to: string;
  /** Whose service it is, such as `anthropic`, where that is known. */
  readonly provider: string | undefined;
  /** What is done, by the names of OpenTelemetry, such as `embeddings`. Default: `chat`. */
  readonly operation?: string | undefined;
  /** What is asked, where it is known. */
  readonly request: unknown;
  /** Whether the reply is at hand already, such as in a cache. */
  readonly isAtHand: boolean;
  /** What a reply says that it used. */
  usage(reply: unknown): Partial<Tokens> | undefined;
  /** What a reply says, in the fields of a language model's reply. */
  answerOf(reply: unknown): unknown;
}

/** A call of a traced function. */
export interface ObservedCall {
  readonly kind: "call";
  readonly name: string;
  /** The name of the argument at a place. */
  nameOf(index: number): string;
  readonly args: readonly unknown[];
}

/** An evaluation: a candidate runs on an example, and its output is judged. */
export interface ObservedEvaluation {
  readonly kind: "evaluation";
  readonly candidate: string;
  readonly split: string;
  readonly example: { readonly id: string; readonly input: unknown };
}

/** A piece of work with a beginning and an end. */
export type Work =
  | { readonly kind: "train" | "evaluate" | "trace" }
  | { readonly kind: "round"; readonly round: number }
  | { readonly kind: "proposal"; readonly path: string }
  | ObservedEvaluation
  | ObservedCall
  | ObservedRequest;

/** Does the work that was announced, and gives what it gives. */
export type Perform = <R>(work: () => R) => R;

/** Follows work. It never throws. */
export interface Observer {
  /** Called where work is asked for. What it returns is called where the work is done: perhaps later, from a queue. */
  begin(work: Work): Perform;
  /** Something happened in the work around the caller. */
  note(event: { readonly type: string }): void;
}

let current: Observer | undefined;

/** The observer of this process, if there is one. */
export function currentObserver(): Observer | undefined {
  return current;
}

/** Has `observer` follow all work that begins from now on; undefined ends it. */
export function setObserver(observer: Observer | undefined): void {
  current = observer;
}

/** Does a piece of work, followed by the observer, if there is one. */
export function observed<R>(work: Work, perform: () => R): R {
  return current === undefined ? perform() : current.begin(work)(perform);
}
