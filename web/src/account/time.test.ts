import { expect, it } from "vitest";
import { ago } from "./time";

it("says how long ago something was in the largest whole unit", () => {
  const now = 1_000_000_000;
  const told = (seconds: number) => {
    const { value, unit } = ago(now - seconds * 1_000, now);
    return [value, unit];
  };
  expect(told(0)).toEqual([0, "second"]);
  expect(told(59)).toEqual([0, "second"]);
  expect(told(-5)).toEqual([0, "second"]);
  expect(told(60)).toEqual([-1, "minute"]);
  expect(told(3_599)).toEqual([-59, "minute"]);
  expect(told(3_600)).toEqual([-1, "hour"]);
  expect(told(86_400 * 3 + 5)).toEqual([-3, "day"]);
});
