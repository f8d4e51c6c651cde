/**
 * ACE: a reflector finds out why runs went as they did, and a curator turns that into changes of a playbook, bullet by
 * bullet.
 */

import type { Credit } from "../../graph/credit.ts";
import type { LanguageModel, ModelRequest } from "../../llm/llm.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { shorten } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { requirePositive } from "../../util/require.ts";
import type { Algorithm, Exchange, Proposal, ProposeContext } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import { type Problem, problemOf, type Variable } from "../problem.ts";
import { ask, requireModel } from "../prompt/ask.ts";
import type { ReplyFormat } from "../prompt/reply.ts";
import type { Playbook, PlaybookLimits } from "./bullets.ts";
import { curationFormat } from "./curation.ts";
import type { DeltaResult } from "./delta.ts";
import { playbookLimits } from "./playbook.ts";
import { curatorPrompt, defaultObjective, reflectorPrompt } from "./prompt-text.ts";
import { curatorText, type PromptBasis, reflectorText } from "./prompts.ts";
import { type Reflection, reflectionFormat } from "./reflection.ts";

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
  /** From which score on a run was right, so that its reflection is not refined. Default: 1. */
  readonly targetScore?: number;
  /** How often a refused answer is asked for again, with the reasons. Default: 1. */
  readonly maxRetries?: number;
  /** Sampling temperature. Default: the model's own. */
  readonly temperature?: number;
  /** The most tokens of a prompt, estimated at four characters each. Default: 48,000, for playbooks of up to 30,000. */
  readonly maxPromptTokens?: number;
  /** The most tokens of a reply. Default: 8,192. */
  readonly maxReplyTokens?: number;
}

/** Options of {@link ACE}. */
export interface AceOptions extends AceAlgorithmOptions {
  /** The model that reflects and curates. */
  readonly llm: LanguageModel;
}

/** ACE's memory: the texts that were last left out of each playbook for want of room, by its name. */
export type AceState = { readonly dropped: Readonly<Record<string, readonly string[]>> };

/**
 * ACE as an algorithm: for each playbook among the parameters, one call that reflects on the run and tags the bullets
 * that helped or misled, refined when the run was wrong, and one that curates. The curator answers with operations,
 * never with a whole playbook, so that what was learnt is not lost. Operations are made all or none; when they are
 * refused, nothing changes, the counts included. Parameters that hold no playbook are left alone, and shown as inputs.
 *
 * Source: Zhang et al. 2025, "Agentic Context Engineering: Evolving Contexts for Self-Improving Language Models". Equal
 * texts are found by comparison, not by embeddings.
 */
export function aceAlgorithm(settings: AceAlgorithmOptions = {}): Algorithm<AceState> {
  const all = checked(settings);
  return {
    name: "ACE",
    settings: all,
    init(parameters) {
      if (parameters.some((parameter) => playbookLimits(parameter) !== undefined)) return { dropped: {} };
      throw new TracegradError(
        "no-playbook",
        `ACE curates playbooks, and none of ${parameters.map(({ name }) => name).join(", ")} holds one. Make one with playbook(…).`,
      );
    },
    async propose(credit, state, context) {
      const llm = requireModel(context.llm, "ACE");
      let proposal: Proposal = { updates: [], reasoning: "", refused: [], exchanges: [] };
      let { dropped } = state;
      for (const parameter of context.parameters) {
        const limits = playbookLimits(parameter);
        if (limits === undefined || !credit.signals.has(parameter)) continue;
        const step = stepOn(credit, parameter, { settings: all, context: { ...context, llm }, limits });
        const [made, left] = await step.curated(dropped[step.variable.name] ?? []);
        proposal = joined(proposal, made);
        if (left !== undefined) dropped = { ...dropped, [step.variable.name]: left };
      }
      return [proposal, { dropped }];
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

type Checked = ReturnType<typeof checked>;

const names: NamesOf<AceAlgorithmOptions> = {
  ...{ objective: true, maxRounds: true, targetScore: true, maxRetries: true },
  ...{ temperature: true, maxPromptTokens: true, maxReplyTokens: true },
};

function checked(settings: AceAlgorithmOptions) {
  requireKnown("ACE", settings, names);
  const { objective = defaultObjective, maxRounds = 1, targetScore = 1, maxRetries = 1, temperature = null } = settings;
  const { maxPromptTokens = 48_000, maxReplyTokens = 8_192 } = settings;
  requirePositive("maxRounds", maxRounds, { zero: true });
  requirePositive("maxRetries", maxRetries, { zero: true });
  requirePositive("maxPromptTokens", maxPromptTokens);
  requirePositive("maxReplyTokens", maxReplyTokens);
  if (!Number.isFinite(targetScore)) {
    throw new TracegradError("bad-option", `\`targetScore\` is a finite score; got ${String(targetScore)}.`);
  }
  return { objective, maxRounds, targetScore, maxRetries, temperature, maxPromptTokens, maxReplyTokens };
}

/** What one step on one playbook goes by. */
interface StepBasis {
  readonly settings: Checked;
  readonly context: ProposeContext & { readonly llm: LanguageModel };
  readonly limits: PlaybookLimits;
}

function stepOn(credit: Credit, parameter: Parameter, basis: StepBasis): PlaybookStep {
  const problem = problemOf(credit, [parameter]);
  return new PlaybookStep(problem, problem.variables[0] as Variable, basis);
}

/** One step on one playbook. */
class PlaybookStep {
  readonly variable: Variable;
  readonly #problem: Problem;
  readonly #basis: StepBasis;

  constructor(problem: Problem, variable: Variable, basis: StepBasis) {
    this.#problem = problem;
    this.variable = variable;
    this.#basis = basis;
  }

  /** The proposal, and the texts that were left out for want of room; undefined where nothing was changed. */
  async curated(left: readonly string[]): Promise<readonly [Proposal, readonly string[] | undefined]> {
    const { limits } = this.#basis;
    const [refusal, reflection, exchanges] = await this.#reflected();
    if (reflection === undefined) return [refusal, undefined];
    const { tagged } = reflection;
    let result: DeltaResult | undefined;
    const format = curationFormat({ variable: this.variable, tagged, limits }, (made) => {
      result = made;
    });
    const prompt = curatorText(this.#prompt(tagged), limits, reflection, left);
    const proposal = await this.#asked(curatorPrompt, prompt, format);
    const told = { ...proposal, exchanges: [...exchanges, ...proposal.exchanges] };
    if (result === undefined || proposal.refused.length > 0) return [told, undefined];
    const note = droppedText(result);
    const reasoning = [proposal.reasoning, ...(note === "" ? [] : [note])].join("\n");
    return [{ ...told, reasoning }, result.dropped.slice(0, 10).map(({ text }) => shorten(text, 300))];
  }

  /** The reflection, refined while the run was wrong; undefined with the refused proposal when none was had. */
  async #reflected(): Promise<readonly [Proposal, Reflection | undefined, readonly Exchange[]]> {
    const { maxRounds, targetScore } = this.#basis.settings;
    const book = this.variable.value as Playbook;
    const { score } = this.#problem.feedback;
    const wanted = score !== undefined && score < targetScore ? maxRounds : 0;
    let found: Reflection | undefined;
    const exchanges: Exchange[] = [];
    for (let round = 0; ; round++) {
      const before: Reflection | undefined = found;
      const format = reflectionFormat(book, this.#basis.limits, (reflection) => {
        found = reflection;
      });
      const prompt = reflectorText(this.#prompt(book), this.#problem, before);
      const proposal = await this.#asked(reflectorPrompt, prompt, format);
      exchanges.push(...proposal.exchanges);
      // A refinement that is refused, or that changes nothing, ends the search: what was found before stands.
      const isSame = JSON.stringify(before) === JSON.stringify(found);
      if (isSame || round >= wanted) return [{ ...proposal, exchanges }, found, exchanges];
    }
  }

  #prompt(playbook: Playbook): PromptBasis {
    const { settings, context } = this.#basis;
    return { objective: settings.objective, note: context.note, playbook, maxTokens: settings.maxPromptTokens };
  }

  #asked(system: string, prompt: string, format: ReplyFormat): Promise<Proposal> {
    const { settings, context } = this.#basis;
    const { temperature = settings.temperature } = context;
    const tool = format.tool(this.#problem);
    const images = (this.#problem.feedback.images ?? []).map((image) => ({ type: "image" as const, ...image }));
    const withImages = system === reflectorPrompt && images.length > 0;
    const first: ModelRequest = {
      system,
      messages: [{ role: "user", content: withImages ? [{ type: "text", text: prompt }, ...images] : prompt }],
      maxTokens: settings.maxReplyTokens,
      ...(tool === undefined ? {} : { tool }),
      ...(temperature === null ? {} : { temperature }),
    };
    return ask({ first, problem: this.#problem, ...context, format, retries: settings.maxRetries });
  }
}

function droppedText({ dropped }: DeltaResult): string {
  if (dropped.length === 0) return "";
  return `Left out for want of room: ${dropped.map(({ id, text }) => `[${id}] ${shorten(text, 80)}`).join("; ")}`;
}

function joined(one: Proposal, other: Proposal): Proposal {
  return {
    updates: [...one.updates, ...other.updates],
    reasoning: [one.reasoning, other.reasoning].filter((text) => text !== "").join("\n"),
    refused: [...one.refused, ...other.refused],
    exchanges: [...one.exchanges, ...other.exchanges],
  };
}
