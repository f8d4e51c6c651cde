/** A user's first program. It is checked and run twice: from the sources, and from the packed and installed package. */
import { batchify, bundle, graphOf, node, parameter, t, trace } from "tracegrad";
import * as extend from "tracegrad/extend";
import { aiSdk } from "tracegrad/llm/ai-sdk";
import { anthropic } from "tracegrad/llm/anthropic";
import { llamaCpp } from "tracegrad/llm/llama-cpp";
import { openai } from "tracegrad/llm/openai";
import * as testing from "tracegrad/testing";

const greeting = parameter("Hello", { name: "greeting", doc: "How to begin." });
const shout = bundle(function shout(text: string): string {
  return text.toUpperCase();
});

const graph = trace(() => shout(t`${greeting}, ${node("world")}!`));
if (graph.value !== "HELLO, WORLD!") throw new Error(`The program gave ${graph.value}.`);
const learning = batchify([graph, trace(() => shout("again"))]);
learning.backward(["Say it softly.", "Do not say it again."]);
if (graphOf(greeting).nodes.length !== 1) throw new Error("A parameter alone is a graph of one node.");

const doors = [extend, testing].map((door) => Object.keys(door).length);
console.log(
  `  ${graph.value} ${typeof anthropic} ${typeof openai} ${typeof llamaCpp} ${typeof aiSdk} ${doors.join(" ")}`,
);
