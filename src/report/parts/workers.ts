/** The section of workers: who makes the evaluations of a run, by host. */

import type { RecordedStatus } from "../../training/execution/status-file.ts";
import { groupBy } from "../../util/collections.ts";
import { countText, plural } from "../figures.ts";
import { type Html, html, type Markup } from "../markup.ts";
import type { RunView } from "../run-view.ts";
import { renderHint, renderPill, renderSection, renderTable } from "./blocks.ts";

const maxHosts = 100;
const heads = ["Host", "Processes", "Under way", "Made", "Failed"];

/** The workers of a run; undefined for one that makes its evaluations itself. */
export function renderWorkers({ workers: status, ended, crash }: RunView): Html | undefined {
  if (status === undefined) return undefined;
  const hosts = [...groupBy(status.workers, ({ host }) => host)].sort(([a], [b]) => (a < b ? -1 : 1));
  const isOver = ended !== undefined || crash !== undefined;
  const omitted = hosts.length - maxHosts;
  const rows = hosts.slice(0, maxHosts).map(([host, workers]) => hostRow(host, workers));
  const content = html`<div class="card"><p>${summaryOf(status, isOver)}</p>
${hosts.length > 0 && renderTable(`Workers of ${status.executor}, by host`, heads, rows)}
${omitted > 0 && renderHint(`${plural(omitted, "more host")} left out.`)}</div>`;
  return renderSection("workers", "Workers", content);
}

function summaryOf({ workers, waiting, perMinute, at }: RecordedStatus, isOver: boolean): string {
  const live = workers.filter(({ isGone }) => !isGone);
  const time = `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const queue = `${plural(waiting, "evaluation")} waiting, ${countText(perMinute)} made in the last minute`;
  return `${isOver ? "At the end" : "At"} ${isOver ? `(${time})` : time}: ${plural(live.length, "worker")}, ${queue}.`;
}

function hostRow(host: string, workers: RecordedStatus["workers"]): readonly Markup[] {
  const sum = (of: (worker: RecordedStatus["workers"][number]) => number) =>
    workers.reduce((total, worker) => total + of(worker), 0);
  const live = workers.filter(({ isGone }) => !isGone).length;
  const gone = workers.length - live;
  const failed = sum((worker) => worker.failed);
  return [
    html`<code>${host}</code>`,
    html`${countText(live)} ${gone > 0 && renderPill(`${gone} gone`, "bad")}`,
    `${countText(sum(({ active, isGone }) => (isGone ? 0 : active)))} of ${countText(sum(({ concurrency, isGone }) => (isGone ? 0 : concurrency)))}`,
    countText(sum(({ done }) => done)),
    failed > 0 ? renderPill(countText(failed), "bad") : "0",
  ];
}
