/** The style of texts: prompts, differences, steps, drawings, the log. */

/** Texts and what folds them away. */
export const texts: string = `
.text {
  margin: .25rem 0 0; padding: .75rem .9rem; background: var(--faint); border-radius: 8px; font-size: .8125rem;
  line-height: 1.55; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; tab-size: 2
}
.prose { font-family: inherit; font-size: .875rem }
summary + .scroll { margin-top: .5rem }
details > .none { margin-top: .5rem }
summary { cursor: pointer; border-radius: 6px }
summary::marker { color: var(--soft) }
summary:hover { color: var(--accent) }
details { margin-top: .75rem; font-size: .875rem }
.card > details > summary, .body > details > summary { color: var(--soft); font-weight: 550 }
.inner { margin-left: .3rem; padding-left: 1rem; border-left: 2px solid var(--line) }
.inner > details { margin-top: .5rem }
.card > .inner > details:first-child { margin-top: 0 }
.more > summary { padding: .35rem 0; color: var(--accent) }
details.card { margin-top: 0; padding: 0 }
details.card > summary { padding: .9rem 1.25rem; border-radius: 12px }
details.card > *:not(summary) { margin-left: 1.25rem; margin-right: 1.25rem }
details.card > *:last-child { margin-bottom: 1.25rem }
details.card + details.card { margin-top: .5rem }
.step > summary { display: flex; align-items: baseline; flex-wrap: wrap; gap: .25rem .75rem; list-style: none }
.step > summary::-webkit-details-marker { display: none }
.step > summary::before {
  content: ""; flex: none; width: .4rem; height: .4rem; border: solid var(--soft); border-width: 0 2px 2px 0;
  transform: rotate(-45deg); align-self: center
}
.step[open] > summary::before { transform: rotate(45deg) }
.number { font-weight: 650 }
.what { flex: 1; min-width: 0; overflow-wrap: anywhere }
.what code { padding: .1rem .4rem; border-radius: 5px; background: var(--faint) }
.result { display: flex; gap: 1rem; color: var(--soft); font-size: .8125rem; font-variant-numeric: tabular-nums }
.result b { color: var(--ink); font-weight: 600 }
.body { padding-top: .25rem }
.body > h3:first-child, .body > .note:first-child { margin-top: 0 }
.diff {
  width: 100%; min-width: 44rem; table-layout: fixed; border: 1px solid var(--line); border-radius: 8px;
  border-collapse: separate; border-spacing: 0; overflow: hidden; font-size: .8125rem; line-height: 1.5
}
.diff td {
  position: relative; padding: .05rem .6rem .05rem 1.3rem; white-space: pre-wrap; overflow-wrap: anywhere;
  vertical-align: top; unicode-bidi: plaintext
}
.diff thead th { padding: 0; line-height: 0 }
.diff col.line { width: 2.6rem }
.diff td.line {
  padding: .05rem .5rem; color: var(--soft); text-align: right; font-size: .6875rem; line-height: 1.8;
  user-select: none
}
.diff td:nth-child(3) { border-left: 1px solid var(--line) }
.diff .gone { background: var(--gone) }
.diff .new { background: var(--new) }
.diff .void { background: var(--faint) }
.diff .sign { position: absolute; left: .45rem; color: var(--soft); user-select: none }
.gone mark { background: var(--gone-mark) }
.new mark { background: var(--new-mark) }
mark { color: inherit; border-radius: 3px }
.diff .skipped td {
  padding: .15rem 1rem; background: var(--faint); color: var(--soft); font-size: .75rem; text-align: center
}
.paper {
  margin-top: .5rem; max-height: 36rem; overflow: auto; padding: 1rem; background: #fff;
  border: 1px solid var(--line); border-radius: 8px
}
.paper img { display: block; margin: auto; max-width: none }
@media (prefers-color-scheme: dark) {
  .paper { background: #1c1c1c }
  .paper img { filter: invert(.89) hue-rotate(180deg) }
}
.picture { display: block; max-width: 100%; max-height: 24rem; margin: .5rem 0; border-radius: 8px }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: .75rem }
.pictures .card { margin: 0; min-width: 0 }
.pictures h3 { overflow-wrap: anywhere }
.pictures .picture { width: 100%; object-fit: contain; background: #fff }
.turn { margin-top: .9rem }
.refusals { list-style: none }
.refusals li + li { margin-top: 1rem }
.log { margin-top: 0; padding-left: 3rem; font-size: .8125rem; font-variant-numeric: tabular-nums }
.log li { overflow-wrap: anywhere }
.log li::marker { color: var(--soft) }
.log b { display: inline-block; min-width: 5.5rem; color: var(--soft); font-weight: 500 }
.log .warning b { color: var(--warn) }
.log .best b { color: var(--accent) }
`;
