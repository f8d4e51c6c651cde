/** Several objectives at once, from where searches look for them. The code is in util, since the report marks fronts too. */

export {
  dominates,
  dominatesOriented,
  front,
  type Objective,
  oriented,
  ranks,
  type Scores,
  scalarize,
} from "../../util/pareto.ts";
