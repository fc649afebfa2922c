import { expect, it } from "vitest";
import { measure, timeOf } from "./strength";

it("tells weak passphrases from strong ones, and why they are weak", () => {
  expect(measure("password1", []).score).toBeLessThan(2);
  expect(measure("password1", []).weakness).toBe("strength.weak.common");
  expect(measure("novak77", ["anna", "novak"]).weakness).toBe("strength.weak.own");
  const strong = measure("lantern orbit gravel teapot", []);
  expect(strong.score).toBe(4);
  expect(strong.time).toBe("strength.time.centuries");
});

it("says a span of time in its largest whole unit", () => {
  expect(timeOf(5)).toEqual({ time: "strength.time.at_once", count: 0 });
  expect(timeOf(150)).toEqual({ time: "strength.time.minute", count: 2 });
  expect(timeOf(86_400 * 3)).toEqual({ time: "strength.time.day", count: 3 });
  expect(timeOf(1e12)).toEqual({ time: "strength.time.centuries", count: 1 });
});
