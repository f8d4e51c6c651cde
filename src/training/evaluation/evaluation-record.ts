/** The record of each evaluation: input, output, judgement, calls and duration; folded from a journal. */

import type { Json } from "../../util/decode.ts";
import { hashOf } from "../../util/json.ts";
import { type EvaluationName, evaluationPath, parseEvaluationKey, roundOf } from "../journal/call-path.ts";
import type { JournalRecord } from "../journal/lines.ts";
import type { Outcome, SplitName } from "../types.ts";
import type { ExampleRecord, StoredEvaluation, TextRecord } from "./evaluation-journal.ts";
import { type ModelCall, ModelCalls } from "./model-calls.ts";
import { unpackValue } from "./stored-value.ts";

/** Identifies an evaluation in a run folder. */
export interface EvaluationId {
  /** The id of the candidate: a hash of its values. */
  readonly candidate: string;
  readonly split: SplitName;
  /** The id of the example. */
  readonly example: string;
  /** The index among the evaluations of the candidate on the example, from 0. Rollouts are numbered separately. */
  readonly repeat: number;
  /** The round of a rollout; undefined for an evaluation that scores a candidate. */
  readonly round: number | undefined;
}

/**
 * An evaluation. Values are as stored in the journal: texts up to 100,000 characters, pictures and other data up to
 * about 1.5 MB, other values up to 20,000 characters of JSON. Longer ones are shortened, with a mark. What JSON cannot
 * hold, such as an instance of a class, is an object with its `preview`.
 */
export interface EvaluationRecord extends EvaluationId {
  /** A hash of the candidate, the content of the example, the split and the repeat. */
  readonly key: string;
  readonly input: unknown;
  /**
   * The output of the program; of an episode, its steps and its total reward. Undefined when the program failed, and
   * when `isShared`.
   */
  readonly output: unknown;
  /** Undefined for sealed examples. */
  readonly target: unknown;
  /** Undefined when the judge failed. */
  readonly score: number | undefined;
  /**
   * The text of the judgement; of a rollout in a run with `feedback` the text that this gave. Empty for sealed examples,
   * whose targets it may reveal.
   */
  readonly text: string;
  readonly objectives: Readonly<Record<string, number>> | undefined;
  /** Set when the program or its judge failed. */
  readonly error: Outcome["failure"];
  /** The model calls of the program and of its judge, in the order in which they ended; none when `isShared`. */
  readonly calls: readonly ModelCall[];
  /** Duration of the program and its judge, including everything they waited for. */
  readonly seconds: number | undefined;
  /** Whether another trial of the same study made it: the folder of that trial has the output and the calls. */
  readonly isShared: boolean;
}

/** Selects evaluations. */
export type EvaluationChoice = (evaluation: EvaluationId) => boolean;

interface StoredOutcome extends Pick<StoredEvaluation, "example" | "output" | "seconds" | "shared" | "outcome"> {
  readonly name: EvaluationName;
  readonly id: EvaluationId;
}

/** Folds the records of a journal into evaluations. */
export class EvaluationFold {
  readonly #wanted: EvaluationChoice;
  readonly #examples: ExampleRecord[] = [];
  readonly #texts = new Map<string, string>();
  readonly #stored: StoredOutcome[] = [];
  readonly #calls = new ModelCalls();
  /** The number of rollouts so far, by candidate and example. */
  readonly #rollouts = new Map<string, number>();

  constructor(wanted: EvaluationChoice = () => true) {
    this.#wanted = wanted;
  }

  /** Adds the next record. */
  add(record: Pick<JournalRecord, "type" | "data">): void {
    const data = record.data as unknown;
    if (record.type === "example") this.#examples[(data as ExampleRecord).n] = data as ExampleRecord;
    else if (record.type === "text") this.#texts.set((data as TextRecord).id, (data as TextRecord).text);
    else if (record.type === "outcome") this.#addOutcome(data as StoredEvaluation);
    else this.#calls.add(record);
  }

  /** The selected evaluations, in the order in which they were made. */
  list(): readonly EvaluationRecord[] {
    return this.#stored.map((stored) => this.#recordOf(stored));
  }

  /** The model calls of an evaluation, also of one that is not finished. */
  callsOf(name: EvaluationName): readonly ModelCall[] {
    return this.#calls.of(evaluationPath(name));
  }

  #addOutcome({ key, outcome, example, output, seconds, shared }: StoredEvaluation): void {
    const name = parseEvaluationKey(key);
    const id = this.#idOf(name);
    if (this.#wanted(id)) this.#stored.push({ name, id, outcome, example, output, seconds, shared } as StoredOutcome);
    else this.#calls.drop(evaluationPath(name));
  }

  #idOf(name: EvaluationName): EvaluationId {
    const { id: candidate, split, exampleId: example, suffix } = name;
    const round = roundOf(name);
    if (round === undefined) return { candidate, split, example, repeat: Number(suffix.slice(1)), round };
    const run = `${candidate} ${example}`;
    const repeat = this.#rollouts.get(run) ?? 0;
    this.#rollouts.set(run, repeat + 1);
    return { candidate, split, example, repeat, round };
  }

  #recordOf({ name, id, outcome, example, output, seconds, shared }: StoredOutcome): EvaluationRecord {
    const { score, feedback: text, objectives, failure: error } = outcome;
    const given = example === undefined ? undefined : this.#examples[example];
    return {
      key: hashOf([name.id, given?.content ?? name.exampleId, name.split, name.suffix]).slice(0, 24),
      ...id,
      ...{ input: this.#value(given?.input), output: this.#value(output), target: this.#value(given?.target) },
      ...{ score, text, objectives, error, seconds },
      calls: this.#calls.of(evaluationPath(name)),
      isShared: shared === true,
    };
  }

  #value(json: Json | undefined): unknown {
    return json === undefined ? undefined : unpackValue(json, (id) => this.#texts.get(id));
  }
}
