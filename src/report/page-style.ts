/** The style sheet of the report, light and dark. It holds no data. */

/** Colours: a warm paper and ink, one accent for what was learned, a second one for training. */
const colours = `:root{--paper:#faf9f7;--card:#fff;--ink:#1c1b22;--soft:#5f5d6b;--line:#e5e2dc;--faint:#f2f0ec;
--accent:#3d4ad8;--accent-soft:#eceefe;--train:#9a5a08;--test:#0b7a66;--good:#0b7a4b;--good-soft:#e3f5ec;
--bad:#b3261e;--bad-soft:#fdecea;--warn:#8a5a00;--warn-soft:#fff5dd;--gone:#fdeeec;--gone-mark:#f9c9c4;--new:#e6f6ec;--new-mark:#b2e3c4;
--heat-low:#f4f3fb;--heat-high:#2b2f9e;--heat-ink:#1c1b22;--heat-ink-high:#fff;--shadow:0 1px 2px #1c1b220a,0 4px 16px #1c1b220a}
@media (prefers-color-scheme:dark){:root{--paper:#131217;--card:#1b1a21;--ink:#eceaf2;--soft:#a5a2b3;--line:#302e39;--faint:#24222b;
--accent:#9aa5ff;--accent-soft:#282c55;--train:#f0b060;--test:#4fd0b6;--good:#63d79b;--good-soft:#14311f;
--bad:#ff8f86;--bad-soft:#3c1a18;--warn:#f3c35c;--warn-soft:#33280f;--gone:#351b1b;--gone-mark:#77302c;--new:#152c1f;--new-mark:#22623f;
--heat-low:#23222c;--heat-high:#aab3ff;--heat-ink:#eceaf2;--heat-ink-high:#14131a;--shadow:none}}`;

const base = `*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:4rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1,h2,h3,h4,h5,p,ul,ol,dl,dd{margin:0;padding:0}
code,pre,.diff td{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{font-size:.9em}a{color:var(--accent);text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}main:focus{outline:none}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:1rem;top:-4rem;z-index:9;padding:.5rem 1rem;background:var(--accent);color:var(--card);border-radius:0 0 8px 8px}
.skip:focus{top:0}
.wide,main{max-width:68rem;margin:0 auto;padding:0 1.5rem}
.none,.hint,.count{color:var(--soft);font-size:.875rem;font-weight:400}
.buttons{margin:-.25rem 0 .75rem}button{font:inherit;font-size:.8125rem;padding:.25rem .75rem;border:1px solid var(--line);border-radius:99px;background:var(--card);color:var(--ink);cursor:pointer}
button:hover{border-color:var(--accent);color:var(--accent)}
.pill{display:inline-block;padding:.05rem .55rem;border-radius:99px;background:var(--faint);color:var(--soft);font-size:.75rem;font-weight:600}
.pill.top{background:var(--accent-soft);color:var(--accent)}.pill.bad{background:var(--bad-soft);color:var(--bad)}`;

const frame = `header{padding-top:2rem}
header>.wide{display:grid;grid-template-columns:1fr auto;align-items:end;gap:0 1rem}
.brand{grid-column:1/-1;color:var(--soft);font-size:.8125rem;font-weight:600;letter-spacing:.04em}
h1{font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.015em;overflow-wrap:anywhere}
.state{padding:.15rem .75rem;border-radius:99px;font-size:.8125rem;font-weight:600;background:var(--faint);color:var(--soft);white-space:nowrap}
.state.done{background:var(--good-soft);color:var(--good)}.state.bad{background:var(--bad-soft);color:var(--bad)}
nav{margin-top:1.25rem;border-bottom:1px solid var(--line)}header{position:static}
nav ul{display:flex;gap:1.5rem;list-style:none;overflow-x:auto}
nav a{display:block;padding:.6rem 0;color:var(--soft);font-size:.875rem;font-weight:550;text-decoration:none;border-bottom:2px solid transparent}
nav a:hover{color:var(--ink);border-color:var(--accent)}nav a:focus-visible{outline-offset:-3px}
section{margin-top:2.5rem}h2{margin-bottom:.75rem;font-size:1.1875rem;font-weight:650;letter-spacing:-.01em}
h3{margin-bottom:.75rem;font-size:.9375rem;font-weight:650}h4,.body h3{margin:1.25rem 0 .5rem;font-size:.8125rem;font-weight:650;color:var(--soft)}
.turn h4{margin:0 0 .35rem;font-size:.75rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.25rem;box-shadow:var(--shadow)}
.card+.card{margin-top:.75rem}footer{margin:4rem 0 2rem;color:var(--soft);font-size:.8125rem}
.hero{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.45fr);gap:1.5rem 2rem;align-items:center;padding:.5rem 0}
.verdict{margin-bottom:1.25rem;font-variant-numeric:tabular-nums;padding:1rem 1.25rem;border-radius:12px;background:var(--faint)}.verdict p+p{margin-top:.3rem}.finding{font-size:1.5rem;line-height:1.2;font-weight:650;letter-spacing:-.02em}
.verdict.good{background:var(--good-soft)}.good .finding{color:var(--good)}.verdict.bad{background:var(--bad-soft)}.bad .finding{color:var(--bad)}.plan{max-width:60rem;margin-bottom:1rem;color:var(--soft);font-size:.875rem}
.way{display:flex;align-items:baseline;gap:.75rem;flex-wrap:wrap;font-variant-numeric:tabular-nums}
.score .from{font-size:2.25rem;color:var(--soft);font-weight:300;letter-spacing:-.02em}.arrow{font-size:1.5rem;color:var(--soft)}
.now{font-size:3.75rem;line-height:1;font-weight:650;letter-spacing:-.04em}.way .now{color:var(--accent)}
.gain{padding:.1rem .6rem;border-radius:99px;background:var(--good-soft);color:var(--good);font-size:.9375rem;font-weight:650}
.of{margin-top:.6rem;color:var(--soft);font-size:.875rem}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:1rem}.tiles>div{border-left:1px solid var(--line);padding-left:1rem}
dt{color:var(--soft);font-size:.8125rem}dd{font-size:1.125rem;white-space:nowrap;font-weight:600;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
dd small{display:block;white-space:normal;margin-top:.1rem;color:var(--soft);font-size:.75rem;font-weight:400;letter-spacing:0;line-height:1.35}
.note{margin-top:1rem;padding:.75rem 1rem;border-radius:10px;background:var(--faint);font-size:.875rem;overflow-wrap:anywhere}
.note ul{margin:.25rem 0 0;padding-left:1.1rem}.note.warn{background:var(--warn-soft)}.note.warn strong{color:var(--warn)}
.note.bad{margin-bottom:1rem;background:var(--bad-soft)}.note.bad strong{color:var(--bad)}.note.good{background:var(--good-soft)}`;

const figures = `.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;list-style:none;font-size:.875rem}
.key::before{content:"";display:inline-block;width:1.1rem;height:3px;margin-right:.5rem;vertical-align:middle;border-radius:2px;background:currentColor}
.key.train,.train{color:var(--train)}.key.validation,.validation{color:var(--accent)}.key.test,.test{color:var(--test)}
.key.test::before{width:.6rem;height:.6rem;border-radius:0;transform:rotate(45deg) scale(.85)}.hint{margin-left:auto}
.scroll{position:relative;overflow-x:auto}.chart{display:block;width:100%;min-width:34rem;height:auto;margin-top:.75rem;font-size:12px;font-variant-numeric:tabular-nums}
.axis line{stroke:var(--line)}.axis text{fill:var(--soft)}
.band{fill:currentColor;opacity:.14}.band.train{opacity:.06}.curve{fill:none;stroke:currentColor;stroke-width:2.5;stroke-linejoin:round;stroke-linecap:round}
.curve.train{stroke-width:2;stroke-dasharray:1 5}.spot{fill:currentColor;stroke:var(--card);stroke-width:2}.spot.train{fill:var(--card);stroke:currentColor}
.hit{fill:transparent}.best circle{fill:none;stroke:var(--accent);stroke-width:2}.best text{fill:var(--accent);font-size:13px;font-weight:650;paint-order:stroke;stroke:var(--card);stroke-width:4px}
table{border-collapse:collapse;font-size:.875rem}caption{text-align:left}
.plain{width:100%}.plain th{padding:.4rem .75rem .4rem 0;text-align:left;color:var(--soft);font-size:.8125rem;font-weight:550;border-bottom:1px solid var(--line);white-space:nowrap}
.plain td{padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}.plain tr:last-child td{border-bottom:0}
.note .text,.plain td .text{margin:0;padding:0;background:none}.figures td,#curves .plain td{font-variant-numeric:tabular-nums;white-space:nowrap}.figures th,.figures td{text-align:right}.names{margin-bottom:1.25rem}.names th:first-child,.names td:first-child{text-align:left}
.heat{border-collapse:separate;border-spacing:3px;margin:-3px;font-variant-numeric:tabular-nums}.heat th{font-weight:450;white-space:nowrap}
.heat thead th{padding:.2rem .25rem;color:var(--soft);font-size:.75rem;text-align:center;min-width:2.9rem}.heat thead th:first-child{text-align:left;padding-left:0}
.heat .top{color:var(--accent);font-weight:650;box-shadow:inset 0 -2px var(--accent)}
.heat tbody th{padding-right:1rem;text-align:left;font-size:.8125rem}
.heat td{height:1.9rem;padding:0 .4rem;border-radius:5px;text-align:center;font-size:.8125rem;color:var(--heat-ink)}
.heat td a{display:block;color:inherit;text-decoration:none}.heat td a:hover{text-decoration:underline}tr:target td,tr:has(:target) td{background:var(--accent-soft)}.calls{list-style:none;min-width:13rem;font-size:.8125rem}
.heat td.blank{background:none;color:var(--soft)}.heat td.failed{background:var(--bad-soft);color:var(--bad);box-shadow:inset 0 0 0 1px var(--bad)}
.failed{color:var(--bad)}.heat .change{min-width:4rem;text-align:right;background:none;color:var(--soft)}.heat .change.up{color:var(--good)}.heat .change.down{color:var(--bad)}
.ramp{display:flex;align-items:center;gap:2px;margin:.9rem 0 .25rem;color:var(--soft);font-size:.75rem}.ramp i{width:1.1rem;height:.6rem;border-radius:2px}
.ramp i:first-of-type{margin-left:.4rem}.ramp i:last-of-type{margin-right:.4rem}.ramp .failed{margin-left:1rem}`;

const searches = `.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem 1.5rem}.plots .chart{min-width:22rem}
.key.program::before,.key.other::before{width:.55rem;height:.55rem;border-radius:50%;background:none;border:2px solid currentColor}
.key.program,.key.other{color:var(--soft)}.key.front{color:var(--test)}.key.front::before{width:.6rem;height:.6rem;border-radius:0;transform:rotate(45deg) scale(.85)}
.spot.program,.spot.other{fill:var(--card);stroke:var(--soft);stroke-width:1.5}.spot.front{color:var(--test)}
.lineage{max-height:46rem;overflow:auto;margin-top:.75rem}.lineage svg{display:block;margin:0 auto;font-size:12px}
.edge{fill:none;stroke:var(--soft);stroke-opacity:.45;stroke-width:1.5}.many .edge{stroke-opacity:.22}.edge.merge{stroke-dasharray:5 4;stroke-opacity:.8}.edge.way,.many .edge.way{stroke:var(--accent);stroke-opacity:1;stroke-width:2.5}
.node rect{fill:var(--card);stroke:var(--line)}.node text{fill:currentColor;font-variant-numeric:tabular-nums}.node .id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-weight:650}
.node{color:var(--heat-ink)}.node.blank{color:var(--soft)}.node.blank rect{stroke:var(--soft);stroke-dasharray:3 3}.node .value{font-weight:650}
.node.was rect{stroke:var(--accent);stroke-width:1.5}.node.leader rect{stroke:var(--ink);stroke-width:3}a.node:hover rect{stroke:var(--accent);stroke-width:3}
.way-key,.merge-key{margin-left:1.25rem}.ramp>span:first-child{margin-right:.5rem}.lineage-ramp{margin-top:0;flex-wrap:wrap}.way-key::before,.merge-key::before{content:"";display:inline-block;width:1.4rem;margin-right:.4rem;vertical-align:middle;border-top:2.5px solid var(--accent)}
.merge-key::before{border-top:1.5px dashed var(--soft)}.jump{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.jump:focus-within{position:static;width:auto;height:auto;clip-path:none}
.descent{margin-right:.5rem}`;

const shades = Array.from({ length: 11 }, (_, at) => {
  // A leap in the middle: no ink stands out from the shades between.
  const part = at > 5 ? 70 + (at - 6) * 7.5 : at * 10;
  const ink = at > 5 ? ";color:var(--heat-ink-high)" : "";
  const node = `.node.h${at}{background:none${ink}}.node.h${at} rect{fill:color-mix(in oklab,var(--heat-low),var(--heat-high) ${part}%)}`;
  return `${node}.h${at}:not(.node),.heat td.h${at}{background:color-mix(in oklab,var(--heat-low),var(--heat-high) ${part}%)${ink}}`;
}).join("");

const texts = `.text{margin:.25rem 0 0;padding:.75rem .9rem;background:var(--faint);border-radius:8px;font-size:.8125rem;line-height:1.55;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext;tab-size:2}
.prose{font-family:inherit;font-size:.875rem}
summary+.scroll{margin-top:.5rem}details>.none{margin-top:.5rem}
summary{cursor:pointer;border-radius:6px}summary::marker{color:var(--soft)}summary:hover{color:var(--accent)}
details{margin-top:.75rem;font-size:.875rem}.card>details>summary,.body>details>summary{color:var(--soft);font-weight:550}
.inner{margin-left:.3rem;padding-left:1rem;border-left:2px solid var(--line)}.inner>details{margin-top:.5rem}
.card>.inner>details:first-child{margin-top:0}.more>summary{padding:.35rem 0;color:var(--accent)}details.card{margin-top:0;padding:0}details.card>summary{padding:.9rem 1.25rem;border-radius:12px}details.card>*:not(summary){margin-left:1.25rem;margin-right:1.25rem}details.card>*:last-child{margin-bottom:1.25rem}
details.card+details.card{margin-top:.5rem}.step>summary{display:flex;align-items:baseline;flex-wrap:wrap;gap:.25rem .75rem;list-style:none}
.step>summary::-webkit-details-marker{display:none}.step>summary::before{content:"";flex:none;width:.4rem;height:.4rem;border:solid var(--soft);border-width:0 2px 2px 0;transform:rotate(-45deg);align-self:center}
.step[open]>summary::before{transform:rotate(45deg)}.number{font-weight:650}.what{flex:1;min-width:0;overflow-wrap:anywhere}.what code{padding:.1rem .4rem;border-radius:5px;background:var(--faint)}
.result{display:flex;gap:1rem;color:var(--soft);font-size:.8125rem;font-variant-numeric:tabular-nums}.result b{color:var(--ink);font-weight:600}
.body{padding-top:.25rem}.body>h3:first-child,.body>.note:first-child{margin-top:0}
.diff{width:100%;min-width:44rem;table-layout:fixed;border:1px solid var(--line);border-radius:8px;border-collapse:separate;border-spacing:0;overflow:hidden;font-size:.8125rem;line-height:1.5}
.diff td{position:relative;padding:.05rem .6rem .05rem 1.3rem;white-space:pre-wrap;overflow-wrap:anywhere;vertical-align:top;unicode-bidi:plaintext}
.diff thead th{padding:0;line-height:0}.diff col.line{width:2.6rem}.diff td.line{padding:.05rem .5rem;color:var(--soft);text-align:right;font-size:.6875rem;line-height:1.8;user-select:none}
.diff td:nth-child(3){border-left:1px solid var(--line)}.diff .gone{background:var(--gone)}.diff .new{background:var(--new)}.diff .void{background:var(--faint)}
.diff .sign{position:absolute;left:.45rem;color:var(--soft);user-select:none}.gone mark{background:var(--gone-mark)}.new mark{background:var(--new-mark)}mark{color:inherit;border-radius:3px}
.diff .skipped td{padding:.15rem 1rem;background:var(--faint);color:var(--soft);font-size:.75rem;text-align:center}
.paper{margin-top:.5rem;max-height:36rem;overflow:auto;padding:1rem;background:#fff;border:1px solid var(--line);border-radius:8px}.paper img{display:block;margin:auto;max-width:none}
@media (prefers-color-scheme:dark){.paper{background:#1c1c1c}.paper img{filter:invert(.89) hue-rotate(180deg)}}
.picture{display:block;max-width:100%;max-height:24rem;margin:.5rem 0;border-radius:8px}
.turn{margin-top:.9rem}.refusals{list-style:none}.refusals li+li{margin-top:1rem}.log{margin-top:0;padding-left:3rem;font-size:.8125rem;font-variant-numeric:tabular-nums}
.log li{overflow-wrap:anywhere}.log li::marker{color:var(--soft)}.log b{display:inline-block;min-width:5.5rem;color:var(--soft);font-weight:500}.log .warning b{color:var(--warn)}.log .best b{color:var(--accent)}`;

const narrow = `@media (max-width:56rem){.hero{grid-template-columns:1fr}.tiles{grid-template-columns:repeat(2,1fr)}}
@media (max-width:40rem){.wide,main{padding:0 1rem}header>.wide{grid-template-columns:1fr}.state{justify-self:start;margin-top:.5rem;white-space:normal}.now{font-size:3rem}.card{padding:1rem}.hint{margin-left:0}.chart{font-size:17px}.result{flex-basis:100%}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{nav,.skip,.buttons{display:none}.card{box-shadow:none;break-inside:avoid-page}}
@media (forced-colors:active){.heat td,.ramp i,.diff td{forced-color-adjust:none}}`;

/** The whole style sheet. */
export const pageStyle: string = [colours, base, frame, figures, searches, shades, texts, narrow].join("\n");
