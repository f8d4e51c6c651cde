/**
 * The record of each evaluation: what went in, what came out, what was said of it, and what it took; folded from a
 * journal.
 */

import type { Json } from "../../util/decode.ts";
import { hashOf } from "../../util/json.ts";
import { type Place, pathAt, placeOf, roundOf } from "../journal/call-path.ts";
import type { JournalRecord } from "../journal/lines.ts";
import type { Outcome, SplitName } from "../types.ts";
import type { ExampleRecord, KeptEvaluation, TextRecord } from "./evaluation-journal.ts";
import { type ModelCall, ModelCalls } from "./model-calls.ts";
import { unpackValue } from "./stored-value.ts";

/** Which evaluation of a run folder: of which program, on which example, and the how-manieth. */
export interface EvaluationId {
  /** The id of the program: a hash of its values. */
  readonly candidate: string;
  readonly split: SplitName;
  /** The id of the example. */
  readonly example: string;
  /** From 0; training runs and runs that score a program are numbered apart. */
  readonly repeat: number;
  /** The round in which a training run was made; undefined for a run that scores a program. */
  readonly round: number | undefined;
}

/**
 * A evaluation. Values are as the journal keeps them: texts up to 100,000 characters, pictures and other data up to
 * about 1.5 MB, other values up to 20,000 characters of JSON; what is longer is shortened, with a mark. What JSON
 * cannot hold, such as an instance of a class, is an object with its `preview`.
 */
export interface EvaluationRecord extends EvaluationId {
  /** A hash of what was run: the program, the example's content, and which repeat it was. */
  readonly key: string;
  readonly input: unknown;
  /**
   * What the program gave: of an episode its steps and its total reward. Undefined when it failed, and when `isShared`.
   */
  readonly output: unknown;
  /** Undefined for sealed examples. */
  readonly target: unknown;
  /** Undefined when the judge failed. */
  readonly score: number | undefined;
  /** What the judge said; empty for sealed examples, whose targets it may tell. */
  readonly text: string;
  readonly objectives: Readonly<Record<string, number>> | undefined;
  /** Set when the program failed, or its judge. */
  readonly error: Outcome["failure"];
  /** The model calls of the run and of its judge, in the order in which they ended; none when `isShared`. */
  readonly calls: readonly ModelCall[];
  /** Of the run and its judgement, with all that they waited for. */
  readonly seconds: number | undefined;
  /** Whether another trial of the same study has made it: its folder holds the output and the calls. */
  readonly isShared: boolean;
}

/** Chooses evaluations. */
export type EvaluationChoice = (place: EvaluationId) => boolean;

interface Kept extends Pick<KeptEvaluation, "example" | "output" | "seconds" | "shared" | "outcome"> {
  readonly place: Place;
  readonly at: EvaluationId;
}

/** Folds the records of a journal into evaluations. */
export class EvaluationFold {
  readonly #wanted: EvaluationChoice;
  readonly #examples: ExampleRecord[] = [];
  readonly #texts = new Map<string, string>();
  readonly #kept: Kept[] = [];
  readonly #calls = new ModelCalls();
  /** How many training runs there were so far, by program and example. */
  readonly #trainingRuns = new Map<string, number>();

  constructor(wanted: EvaluationChoice = () => true) {
    this.#wanted = wanted;
  }

  /** Takes the next record into account. */
  add(record: Pick<JournalRecord, "type" | "data">): void {
    const data = record.data as unknown;
    if (record.type === "example") this.#examples[(data as ExampleRecord).n] = data as ExampleRecord;
    else if (record.type === "text") this.#texts.set((data as TextRecord).id, (data as TextRecord).text);
    else if (record.type === "outcome") this.#addOutcome(data as KeptEvaluation);
    else this.#calls.add(record);
  }

  /** The chosen evaluations, in the order in which they were judged. */
  list(): readonly EvaluationRecord[] {
    return this.#kept.map((kept) => this.#recordOf(kept));
  }

  /** The model calls of a run, also of one that is not judged yet. */
  callsOf(place: Place): readonly ModelCall[] {
    return this.#calls.of(pathAt(place));
  }

  #addOutcome({ key, outcome, example, output, seconds, shared }: KeptEvaluation): void {
    const place = placeOf(key);
    const at = this.#placeOf(place);
    if (this.#wanted(at)) this.#kept.push({ place, at, outcome, example, output, seconds, shared } as Kept);
    else this.#calls.drop(pathAt(place));
  }

  #placeOf(place: Place): EvaluationId {
    const { id: program, split, exampleId: example, visit } = place;
    const round = roundOf(place);
    if (round === undefined) return { candidate: program, split, example, repeat: Number(visit.slice(1)), round };
    const run = `${program} ${example}`;
    const repeat = this.#trainingRuns.get(run) ?? 0;
    this.#trainingRuns.set(run, repeat + 1);
    return { candidate: program, split, example, repeat, round };
  }

  #recordOf({ place, at, outcome, example, output, seconds, shared }: Kept): EvaluationRecord {
    const { score, feedback: text, objectives, failure: error } = outcome;
    const given = example === undefined ? undefined : this.#examples[example];
    return {
      key: hashOf([place.id, given?.content ?? place.exampleId, place.split, place.visit]).slice(0, 24),
      ...at,
      ...{ input: this.#value(given?.input), output: this.#value(output), target: this.#value(given?.target) },
      ...{ score, text, objectives, error, seconds },
      calls: this.#calls.of(pathAt(place)),
      isShared: shared === true,
    };
  }

  #value(json: Json | undefined): unknown {
    return json === undefined ? undefined : unpackValue(json, (id) => this.#texts.get(id));
  }
}
