/** Images in the prompts of OPRO and of textual gradients: shown as images, never as base64 in the text. */

import { bundle, credit, node, parameter, trace } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { opro } from "tracegrad/optimizers";
import { semantic, textGradient } from "tracegrad/propagators";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { blocksOf, suggest, textOf } from "../readers.ts";
import { partsOf, telling } from "../textgrad/readers.ts";

/** The first bytes of a PNG, and more. */
const image = (rest: string) => ({ type: "image", mediaType: "image/png", data: `iVBORw0KGgoA${rest}` });
const stain = { mediaType: "image/jpeg", data: "AA==" };
const ofFeedback = [
  { type: "text", text: "The images of the feedback:" },
  { type: "image", ...stain },
];

describe("OPRO", () => {
  it("shows the image that ran and those of the feedback, and tells images apart without their data", async () => {
    const picture = parameter(image("A".repeat(50_000)), { name: "picture" });
    const llm = scripted(() => suggest({ picture: image("BBBB") }));
    trace(() => picture.map((one) => ({ same: one }))).backward({ score: 0.5, images: [stain] });
    await opro(picture, { llm }).step();
    expect(picture.data.data).toBe(image("BBBB").data);
    const prompt = textOf(llm.calls[0] as ModelRequest);
    expect(prompt.length).toBeLessThan(3_000);
    expect(prompt).toContain("(an image: image/png, 50012 characters of base64, ");
    expect(prompt).toContain("{ same: [an image (image/png), not shown] }");
    const shown = [{ type: "text", text: "[image 1], the value of picture:" }, image("A".repeat(50_000))];
    expect(blocksOf(llm.calls[0]).slice(1)).toEqual([...shown, ...ofFeedback]);
  });
});

describe.each([
  ["textGradient", textGradient],
  ["semantic", semantic],
] as const)("the propagator %s", (_, make) => {
  it("shows the images among the values of a call, each once, before those of the feedback", async () => {
    const [logo, photo] = [image("TE8="), image("UEg=")];
    const frame = bundle((logo: unknown, both: unknown) => (both === logo ? 0 : logo), { name: "frame" });
    const graph = trace(() => frame(parameter(logo, { name: "logo" }), node([photo, logo], { name: "both" })));
    const llm = scripted(telling);
    await credit(graph, { text: "See.", images: [stain] }, make({ llm, judge: "all" }));
    const parts = partsOf(llm.calls[0] as ModelRequest);
    expect(parts["Output"]).toMatch(/^\[image 1\]$/m);
    expect(parts["Inputs to judge"]).toContain("image parameter = [image 1]");
    expect(parts["Other inputs"]).toContain("= [[image 2], [image 1]]");
    const shown = [
      { type: "text", text: "[image 1], the value of frame, logo, both[1]:" },
      logo,
      { type: "text", text: "[image 2], the value of both[0]:" },
      photo,
    ];
    expect(blocksOf(llm.calls[0]).slice(1)).toEqual([...shown, ...ofFeedback]);
  });
});
