/** Draws the learning curves of the study from its committed outcomes: `npm run atari:plots` writes curves.svg. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunOutcome, readOutcomes } from "../shared/outcome.ts";
import { games } from "./games/index.ts";
import { horizons } from "./learn.ts";

const panel = { width: 250, height: 170, left: 52, top: 34, gap: 24, bottom: 30 };
const columns = 4;
const colours = { "one-step": "#b3541e", "multi-step": "#0b62c4" } as const;

/** The best score up to each step, from the start; it stays where a run ended. */
function bestSoFar({ validation }: RunOutcome, steps: number): readonly number[] {
  const scores = new Map([[0, validation?.start.mean ?? 0]]);
  for (const { step, mean } of validation?.steps ?? []) scores.set(step, mean ?? -Infinity);
  let best = -Infinity;
  return Array.from({ length: steps + 1 }, (_, step) => {
    best = Math.max(best, scores.get(step) ?? -Infinity);
    return best;
  });
}

interface Curve {
  readonly horizon: keyof typeof colours;
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** One condition: the mean of its trials, and the band from the lowest to the highest. */
function curveOf(horizon: Curve["horizon"], runs: readonly RunOutcome[], steps: number): Curve {
  const all = runs.map((run) => bestSoFar(run, steps));
  const at = (step: number) => all.map((run) => run[step] as number);
  const over = (measure: (scores: readonly number[]) => number) =>
    Array.from({ length: steps + 1 }, (_, step) => measure(at(step)));
  return {
    horizon,
    mean: over((scores) => scores.reduce((sum, score) => sum + score, 0) / scores.length),
    low: over((scores) => Math.min(...scores)),
    high: over((scores) => Math.max(...scores)),
  };
}

function drawPanel(title: string, curves: readonly Curve[], steps: number, index: number): string {
  const values = curves.flatMap(({ low, high }) => [...low, ...high]);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = (step: number) => panel.left + ((panel.width - panel.left - 12) * step) / steps;
  const y = (value: number) =>
    panel.top + (panel.height - panel.top - panel.bottom) * (1 - (value - least) / (most - least || 1));
  const path = (line: readonly number[]) => line.map((value, step) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`);
  const drawn = curves.map(({ horizon, mean, low, high }) => {
    const band = [...path(low), ...path(high).reverse()].join(" ");
    const colour = colours[horizon];
    const line = `<polyline points="${path(mean).join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`;
    return `<polygon points="${band}" fill="${colour}" opacity="0.18"/>\n${line}`;
  });
  const [column, row] = [index % columns, Math.floor(index / columns)];
  const label = (value: number) =>
    `<text x="${panel.left - 6}" y="${y(value) + 4}" text-anchor="end">${Number(value.toFixed(1))}</text>`;
  return `<g transform="translate(${column * (panel.width + panel.gap)} ${row * (panel.height + panel.gap) + 24})">
<text x="${panel.left}" y="18" font-weight="600">${title}</text>
${label(least)}${most === least ? "" : label(most)}
<line x1="${panel.left}" x2="${panel.width - 12}" y1="${y(least)}" y2="${y(least)}" stroke="#d0d5db"/>
<text x="${x(steps)}" y="${panel.height - 10}" text-anchor="end">step ${steps}</text>
${drawn.join("\n")}
</g>`;
}

function draw(outcomes: readonly RunOutcome[]): string {
  const panels = games.flatMap((game) => {
    const runs = outcomes.filter(({ condition }) => condition["game"] === game.id);
    if (runs.length === 0) return [];
    const steps = Math.max(...runs.flatMap(({ validation }) => validation?.steps.map(({ step }) => step) ?? []), 1);
    const curves = horizons.flatMap((horizon) => {
      const own = runs.filter(({ condition }) => condition["horizon"] === horizon);
      return own.length === 0 ? [] : [curveOf(horizon, own, steps)];
    });
    return [{ title: `${game.title} (${runs.length} runs)`, curves, steps }];
  });
  const width = columns * (panel.width + panel.gap);
  const height = Math.ceil(panels.length / columns) * (panel.height + panel.gap) + 24;
  const legend = horizons.map(
    (horizon, index) => `<text x="${panel.left + index * 110}" y="16" fill="${colours[horizon]}">${horizon}</text>`,
  );
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const text = "The best score up to each step: mean over trials, and the band from the lowest to the highest trial.";
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif" font-size="12" role="img"
  aria-label="${text}">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${legend.join("")}
${panels.map(({ title, curves, steps }, index) => drawPanel(title, curves, steps, index)).join("\n")}
</svg>
`;
}

const file = join(import.meta.dirname, "curves.svg");
writeFileSync(file, draw(readOutcomes(import.meta.dirname)));
console.log(`Written: ${file}`);
