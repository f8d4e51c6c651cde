/**
 * ACE: a reflector finds out why runs went as they did, and a curator turns that into changes of a playbook, bullet by
 * bullet.
 */

import type { Credit } from "../../graph/credit.ts";
import type { Content, LanguageModel, ModelReply, ReplyTool } from "../../llm/llm.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { shorten } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import {
  count,
  number,
  type OptionTable,
  optional,
  recordSettings,
  resolveOptions,
  type SettingsOf,
  text,
} from "../../util/options.ts";
import type { Algorithm, Exchange, Proposal, ProposeContext } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import { type Problem, problemOf, type Variable } from "../problem.ts";
import { askFor, type ReplyReading, requireModel, type TypedAnswer } from "../prompt/ask.ts";
import { contentOf, firstImages, imagesOf, maxImages } from "../prompt/images.ts";
import { scaleAfter, scaledCounter, type TokenScale } from "../prompt/within-tokens.ts";
import type { Refusal } from "../suggestion.ts";
import type { Bullet, Playbook, PlaybookLimits } from "./bullets.ts";
import { curationTool, readCuration } from "./curation.ts";
import { playbookLimits } from "./playbook.ts";
import { curatorPrompt, defaultObjective, reflectorPrompt } from "./prompt-text.ts";
import { curatorText, type PromptBasis, reflectorText } from "./prompts.ts";
import { type Reflection, readReflection, reflectionTool } from "./reflection.ts";

/** Options of {@link aceAlgorithm}. */
export interface AceAlgorithmOptions {
  /** What to aim at, in words. Default: better feedback on later runs. */
  readonly objective?: string;
  /**
   * How often a reflection is refined while the score says that the run was wrong. Default: 1. The paper allows up to 5
   * in its experiments; each is a model call, and the program does not run in between. Feedback without a score gets
   * none.
   */
  readonly maxRounds?: number;
  /**
   * From which score on a run was right, so that its reflection is not refined. Default: the `maxScore` of the feedback,
   * which in `train` is that of the run; without one, 1.
   */
  readonly targetScore?: number;
  /** How often a refused answer is asked for again, with the reasons. Default: 1. */
  readonly maxRetries?: number;
  /** Sampling temperature. Default: the model's own. */
  readonly temperature?: number;
  /** The most tokens of a prompt, estimated. Default: 48,000, for playbooks of up to 30,000. */
  readonly maxPromptTokens?: number;
  /** The most tokens of a reply. Default: 8,192. */
  readonly maxReplyTokens?: number;
}

/** Options of {@link ace}. */
export interface AceOptions extends AceAlgorithmOptions {
  /** The model that reflects and curates. */
  readonly llm: LanguageModel;
}

/** ACE's memory: the texts that were last dropped from each playbook for lack of space, by its name. */
export type AceState = TokenScale & { readonly dropped: Readonly<Record<string, readonly string[]>> };

/**
 * ACE as an algorithm: for each playbook among the parameters, one call that reflects on the run and tags the bullets
 * that helped or misled, refined when the run was wrong, and one that curates. The curator answers with operations,
 * never with a whole playbook, so that what was learned is not lost. Operations are applied all or none; when they are
 * refused, nothing changes, not even the counts. Parameters that hold no playbook stay as they are, shown as inputs.
 *
 * Source: Zhang et al. 2025, "Agentic Context Engineering: Evolving Contexts for Self-Improving Language Models". Equal
 * texts are found by comparison, not by embeddings.
 */
export function aceAlgorithm(options: AceAlgorithmOptions = {}): Algorithm<AceState> {
  const settings = resolveOptions("ACE", options, table);
  return {
    name: "ACE",
    settings: recordSettings(settings, table),
    init(parameters) {
      if (parameters.some((parameter) => playbookLimits(parameter) !== undefined)) return { dropped: {} };
      throw new TracegradError(
        "no-playbook",
        `ACE curates playbooks, and none of ${parameters.map(({ name }) => name).join(", ")} holds one. ` +
          "Make one with playbook(…).",
      );
    },
    async propose(credit, state, context) {
      const llm = requireModel(context.llm, "ACE");
      let proposal: Proposal = { updates: [], reasoning: "", refused: [], exchanges: [] };
      let { dropped } = state;
      for (const parameter of context.parameters) {
        const limits = playbookLimits(parameter);
        if (limits === undefined || !credit.signals.has(parameter)) continue;
        const step = stepOn(credit, parameter, { settings, context: { ...context, llm }, limits, scale: state });
        const { name } = step.variable;
        const result = await curate(step, dropped[name] ?? []);
        proposal = joinProposals(proposal, result.proposal);
        if (result.dropped !== undefined) dropped = { ...dropped, [name]: result.dropped };
      }
      return [proposal, { dropped, ...scaleAfter(state, proposal.exchanges[0]) }];
    },
  };
}

/**
 * An optimizer that runs {@link aceAlgorithm} on the playbooks of a program.
 * @param target What holds the playbook: a model, the parameter, an array or record of these.
 * @throws TracegradError `no-playbook` when no parameter in `target` holds one, `bad-option`, `no-parameter`.
 * @example
 * const book = playbook();
 * const optimizer = ace(book, { llm: anthropic("claude-sonnet-5-5") });
 */
export function ace(target: unknown, { llm, ...options }: AceOptions): Optimizer<AceState> {
  return new Optimizer(target, aceAlgorithm(options), llm);
}

const table = {
  objective: [defaultObjective, text],
  maxRounds: [1, count(0)],
  targetScore: [null, optional(number())],
  maxRetries: [1, count(0)],
  temperature: [null, optional(number(0))],
  maxPromptTokens: [48_000, count()],
  maxReplyTokens: [8_192, count()],
} satisfies OptionTable<AceAlgorithmOptions>;

/** What a step on a playbook needs besides the problem. */
interface StepBasis {
  readonly settings: SettingsOf<typeof table>;
  readonly context: ProposeContext & { readonly llm: LanguageModel };
  readonly limits: PlaybookLimits;
  /** What the steps before have learned of the provider's tokenizer. */
  readonly scale: TokenScale;
}

/** One step on one playbook. */
interface PlaybookStep extends StepBasis {
  /** The problem whose one variable holds the playbook. */
  readonly problem: Problem;
  readonly variable: Variable;
}

interface PlaybookResult {
  readonly proposal: Proposal;
  /** The texts that were dropped for lack of space; undefined when nothing changed. */
  readonly dropped: readonly string[] | undefined;
}

function stepOn(credit: Credit, parameter: Parameter, basis: StepBasis): PlaybookStep {
  const problem = problemOf(credit, [parameter]);
  return { ...basis, problem, variable: problem.variables[0] as Variable };
}

const [maxDropped, maxDroppedLength] = [10, 300];

/** Reflects on the run, then curates the playbook. `before` are the texts that the last step dropped. */
async function curate(step: PlaybookStep, before: readonly string[]): Promise<PlaybookResult> {
  const { problem, limits } = step;
  const { value: reflection, refused, exchanges } = await reflect(step);
  if (reflection === undefined) return unchanged(refused, exchanges);
  const { tagged } = reflection;
  const curation = await askAbout(step, {
    system: curatorPrompt,
    content: curatorText(promptBasis(step, tagged), {
      limits,
      reflection,
      feedback: problem.feedback,
      dropped: before,
    }),
    tool: curationTool(limits),
    read: (reply) => readCuration(reply, { problem, tagged, limits }),
  });
  const all = [...exchanges, ...curation.exchanges];
  const { value } = curation;
  if (value === undefined || curation.refused.length > 0) return unchanged(curation.refused, all, value?.reasoning);
  const { updates, dropped } = value;
  const reasoning = [value.reasoning, ...(dropped.length === 0 ? [] : [droppedText(dropped)])].join("\n");
  const texts = dropped.slice(0, maxDropped).map((bullet) => shorten(bullet.text, maxDroppedLength));
  return { proposal: { updates, reasoning, refused: [], exchanges: all }, dropped: texts };
}

function unchanged(refused: readonly Refusal[], exchanges: readonly Exchange[], reasoning = ""): PlaybookResult {
  return { proposal: { updates: [], reasoning, refused, exchanges }, dropped: undefined };
}

/** The reflection, refined while the run was wrong; undefined, with the refusals, when the first is refused. */
async function reflect(step: PlaybookStep): Promise<TypedAnswer<Reflection>> {
  const { problem, limits } = step;
  const { maxRounds, targetScore } = step.settings;
  const book = step.variable.value as Playbook;
  const { score, maxScore = 1 } = problem.feedback;
  const refinements = score !== undefined && score < (targetScore ?? maxScore) ? maxRounds : 0;
  const images = imagesOf({ ...problem, variables: [] }, maxImages);
  const exchanges: Exchange[] = [];
  let found: Reflection | undefined;
  for (let round = 0; ; round++) {
    const prompt = reflectorText(promptBasis(step, book), { problem, images, before: found });
    const answer = await askAbout(step, {
      system: reflectorPrompt,
      content: contentOf(prompt, images, firstImages(problem.feedback)),
      tool: reflectionTool,
      read: (reply) => readReflection(reply, book, limits),
    });
    exchanges.push(...answer.exchanges);
    const next: Reflection | undefined = answer.value ?? found;
    // A refinement that is refused, or that changes nothing, ends the search: the reflection before it is used.
    const isSame = JSON.stringify(found) === JSON.stringify(next);
    found = next;
    if (isSame || round >= refinements) return { value: found, refused: answer.refused, exchanges };
  }
}

function promptBasis({ settings, context, scale }: StepBasis, playbook: Playbook): PromptBasis {
  const limit = { maxTokens: settings.maxPromptTokens, count: scaledCounter(scale) };
  return { objective: settings.objective, note: context.note, playbook, limit };
}

/** What one of the two roles is asked. */
interface RoleQuestion<T> {
  readonly system: string;
  readonly content: string | readonly Content[];
  readonly tool: ReplyTool;
  read(reply: ModelReply): ReplyReading<T> | Promise<ReplyReading<T>>;
}

function askAbout<T>({ settings, context }: StepBasis, question: RoleQuestion<T>): Promise<TypedAnswer<T>> {
  const { system, content, tool, read } = question;
  const { llm, signal, temperature = settings.temperature } = context;
  const request = {
    system,
    messages: [{ role: "user" as const, content }],
    maxTokens: settings.maxReplyTokens,
    tool,
    ...(temperature === null ? {} : { temperature }),
  };
  return askFor({ request, read, llm, signal, retries: settings.maxRetries });
}

function droppedText(dropped: readonly Bullet[]): string {
  return `Dropped for lack of space: ${dropped.map(({ id, text }) => `[${id}] ${shorten(text, 80)}`).join("; ")}`;
}

function joinProposals(one: Proposal, other: Proposal): Proposal {
  return {
    updates: [...one.updates, ...other.updates],
    reasoning: [one.reasoning, other.reasoning].filter((text) => text !== "").join("\n"),
    refused: [...one.refused, ...other.refused],
    exchanges: [...one.exchanges, ...other.exchanges],
  };
}
