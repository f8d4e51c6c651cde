/**
 * A small task for tests of searches: four knobs, each with a right place. A judge tells of one knob a time how far off
 * it is; the score of a program is the same on all examples, but for noise when that is asked for.
 */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Node, parameter, type TrainOptions, type TrainResult, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import type { LanguageModel, ModelRequest } from "tracegrad/llm";
import * as operators from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import type { Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { expect } from "vitest";
import { sectionsOf, suggest, textOf, variablesOf } from "../readers.ts";

/** The knobs and their right places. All start at 50. */
const places: Readonly<Record<string, number>> = { bass: 83, middle: 12, treble: 67, volume: 31 };
const knobs = Object.keys(places);

/** How good a program truly is, from 0 to 1: what the score would be without noise. */
export function qualityOf(values: Readonly<Record<string, unknown>>): number {
  const off = knobs.map((knob) => Math.abs(Number(values[knob]) - (places[knob] as number)));
  return 1 - off.reduce((sum, one) => sum + one, 0) / (100 * knobs.length);
}

/** A number from 0 up to 1 that depends on nothing but the text. */
function chance(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32LE() / 2 ** 32;
}

/** A number of the standard normal distribution that depends on nothing but the text. */
function gaussian(text: string): number {
  const radius = Math.sqrt(-2 * Math.log(1 - chance(`${text}/radius`)));
  return radius * Math.cos(2 * Math.PI * chance(`${text}/angle`));
}

/** The values of the knobs in a prompt. */
function knobsOf(prompt: string): Readonly<Record<string, number>> {
  const variables = Object.entries(variablesOf(prompt)).filter(([name]) => knobs.includes(name));
  return Object.fromEntries(variables.map(([name, { value }]) => [name, Number(value)]));
}

/** A prompt without the highest score, which it names where a run knows it. */
export function withoutScale(prompt: string): string {
  return prompt.replace(/^(Score: .*) of \S+$/gm, "$1");
}

/**
 * What decides the chance answer to a request: the knobs, the feedback with its scores, the temperature, the seed. So a
 * resumed run has the model of the first, and other wording around these changes nothing.
 */
function luckOf(request: ModelRequest, seed: number): string {
  const prompt = withoutScale(textOf(request));
  return JSON.stringify([seed, request.temperature ?? null, knobsOf(prompt), sectionsOf(prompt).Feedback ?? ""]);
}

/**
 * A model that reads the prompt as it was rendered and turns the first knob that the feedback complains of: with
 * probability `skill` to where the feedback says, otherwise anywhere.
 */
export function tuner(skill: number, seed = 1): ReturnType<typeof scripted> {
  return scripted((request) => {
    const prompt = textOf(request);
    const complaint = /(\w+) is too (low|high) by (\d+)/.exec(sectionsOf(prompt).Feedback ?? "");
    if (complaint === null) return suggest({});
    const [, knob, way, by] = complaint as unknown as [string, string, string, string];
    const luck = luckOf(request, seed);
    const right = (knobsOf(prompt)[knob] as number) + (way === "low" ? 1 : -1) * Number(by);
    return suggest({ [knob]: chance(luck) < skill ? right : Math.floor(chance(`${luck}/where`) * 100) });
  });
}

/** A model that turns all knobs anywhere: programs of all qualities, none better by design. */
export function gambler(seed = 1): ReturnType<typeof scripted> {
  return scripted((request) => {
    const luck = luckOf(request, seed);
    return suggest(Object.fromEntries(knobs.map((knob) => [knob, Math.floor(chance(`${luck}/${knob}`) * 100)])));
  });
}

/**
 * A model that turns one knob to the other side of its place, as far off as before: programs that differ and are all
 * equally good, so that only noise could prefer one.
 */
export function mirrorer(seed = 1): ReturnType<typeof scripted> {
  return scripted((request) => {
    const knob = knobs[Math.floor(chance(luckOf(request, seed)) * knobs.length)] as string;
    return suggest({ [knob]: 2 * (places[knob] as number) - (knobsOf(textOf(request))[knob] as number) });
  });
}

/** What can be said of the task. */
export interface TaskSettings {
  readonly search: Search;
  readonly llm: LanguageModel;
  /**
   * Standard deviation of the noise on each score. Default: 0. With noise a resumed run sees other scores than a whole
   * one.
   */
  readonly noise?: number;
  readonly seed?: number;
  readonly train?: number;
  readonly validation?: number;
  /** Is told of each evaluation: the places of the knobs, and the example. */
  readonly onJudged?: (places: readonly number[], exampleId: string) => void;
}

/** The task as options of `train`, by the strict acceptance rule unless `changes` say otherwise. */
export function task(
  { search, llm, noise = 0, seed = 0, train: size = 8, validation = 8, onJudged }: TaskSettings,
  changes: Partial<TrainOptions<number, number[], string>> = {},
): TrainOptions<number, number[], string> {
  const parameters = knobs.map((name) => parameter(50, { name }));
  const judged = new Map<string, number>();
  const guide = code<number, number[], string>((input, output, _target, { exampleId }) => {
    onJudged?.(output, exampleId);
    const values = Object.fromEntries(knobs.map((knob, at) => [knob, output[at] as number]));
    const run = `${seed}/${output.join()}/${exampleId}`;
    // A program meets an example once in a batch of work, so this count is the same at any concurrency.
    judged.set(run, (judged.get(run) ?? 0) + 1);
    const score = qualityOf(values) + (noise === 0 ? 0 : noise * gaussian(`${run}/${judged.get(run)}`));
    return { score, text: complaint(values, input) };
  });
  const rows = Array.from({ length: size + validation }, (_, at) => ({ id: `row ${at}`, input: at, target: "" }));
  return {
    agent: (): Node<number[]> => operators.makeList<number>(...parameters),
    optimizer: optoPrime(parameters, { llm }),
    guide,
    data: split(rows, { train: size, validation }),
    search,
    seed,
    acceptance: "best",
    ...changes,
  };
}

/** Complains of the knob whose turn it is on this example, or of the next one that is not in its place. */
function complaint(values: Readonly<Record<string, number>>, example: number): string {
  const turns = knobs.map((_, at) => knobs[(at + example) % knobs.length] as string);
  const wrong = turns.find((knob) => values[knob] !== places[knob]);
  if (wrong === undefined) return "All in place.";
  const off = (places[wrong] as number) - (values[wrong] as number);
  return `${wrong} is too ${off > 0 ? "low" : "high"} by ${Math.abs(off)}.`;
}

/** A result as text, without the time that it took. */
export function bytes(result: TrainResult): string {
  return JSON.stringify({ ...result, spent: { ...result.spent, seconds: 0 } });
}

/** The mean of what `measure` gives for the seeds from 1. */
export async function meanOver(seeds: number, measure: (seed: number) => Promise<number>): Promise<number> {
  let sum = 0;
  for (let seed = 1; seed <= seeds; seed++) sum += await measure(seed);
  return sum / seeds;
}

/** A new run folder, and how to be rid of all that were made. */
export function runFolders(): { readonly make: () => string; readonly remove: () => void } {
  const made: string[] = [];
  return {
    make() {
      const folder = mkdtempSync(join(tmpdir(), "tracegrad-search-"));
      made.push(folder);
      return join(folder, "run");
    },
    remove() {
      for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Expects a run that is stopped after any of these numbers of evaluations, and resumed, to end as one that was not. */
export async function expectResumable(
  make: (changes: Partial<TrainOptions<number, number[], string>>) => TrainOptions<number, number[], string>,
  folders: ReturnType<typeof runFolders>,
  stops: number,
): Promise<void> {
  const whole = await train(make({ folder: folders.make() })).result;
  for (let stop = 1; stop <= stops; stop++) {
    const after = Math.floor((stop * whole.spent.evaluations) / (stops + 1));
    const folder = folders.make();
    await train(stoppedAfter(after, make({ folder }))).result.catch(() => undefined);
    // With the same guide as before, whose text belongs to the run.
    const resumed = await train(stoppedAfter(Number.POSITIVE_INFINITY, make({ folder }))).result;
    expect(bytes(resumed), `stopped after ${after} evaluations`).toBe(bytes(whole));
  }
}

function stoppedAfter(
  runs: number,
  options: TrainOptions<number, number[], string>,
): TrainOptions<number, number[], string> {
  const stop = new AbortController();
  const { guide } = options;
  let left = runs;
  const stopping: NonNullable<typeof guide> = (...run) => {
    if (left-- === 0) stop.abort();
    return (guide as NonNullable<typeof guide>)(...run);
  };
  return { ...options, guide: stopping, signal: stop.signal };
}

/** Models that are no help, by what they do. */
export const useless: Readonly<Record<string, (request: ModelRequest) => ReturnType<typeof suggest> | string>> = {
  "changes nothing": () => suggest({}),
  "gives the values that are there": (request) => suggest(knobsOf(textOf(request))),
  "names what is not there": () => suggest({ loudness: 3, __proto__: 1 }),
  "gives values of another kind": () => suggest({ bass: "loud", middle: null }),
  "cuts its JSON": () => '{"reasoning": "", "suggestion": {"bass": 8',
  "says nothing": () => "",
  "answers without end": () => "bass ".repeat(2_000_000),
  "repeats its instructions": (request) => `${request.system ?? ""}\n${textOf(request)}`,
};
