/** The style of what shows scores: charts, tables, the heat map, the lineage graph. */

import { shadeCount } from "../parts/shades.ts";

/** Charts, tables and the heat map. */
export const figures: string = `
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; font-size: .875rem }
.key::before {
  content: ""; display: inline-block; width: 1.1rem; height: 3px; margin-right: .5rem; vertical-align: middle;
  border-radius: 2px; background: currentColor
}
.key.train, .train { color: var(--train) }
.key.validation, .validation { color: var(--accent) }
.key.test, .test { color: var(--test) }
.key.test::before { width: .6rem; height: .6rem; border-radius: 0; transform: rotate(45deg) scale(.85) }
.hint { margin-left: auto }
.scroll { position: relative; overflow-x: auto }
.chart {
  display: block; width: 100%; min-width: 34rem; height: auto; margin-top: .75rem; font-size: 12px;
  font-variant-numeric: tabular-nums
}
.axis line { stroke: var(--line) }
.axis text { fill: var(--soft) }
.band { fill: currentColor; opacity: .14 }
.band.train { opacity: .06 }
.curve { fill: none; stroke: currentColor; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round }
.curve.train { stroke-width: 2; stroke-dasharray: 1 5 }
.spot { fill: currentColor; stroke: var(--card); stroke-width: 2 }
.spot.train { fill: var(--card); stroke: currentColor }
.hit { fill: transparent }
.best circle { fill: none; stroke: var(--accent); stroke-width: 2 }
.best text {
  fill: var(--accent); font-size: 13px; font-weight: 650; paint-order: stroke; stroke: var(--card); stroke-width: 4px
}
table { border-collapse: collapse; font-size: .875rem }
caption { text-align: left }
.plain { width: 100% }
.plain th {
  padding: .4rem .75rem .4rem 0; text-align: left; color: var(--soft); font-size: .8125rem; font-weight: 550;
  border-bottom: 1px solid var(--line); white-space: nowrap
}
.plain td {
  padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere
}
.plain tr:last-child td { border-bottom: 0 }
.note .text, .plain td .text { margin: 0; padding: 0; background: none }
.figures td, #curves .plain td { font-variant-numeric: tabular-nums; white-space: nowrap }
.figures th, .figures td { text-align: right }
.names { margin-bottom: 1.25rem }
.names th:first-child, .names td:first-child { text-align: left }
.heat { border-collapse: separate; border-spacing: 3px; margin: -3px; font-variant-numeric: tabular-nums }
.heat th { font-weight: 450; white-space: nowrap }
.heat thead th { padding: .2rem .25rem; color: var(--soft); font-size: .75rem; text-align: center; min-width: 2.9rem }
.heat thead th:first-child { text-align: left; padding-left: 0 }
.heat .top { color: var(--accent); font-weight: 650; box-shadow: inset 0 -2px var(--accent) }
.heat tbody th { padding-right: 1rem; text-align: left; font-size: .8125rem }
.heat td {
  height: 1.9rem; padding: 0 .4rem; border-radius: 5px; text-align: center; font-size: .8125rem;
  color: var(--heat-ink)
}
.heat td a { display: block; color: inherit; text-decoration: none }
.heat td a:hover { text-decoration: underline }
tr:target td, tr:has(:target) td { background: var(--accent-soft) }
.calls { list-style: none; min-width: 13rem; font-size: .8125rem }
.heat td.blank { background: none; color: var(--soft) }
.heat td.failed { background: var(--bad-soft); color: var(--bad); box-shadow: inset 0 0 0 1px var(--bad) }
.failed { color: var(--bad) }
.heat .change { min-width: 4rem; text-align: right; background: none; color: var(--soft) }
.heat .change.up { color: var(--good) }
.heat .change.down { color: var(--bad) }
.ramp { display: flex; align-items: center; gap: 2px; margin: .9rem 0 .25rem; color: var(--soft); font-size: .75rem }
.ramp i { width: 1.1rem; height: .6rem; border-radius: 2px }
.ramp i:first-of-type { margin-left: .4rem }
.ramp i:last-of-type { margin-right: .4rem }
.ramp .failed { margin-left: 1rem }
`;

/** Charts of a search, and its lineage graph. */
export const searches: string = `
.plots { display: grid; grid-template-columns: repeat(auto-fit,minmax(min(100%,24rem),1fr)); gap: 1rem 1.5rem }
.plots .chart { min-width: 22rem }
.key.candidate::before, .key.other::before {
  width: .55rem; height: .55rem; border-radius: 50%; background: none; border: 2px solid currentColor
}
.key.candidate, .key.other { color: var(--soft) }
.key.front { color: var(--test) }
.key.front::before { width: .6rem; height: .6rem; border-radius: 0; transform: rotate(45deg) scale(.85) }
.spot.candidate, .spot.other { fill: var(--card); stroke: var(--soft); stroke-width: 1.5 }
.spot.front { color: var(--test) }
.lineage { max-height: 46rem; overflow: auto; margin-top: .75rem }
.lineage svg { display: block; margin: 0 auto; font-size: 12px }
.edge { fill: none; stroke: var(--soft); stroke-opacity: .45; stroke-width: 1.5 }
.many .edge { stroke-opacity: .22 }
.edge.merge { stroke-dasharray: 5 4; stroke-opacity: .8 }
.edge.path, .many .edge.path { stroke: var(--accent); stroke-opacity: 1; stroke-width: 2.5 }
.node rect { fill: var(--card); stroke: var(--line) }
.node text { fill: currentColor; font-variant-numeric: tabular-nums }
.node .id {
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-weight: 650
}
.node { color: var(--heat-ink) }
.node.blank { color: var(--soft) }
.node.blank rect { stroke: var(--soft); stroke-dasharray: 3 3 }
.node .value { font-weight: 650 }
.node.was rect { stroke: var(--accent); stroke-width: 1.5 }
.node.leader rect { stroke: var(--ink); stroke-width: 3 }
a.node:hover rect { stroke: var(--accent); stroke-width: 3 }
.path-key, .merge-key { margin-left: 1.25rem }
.ramp > span:first-child { margin-right: .5rem }
.lineage-ramp { margin-top: 0; flex-wrap: wrap }
.path-key::before, .merge-key::before {
  content: ""; display: inline-block; width: 1.4rem; margin-right: .4rem; vertical-align: middle;
  border-top: 2.5px solid var(--accent)
}
.merge-key::before { border-top: 1.5px dashed var(--soft) }
.jump { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.jump:focus-within { position: static; width: auto; height: auto; clip-path: none }
.origin { margin-right: .5rem }
`;

/** A class for each shade of a score. See `parts/shades.ts`. */
export const shades: string = Array.from({ length: shadeCount }, (_, shade) => {
  // The shades leap in the middle: there, neither ink is legible.
  const share = shade > 5 ? 70 + (shade - 6) * 7.5 : shade * 10;
  const ink = shade > 5 ? "; color: var(--heat-ink-high)" : "";
  const colour = `color-mix(in oklab, var(--heat-low), var(--heat-high) ${share}%)`;
  return `.node.h${shade} { background: none${ink} }
.node.h${shade} rect { fill: ${colour} }
.h${shade}:not(.node), .heat td.h${shade} { background: ${colour}${ink} }`;
}).join("");
