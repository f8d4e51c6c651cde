/** The runs as the reflector reads them: their code once, then the values and the feedback of each; of bounded length. */

import { Room } from "../../util/room.ts";
import type { Problem } from "../problem.ts";
import type { Images } from "../prompt/images.ts";
import { withNamedText } from "../prompt/named-text.ts";
import { joinSections, type PromptSection } from "../prompt/text.ts";
import { allOf, type Excerpt, farLeftOutText, NearestFirst, nothingOf } from "../run-view/excerpt.ts";
import { codeLines, type RunLimits, RunWriter, type RunWriterOptions } from "../run-view/text.ts";
import type { ContextValue } from "../run-view/values.ts";
import { type Playbook, playbookText } from "./bullets.ts";

/** What the runs are written with. */
export interface RunsRendering {
  /** The most characters. */
  readonly limit: number;
  /** The feedback on each run, where it is known. */
  readonly feedback: readonly string[];
  readonly images: Images;
  /** What the prompt shows beside the runs, so that values that hold its text name it. */
  readonly playbook: Playbook;
}

/** How much is written: the first with which everything fits is taken. */
const allLimits: readonly RunLimits[] = [
  { value: 2_000, table: { cell: 200, rows: Number.POSITIVE_INFINITY } },
  { value: 600, table: { cell: 120, rows: Number.POSITIVE_INFINITY } },
  { value: 250, table: { cell: 60, rows: 32, sequences: 0.25 } },
  { value: 250, table: { cell: 60, rows: 8 } },
];
const shortest = allLimits.at(-1) as RunLimits;

/** The sections of the runs: first values are cut, then those farthest from the outputs are left out. */
export function runSections(problem: Problem, rendering: RunsRendering): readonly PromptSection[] {
  for (const limits of allLimits) {
    const sections = sectionsOf(problem, rendering, { limits, excerpt: allOf(problem) });
    if (sections !== undefined) return sections;
  }
  const order = new NearestFirst(problem);
  const nothing = { ...rendering, limit: Number.POSITIVE_INFINITY };
  let best = sectionsOf(problem, nothing, { limits: shortest, excerpt: nothingOf(problem) }) ?? [];
  let [few, many] = [0, order.length];
  while (many - few > Math.max(1, few / 50)) {
    const count = Math.ceil((few + many) / 2);
    const sections = sectionsOf(problem, rendering, { limits: shortest, excerpt: order.first(count) });
    if (sections === undefined) many = count - 1;
    else [best, few] = [sections, count];
  }
  return best;
}

/** Names the playbook inside the values that hold its text. */
class PlaybookRunWriter extends RunWriter {
  readonly #text: string;

  constructor(options: RunWriterOptions, playbook: Playbook) {
    super(options);
    this.#text = playbookText(playbook);
  }

  override valueLine(value: ContextValue, run: number): string {
    return super.valueLine({ ...value, value: withNamedText(value.value, this.#text, "playbook") }, run);
  }
}

/** The sections of a portion; undefined when they are too long. */
function sectionsOf(
  problem: Problem,
  { feedback, images, playbook, limit }: RunsRendering,
  { limits, excerpt }: { readonly limits: RunLimits; readonly excerpt: Excerpt },
): readonly PromptSection[] | undefined {
  const room = new Room(limit);
  const code = codeLines(problem, excerpt, room);
  const writer = new PlaybookRunWriter({ limits, images, feedback, room }, playbook);
  const shared = excerpt.shared.map((value) => writer.valueLine(value, 0));
  const titled = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [title, ...lines]);
  const runs = problem.runs.map(({ values }, index): PromptSection => {
    const parts = writer.partsOf(values, index + 1, excerpt.blocksOf(index));
    const lines = [
      ...titled("Inputs:", parts.inputs),
      ...titled("Others:", parts.others),
      ...titled("Output:", parts.outputs),
    ];
    return [`Run ${index + 1}`, parts.feedback === undefined ? lines : [...lines, `Feedback: ${parts.feedback}`]];
  });
  if (room.isOver) return undefined;
  const left = excerpt.left === 0 ? [] : [farLeftOutText(excerpt.left)];
  const sections: readonly PromptSection[] = [
    ["Code", code],
    ["Documentation", problem.docs.map(({ name, doc }) => `[${name}] ${doc}`)],
    ["Shared values", shared],
    ...runs,
    ["Left out of the runs", left],
  ];
  return joinSections(sections).length > limit ? undefined : sections;
}
