/** What is done with whole graphs: backward, prompts, DOT, merging. All give milliseconds. */

import type { Graph } from "tracegrad";
import { batchify, bundle, credit, graphOf, type LearningGraph, type Node, node, parameter, trace } from "tracegrad";
import { type Problem, problemOf } from "tracegrad/extend";
import { add } from "tracegrad/operators";
import { render } from "../src/optimizers/optoprime/render.ts";
import { writeWithin } from "../src/optimizers/prompt/within-tokens.ts";
import { countTokens } from "../src/util/tokens.ts";
import { medianTime } from "./clock.ts";

const times = 5;
const feedback = "Too low: expected more.";

/** One parameter at the root, then `size` operations. */
function chainOf(size: number): Node<number> {
  let x: Node<number> = parameter(1, { name: "start" });
  const one = node(1, { name: "one" });
  for (let index = 0; index < size; index++) x = add(x, one);
  return x;
}

/** One parameter that goes into each of `size` operations, as one prompt goes into each call of an agent. */
function sharedIn(size: number, shared: Node<number> = parameter(1, { name: "shared" })): Node<number> {
  let x = node(0, { name: "x" });
  for (let index = 0; index < size; index++) x = follow(x, shared);
  return x;
}

const follow = bundle((state: number, prompt: number) => state + prompt, { name: "follow", doc: "One step." });

const rendering = { objective: "Improve.", memory: [], instructions: "Answer in JSON." };

function promptOf(problem: Problem, maxTokens?: number): string {
  if (maxTokens === undefined) return render(problem, { ...rendering, maxCharacters: Number.MAX_SAFE_INTEGER }).text;
  const write = (maxCharacters: number) => render(problem, { ...rendering, maxCharacters });
  return writeWithin({ maxTokens, count: countTokens }, write).text;
}

function poseOf(graph: Graph): Problem {
  const made = credit(graph, feedback);
  return problemOf(made, made.signals.keys());
}

/** Runs `measure` on a small size first, so that what is measured is the compiled code. */
function warm(size: number, measure: (size: number) => number): number {
  for (let round = 0; round < 10; round++) measure(Math.min(size, 1_000));
  return measure(size);
}

/** Backward with the minimal subgraph. */
export function backward(size: number): number {
  return warm(size, (count) => {
    const output = chainOf(count);
    return medianTime(
      times,
      () => graphOf(output),
      (graph) => graph.backward(feedback),
    );
  });
}

/** Backward and prompt of a graph with one parameter in each of `size` steps. */
export function sharedParameter(size: number): number {
  return warm(size, (count) => {
    const output = sharedIn(count);
    return medianTime(
      times,
      () => graphOf(output),
      (graph) => promptOf(poseOf(graph)),
    );
  });
}

function graphsOf(count: number, depth: number): readonly Graph<number>[] {
  const shared: Node<number> = parameter(1, { name: "shared" });
  return Array.from({ length: count }, () => trace(() => sharedIn(depth, shared)));
}

/** Joining `size` graphs of depth 100 that share a parameter, backward and prompt. */
export function fanIn(size: number): number {
  return warm(size, (count) => {
    const graphs = graphsOf(Math.min(count, 1_000), 100);
    return medianTime(
      times,
      () => graphs,
      (members) => promptOf(poseOf(batchify(members) as LearningGraph)),
    );
  });
}

/** Joining `size` graphs of depth 100 into one, with all its nodes in order. */
export function merge(size: number): number {
  for (let round = 0; round < 10; round++) mergeOnce(Math.min(size, 10), 1);
  return mergeOnce(size, times);
}

function mergeOnce(size: number, count: number): number {
  const graphs = graphsOf(size, 100);
  return medianTime(
    count,
    () => graphs,
    (members) => batchify(members).nodes.length,
  );
}

/** The prompt of a graph of `size` nodes, all of it. */
export function prompt(size: number): number {
  return promptWithin(size, undefined);
}

/** The prompt of a graph of `size` nodes within 8,000 tokens; an error when it is longer. */
export function boundedPrompt(size: number): number {
  return promptWithin(size, 8_000);
}

function promptWithin(size: number, maxTokens: number | undefined): number {
  return warm(size, (count) => {
    const output = chainOf(count);
    let text = "";
    const taken = medianTime(
      times,
      () => credit(graphOf(output), feedback),
      (made) => (text = promptOf(problemOf(made, made.signals.keys()), maxTokens)),
    );
    if (maxTokens !== undefined && countTokens(text) > maxTokens) {
      throw new Error(`A prompt of ${countTokens(text)} tokens is longer than its budget of ${maxTokens}.`);
    }
    return taken;
  });
}

/** DOT of a graph of `size` nodes, all of them drawn. */
export function dot(size: number): number {
  return warm(size, (count) => {
    const output = chainOf(count);
    return medianTime(
      times,
      () => graphOf(output),
      (graph) => graph.toDot({ maxNodes: Number.POSITIVE_INFINITY, fold: false }),
    );
  });
}
