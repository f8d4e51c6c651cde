/** Writes learned values for the program, as a process of another kind would have them. */
import { writeFileSync } from "node:fs";
import { ParameterState } from "tracegrad";
import { programs } from "./program.ts";

/** New texts by program and parameter: TypeScript, as an optimizer writes it. */
const texts: Readonly<Record<keyof typeof programs, Readonly<Record<string, string>>>> = {
  plain: {
    shorten: "function shorten(text: string, size: number): string {\n  return text.slice(0, size).toUpperCase();\n}",
    mark: "const mark = async (text: string): Promise<string> => `<${text}>`;",
  },
  scoped: {
    shorten: "function shorten(text: string): string {\n  return text.slice(0, limit).toUpperCase();\n}",
    mark: "const mark = async (text: string): Promise<string> => `<${text}${ending}>`;",
  },
};

const learned = Object.entries(programs).map(([program, functions]) => {
  const { parameters } = functions();
  const wanted = texts[program as keyof typeof programs];
  const state = ParameterState.of(parameters).set(parameters.map((one) => [one, wanted[one.name]]));
  return [program, state.toJSON()] as const;
});
writeFileSync(String(process.env["LEARNED"]), JSON.stringify(Object.fromEntries(learned)));
