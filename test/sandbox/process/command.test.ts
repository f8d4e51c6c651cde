import { describe, expect, test } from "vitest";
import { commandOf, permissionFlag } from "../../../src/sandbox/process/command.ts";
import { confinements } from "./confinement.ts";

describe("the command of a child", () => {
  test.each([
    ["20.19.0", "--experimental-permission"],
    ["22.12.0", "--experimental-permission"],
    ["22.13.0", "--permission"],
    ["23.4.0", "--experimental-permission"],
    ["23.5.0", "--permission"],
    ["24.0.0", "--permission"],
    ["26.1.0", "--permission"],
  ])("names the permission model as Node %s does", (version, flag) => {
    expect(permissionFlag(version)).toBe(flag);
  });

  test.each(confinements)("under %s gives the child no rights by flags, and no environment", (confine) => {
    const { args, env } = commandOf(confine, 2 ** 26);
    expect(args.filter((arg) => arg.startsWith("--allow"))).toEqual([]);
    expect(args).toContain(permissionFlag(process.versions.node));
    expect(args).toContain("--max-old-space-size=64");
    expect(Object.keys(env)).toEqual([confine === "permissions" ? "TZ" : "PATH"]);
    if (confine === "bubblewrap") expect(args).toContain("--clearenv");
  });
});
