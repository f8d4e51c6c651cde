/** Refuses a search that could not work before anything is spent. */

import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { acceptancePlan } from "../acceptance/plan.ts";
import type { TrainOptions } from "../options.ts";
import { namedParameters } from "./named-parameters.ts";

/**
 * Checks the options of a run that concern searches and objectives.
 * @throws TracegradError `bad-option`.
 */
export function checkSearch(options: TrainOptions): void {
  const { search, objectives = [], rollback, template, environment } = options;
  checkObjectives(options);
  const { steering } = acceptancePlan(options);
  if (search === undefined) return;
  const { data, optimizer, selection = "bestValidation" } = options;
  if (selection !== "bestValidation")
    refuse(`A search selects by validation, but selection is "${selection}". Remove it.`);
  if (data.validation.length === 0) refuse("A search needs validation examples. Give split a `validation`.");
  const isBounded = search.ends === true || Object.values(options.budget ?? {}).some((most) => most !== undefined);
  if (!isBounded) refuse(`${search.name} runs until a budget ends it. Give one, such as { evaluations: 500 }.`);
  if (rollback !== undefined) refuse("A search goes back by itself; `rollback` is for plain steps. Remove it.");
  if (template !== undefined && environment === undefined) {
    const fix = "Remove it; the number of rollouts per proposal is an option of the search, such as `minibatchSize`.";
    refuse(`${search.name} learns from all rollouts of a proposal at once; \`template\` is for plain steps. ${fix}`);
  }
  const parameters = namedParameters(optimizer.parameters);
  search.check?.({
    train: data.train.map(({ id }) => id),
    validation: steering.map(({ id }) => id),
    names: [...parameters.keys()],
    parameters,
    objectives,
    llm: optimizer.llm,
  });
}

function checkObjectives({ objectives = [] }: TrainOptions): void {
  const names = new Set<string>();
  for (const { name, goal } of objectives) {
    if (typeof name !== "string" || name === "" || names.has(name)) {
      refuse(`Objectives have distinct names; got ${preview(name)}${names.has(name) ? " twice" : ""}.`);
    }
    if (goal !== "maximize" && goal !== "minimize") {
      refuse(`The goal of objective "${name}" is "maximize" or "minimize"; got ${preview(goal)}.`);
    }
    names.add(name);
  }
}

function refuse(problem: string): never {
  throw new TracegradError("bad-option", problem);
}
