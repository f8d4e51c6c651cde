/** The style of the page as a whole: colours in light and dark, text, header, navigation, cards, summary. */

/** Warm paper and ink, one accent for what was learned, a second one for training. */
export const colours: string = `
:root {
  --paper: #faf9f7; --card: #fff; --ink: #1c1b22; --soft: #5f5d6b; --line: #e5e2dc; --faint: #f2f0ec;
  --accent: #3d4ad8; --accent-soft: #eceefe; --train: #9a5a08; --test: #0b7a66; --good: #0b7a4b; --good-soft: #e3f5ec;
  --bad: #b3261e; --bad-soft: #fdecea; --warn: #8a5a00; --warn-soft: #fff5dd; --gone: #fdeeec; --gone-mark: #f9c9c4;
  --new: #e6f6ec; --new-mark: #b2e3c4; --heat-low: #f4f3fb; --heat-high: #2b2f9e; --heat-ink: #1c1b22;
  --heat-ink-high: #fff; --shadow: 0 1px 2px #1c1b220a, 0 4px 16px #1c1b220a
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131217; --card: #1b1a21; --ink: #eceaf2; --soft: #a5a2b3; --line: #302e39; --faint: #24222b;
    --accent: #9aa5ff; --accent-soft: #282c55; --train: #f0b060; --test: #4fd0b6; --good: #63d79b;
    --good-soft: #14311f; --bad: #ff8f86; --bad-soft: #3c1a18; --warn: #f3c35c; --warn-soft: #33280f; --gone: #351b1b;
    --gone-mark: #77302c; --new: #152c1f; --new-mark: #22623f; --heat-low: #23222c; --heat-high: #aab3ff;
    --heat-ink: #eceaf2; --heat-ink-high: #14131a; --shadow: none
  }
}
`;

/** Elements, buttons and pills. */
export const base: string = `
* { box-sizing: border-box }
html { scroll-behavior: smooth; scroll-padding-top: 4rem; -webkit-text-size-adjust: 100% }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif
}
h1, h2, h3, h4, h5, p, ul, ol, dl, dd { margin: 0; padding: 0 }
code, pre, .diff td { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
code { font-size: .9em }
a { color: var(--accent); text-underline-offset: .2em }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px }
main:focus { outline: none }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.skip {
  position: absolute; left: 1rem; top: -4rem; z-index: 9; padding: .5rem 1rem; background: var(--accent);
  color: var(--card); border-radius: 0 0 8px 8px
}
.skip:focus { top: 0 }
.wide, main { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem }
.none, .hint, .count { color: var(--soft); font-size: .875rem; font-weight: 400 }
.buttons { margin: -.25rem 0 .75rem }
button {
  font: inherit; font-size: .8125rem; padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 99px;
  background: var(--card); color: var(--ink); cursor: pointer
}
button:hover { border-color: var(--accent); color: var(--accent) }
.pill {
  display: inline-block; padding: .05rem .55rem; border-radius: 99px; background: var(--faint); color: var(--soft);
  font-size: .75rem; font-weight: 600
}
.pill.top { background: var(--accent-soft); color: var(--accent) }
.pill.bad { background: var(--bad-soft); color: var(--bad) }
`;

/** Header, sections, cards, and the summary with its verdict. */
export const frame: string = `
header { padding-top: 2rem }
header > .wide { display: grid; grid-template-columns: 1fr auto; align-items: end; gap: 0 1rem }
.brand { grid-column: 1/-1; color: var(--soft); font-size: .8125rem; font-weight: 600; letter-spacing: .04em }
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.015em; overflow-wrap: anywhere }
.state {
  padding: .15rem .75rem; border-radius: 99px; font-size: .8125rem; font-weight: 600; background: var(--faint);
  color: var(--soft); white-space: nowrap
}
.state.done { background: var(--good-soft); color: var(--good) }
.state.bad { background: var(--bad-soft); color: var(--bad) }
nav { margin-top: 1.25rem; border-bottom: 1px solid var(--line) }
nav ul { display: flex; gap: 1.5rem; list-style: none; overflow-x: auto }
nav a {
  display: block; padding: .6rem 0; color: var(--soft); font-size: .875rem; font-weight: 550; text-decoration: none;
  border-bottom: 2px solid transparent
}
nav a:hover { color: var(--ink); border-color: var(--accent) }
nav a:focus-visible { outline-offset: -3px }
section { margin-top: 2.5rem }
h2 { margin-bottom: .75rem; font-size: 1.1875rem; font-weight: 650; letter-spacing: -.01em }
h3 { margin-bottom: .75rem; font-size: .9375rem; font-weight: 650 }
h4, .body h3 { margin: 1.25rem 0 .5rem; font-size: .8125rem; font-weight: 650; color: var(--soft) }
.turn h4 { margin: 0 0 .35rem; font-size: .75rem }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem;
  box-shadow: var(--shadow)
}
.card + .card { margin-top: .75rem }
footer { margin: 4rem 0 2rem; color: var(--soft); font-size: .8125rem }
.hero {
  display: grid; grid-template-columns: minmax(0,1fr) minmax(0,1.45fr); gap: 1.5rem 2rem; align-items: center;
  padding: .5rem 0
}
.verdict {
  margin-bottom: 1.25rem; font-variant-numeric: tabular-nums; padding: 1rem 1.25rem; border-radius: 12px;
  background: var(--faint)
}
.verdict p + p { margin-top: .3rem }
.finding { font-size: 1.5rem; line-height: 1.2; font-weight: 650; letter-spacing: -.02em }
.verdict.good { background: var(--good-soft) }
.good .finding { color: var(--good) }
.verdict.bad { background: var(--bad-soft) }
.bad .finding { color: var(--bad) }
.plan { max-width: 60rem; margin-bottom: 1rem; color: var(--soft); font-size: .875rem }
.from-to { display: flex; align-items: baseline; gap: .75rem; flex-wrap: wrap; font-variant-numeric: tabular-nums }
.score .from { font-size: 2.25rem; color: var(--soft); font-weight: 300; letter-spacing: -.02em }
.arrow { font-size: 1.5rem; color: var(--soft) }
.now { font-size: 3.75rem; line-height: 1; font-weight: 650; letter-spacing: -.04em }
.from-to .now { color: var(--accent) }
.gain {
  padding: .1rem .6rem; border-radius: 99px; background: var(--good-soft); color: var(--good); font-size: .9375rem;
  font-weight: 650
}
.of { margin-top: .6rem; color: var(--soft); font-size: .875rem }
.tiles { display: grid; grid-template-columns: repeat(4,1fr); gap: 1rem }
.tiles > div { border-left: 1px solid var(--line); padding-left: 1rem }
dt { color: var(--soft); font-size: .8125rem }
dd {
  font-size: 1.125rem; white-space: nowrap; font-weight: 600; letter-spacing: -.01em;
  font-variant-numeric: tabular-nums
}
dd small {
  display: block; white-space: normal; margin-top: .1rem; color: var(--soft); font-size: .75rem; font-weight: 400;
  letter-spacing: 0; line-height: 1.35
}
.note {
  margin-top: 1rem; padding: .75rem 1rem; border-radius: 10px; background: var(--faint); font-size: .875rem;
  overflow-wrap: anywhere
}
.note ul { margin: .25rem 0 0; padding-left: 1.1rem }
.note.warn { background: var(--warn-soft) }
.note.warn strong { color: var(--warn) }
.note.bad { margin-bottom: 1rem; background: var(--bad-soft) }
.note.bad strong { color: var(--bad) }
.note.good { background: var(--good-soft) }
`;
