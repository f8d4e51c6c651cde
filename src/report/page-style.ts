/** The style sheet of the report, light and dark. It contains no data of a run. */

import { base, colours, frame } from "./style/base.ts";
import { figures, searches, shades } from "./style/charts.ts";
import { texts } from "./style/texts.ts";

/** Small screens, reduced motion, print, forced colours. */
const media = `
@media (max-width: 56rem) {
  .hero { grid-template-columns: 1fr }
  .tiles { grid-template-columns: repeat(2,1fr) }
}
@media (max-width: 40rem) {
  .wide, main { padding: 0 1rem }
  header > .wide { grid-template-columns: 1fr }
  .state { justify-self: start; margin-top: .5rem; white-space: normal }
  .now { font-size: 3rem }
  .card { padding: 1rem }
  .hint { margin-left: 0 }
  .chart { font-size: 17px }
  .result { flex-basis: 100% }
}
@media (prefers-reduced-motion: reduce) {
  html { scroll-behavior: auto }
}
@media print {
  nav, .skip, .buttons { display: none }
  .card { box-shadow: none; break-inside: avoid-page }
}
@media (forced-colors: active) {
  .heat td, .ramp i, .diff td { forced-color-adjust: none }
}
`;

/** The whole style sheet. */
export const pageStyle: string = [colours, base, frame, figures, searches, shades, texts, media].join("");
