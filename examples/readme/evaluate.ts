import { evaluate } from "tracegrad";
import { exactMatch } from "tracegrad/guides";
import { evaluationText } from "tracegrad/report";

const data = [
  { question: "6 times 7", answer: "42" },
  { question: "9 plus 8", answer: "17" },
];
const solve = async (question: string) => (question.includes("times") ? "42" : "no idea"); // your program

const table = await evaluate({ agent: solve, data, guide: exactMatch() });
console.log(evaluationText(table));
