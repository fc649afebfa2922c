import { describe, expect, it } from "vitest";
import type { Role } from "../core/api";
import type { Member } from "../core/api-sharing";
import { mayChange, mayLeave, rolesToGive } from "./rights";

const member = (role: Role, you = false): Member => ({
  identity: role + String(you),
  name: role,
  role,
  you,
  let_in_by: null,
  since_ms: 1,
  comparison: "never",
  renewed_ms: null,
});

describe("what a role may do about others", () => {
  it("a manager gives and takes what is below manager, a reader nothing", () => {
    expect(rolesToGive("manager")).toEqual(["reader", "writer"]);
    expect(rolesToGive("owner")).toContain("owner");
    expect(rolesToGive("writer")).toEqual([]);
    expect(rolesToGive(null)).toEqual([]);
    expect(mayChange("manager", member("writer"))).toBe(true);
    expect(mayChange("manager", member("manager"))).toBe(false);
    expect(mayChange("owner", member("owner"))).toBe(true);
    expect(mayChange("owner", member("owner", true))).toBe(false);
    expect(mayChange("reader", member("reader"))).toBe(false);
  });

  it("the last owner stays", () => {
    expect(mayLeave([member("owner", true), member("writer")])).toBe(false);
    expect(mayLeave([member("owner", true), member("owner")])).toBe(true);
    expect(mayLeave([member("owner"), member("reader", true)])).toBe(true);
    expect(mayLeave([])).toBe(false);
  });
});
