/** Demonstrations as a parameter: examples of a task done well, which a program puts into its prompt. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Parameter, parameter } from "../../nodes/parameter.ts";
import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requireWholeNumber } from "../../util/require.ts";

/** One example of the task done well. JSON. */
export interface Demonstration {
  /** The program's input, or a record of the call's inputs by name. */
  readonly input: unknown;
  readonly output: unknown;
}

/** Options of {@link demonstrations}. */
export interface DemonstrationsOptions {
  /** The parameter's name. Default: `demonstrations`. */
  readonly name?: string;
  /** What they are for, for optimizers to read. */
  readonly doc?: string;
  /**
   * The name of the traced function that they demonstrate, by its inputs and output in successful rollouts. Default:
   * the whole program, from its input to its output.
   */
  readonly of?: string;
  /** The most demonstrations that it may have. Default: 16. */
  readonly max?: number;
  /** The first ones. Default: none. */
  readonly initial?: readonly Demonstration[];
  /** Whether an optimizer may change them. Default: true. */
  readonly trainable?: boolean;
}

const names: NamesOf<DemonstrationsOptions> = {
  ...{ name: true, doc: true, of: true },
  ...{ max: true, initial: true, trainable: true },
};

/**
 * A parameter whose value is a list of demonstrations, which `bootstrapFewShot` and `mipro` fill from the program's own
 * rollouts. Write them into a prompt with {@link demonstrationsText}.
 * @throws TracegradError `bad-option`, or `bad-parameter` when `initial` is not such a list.
 * @example
 * const demos = demonstrations({ max: 4 });
 * const answer = bundle((question: string, demos: readonly Demonstration[]) =>
 *   ask(demonstrationsText(demos) + question),
 * );
 * trace(() => answer("How many?", demos));
 */
export function demonstrations(options: DemonstrationsOptions = {}): Parameter<readonly Demonstration[]> {
  requireKnown("demonstrations", options, names);
  const { name = "demonstrations", of, max = 16, initial = [], trainable = true } = options;
  const doc = options.doc ?? "Examples of the task done well, which are shown to the model.";
  requireWholeNumber("max", max);
  const schema = new DemonstrationsSchema(of, max);
  const constraint = `A list of at most ${max} records {"input", "output"}.`;
  return parameter(initial, { name, doc, trainable, schema, constraint });
}

/** Demonstrations as text for a prompt; an empty text without any. */
export function demonstrationsText(list: readonly Demonstration[]): string {
  return list.map(({ input, output }) => `Input: ${textOf(input)}\nOutput: ${textOf(output)}\n\n`).join("");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The check of every value of such a parameter. Its class also identifies such parameters. */
class DemonstrationsSchema implements StandardSchemaV1<readonly Demonstration[]> {
  readonly of: string | undefined;
  readonly max: number;
  readonly "~standard": StandardSchemaV1.Props<readonly Demonstration[]>;

  constructor(of: string | undefined, max: number) {
    this.of = of;
    this.max = max;
    const validate = (value: unknown) => {
      const message = problemIn(value, max);
      return message === undefined ? { value: value as readonly Demonstration[] } : { issues: [{ message }] };
    };
    this["~standard"] = { version: 1, vendor: "tracegrad", validate };
  }
}

function problemIn(value: unknown, max: number): string | undefined {
  if (!Array.isArray(value)) return "Demonstrations are a list.";
  if (value.length > max) return `There are ${value.length} demonstrations; the maximum is ${max}.`;
  const bad = value.findIndex(
    (one) => typeof one !== "object" || one === null || !("input" in one) || !("output" in one),
  );
  return bad < 0 ? undefined : `Demonstration ${bad} is not a record with "input" and "output".`;
}

/** A parameter whose value is a list of demonstrations. */
export interface DemonstrationsSlot {
  readonly name: string;
  readonly of: string | undefined;
  readonly max: number;
}

/** The demonstrations among some parameters, by name. */
export function slotsIn(parameters: ReadonlyMap<string, Parameter>): readonly DemonstrationsSlot[] {
  return [...parameters].flatMap(([name, { schema }]) =>
    schema instanceof DemonstrationsSchema ? [{ name, of: schema.of, max: schema.max }] : [],
  );
}

/**
 * The demonstrations among the trained parameters.
 * @throws TracegradError `bad-option` when there are none.
 */
export function requireSlots(
  algorithm: string,
  parameters: ReadonlyMap<string, Parameter>,
): readonly DemonstrationsSlot[] {
  const slots = slotsIn(parameters);
  if (slots.length > 0) return slots;
  throw new TracegradError(
    "bad-option",
    `${algorithm} fills demonstrations, but no trained parameter is for them: ${preview([...parameters.keys()])}. ` +
      "Create one with demonstrations(), and write it into the program's prompt with demonstrationsText().",
  );
}
