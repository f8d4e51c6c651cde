/** Streams of experiences for tests, and what is pulled from them. */

import { bundle, type Feedback, type Graph, type Node, node, parameter, trace } from "tracegrad";
import * as operators from "tracegrad/operators";
import type { Experience, LearningItem, LearningTemplate } from "../../src/templates/template.ts";

const { add } = operators;

/** The one parameter of the programs here. */
export const p = parameter(1, { name: "p" });

const parse = bundle(function parse(text: string, _p: number) {
  return JSON.parse(text) as number;
});

/** One run on its own: p, a constant, their sum. */
export function single(value: number, feedback: Feedback = `feedback ${value}`): Experience {
  return { graph: trace(() => add(p, value)) as Graph, feedback };
}

/** A run whose program fails. */
export function failing(feedback: Feedback = "It failed."): Experience {
  return { graph: trace(() => parse("{", p)) as Graph, feedback };
}

/** An episode whose state is a node that goes from step to step: two sums a step, an environment between steps. */
export function episode(steps: number, name = "e"): Experience[] {
  let state: Node<number> = node(0, { name: "start" });
  return Array.from({ length: steps }, (_, index) => {
    const graph = trace(() => add(add(state, p), p));
    state = graph.output.map((value) => value + 100, "environment");
    return { graph: graph as Graph, feedback: `${name}${index}`, end: index === steps - 1 };
  });
}

/** An episode as {@link episode} gives it, whose steps have these rewards. */
export function rewarded(rewards: readonly number[], name = "e"): Experience[] {
  return episode(rewards.length, name).map((step, index) => ({
    ...step,
    reward: rewards[index] as number,
  }));
}

/** All lessons of a template on some experiences. */
export async function lessonsOf(
  template: LearningTemplate,
  experiences: Iterable<Experience>,
): Promise<LearningItem[]> {
  const lessons: LearningItem[] = [];
  for await (const lesson of template.stream(experiences)) lessons.push(lesson);
  return lessons;
}

/** A stream that says how many experiences were pulled, and whether it was closed. */
export function watched(experiences: readonly Experience[]) {
  const seen = { pulled: 0, closed: false };
  const stream = (async function* () {
    try {
      for (const experience of experiences) {
        seen.pulled += 1;
        yield experience;
      }
    } finally {
      seen.closed = true;
    }
  })();
  return { seen, stream };
}

/** The edges of a graph. */
export function edgesOf(graph: Graph): number {
  return graph.nodes.reduce((sum, one) => sum + graph.parentsOf(one).length, 0);
}
