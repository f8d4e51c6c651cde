/** The tables of docs/options.md, written from the declarations of the options and their docstrings. */

import ts from "typescript";

/** The functions and options whose tables there are, each with the type of its options and where that is declared. */
const tables: readonly (readonly [title: string, type: string, file: string])[] = [
  ["train", "TrainOptions", "src/training/options.ts"],
  ["evaluate", "EvaluateOptions", "src/training/evaluate-types.ts"],
  ["study", "StudyOptions", "src/training/study/types.ts"],
  ["split", "SplitOptions", "src/training/data/split.ts"],
  ["llmJudge", "LlmJudgeOptions", "src/training/guides/llm-judge.ts"],
  ["acceptance", "AcceptanceOptions", "src/training/acceptance/rule.ts"],
  ["localSearch", "LocalSearchOptions", "src/optimizers/local-search/local-search.ts"],
];

const head = `# Options

Each option with what it means, its unit and its default. The tables are written from the docstrings of the types: after a change run
\`npx vitest run test/docs/options.test.ts --update\`.
`;

/** The whole page. */
export function optionsPage(): string {
  const program = ts.createProgram(
    tables.map(([, , file]) => file),
    { strict: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.NodeNext, noEmit: true },
  );
  const checker = program.getTypeChecker();
  const sections = tables.map(([title, type, file]) => {
    const source = program.getSourceFile(file) as ts.SourceFile;
    const declaration = source.statements.find(
      (one): one is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(one) && one.name.text === type,
    );
    if (declaration === undefined) throw new Error(`${file} declares no interface ${type}.`);
    const options = checker.getPropertiesOfType(checker.getTypeAtLocation(declaration));
    const rows = options.flatMap((option) => optionRow(option, checker));
    return [`## ${title}`, "", "| option | meaning | default |", "|---|---|---|", ...rows, ""].join("\n");
  });
  return [head, ...sections].join("\n");
}

/** The row of an option; none for an internal one. */
function optionRow(option: ts.Symbol, checker: ts.TypeChecker): readonly string[] {
  if (option.getJsDocTags(checker).some(({ name }) => name === "internal")) return [];
  const doc = ts.displayPartsToString(option.getDocumentationComment(checker)).replace(/\s+/g, " ").trim();
  if (doc === "") throw new Error(`The option ${option.name} has no docstring.`);
  const [about = "", given] = doc.split(/ ?Default: /);
  // What follows the sentence with the default belongs to the meaning.
  const [, fallback = given, rest = ""] = /^(.*?)\. ([^]*)$/.exec(given ?? "") ?? [];
  const isOptional = (option.flags & ts.SymbolFlags.Optional) !== 0;
  const unset = isOptional ? "none" : "required";
  return [`| \`${option.name}\` | ${cellOf(`${about} ${rest}`)} | ${cellOf(fallback ?? unset).replace(/\.$/, "")} |`];
}

function cellOf(text: string): string {
  return text
    .trim()
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replaceAll("|", "\\|");
}
