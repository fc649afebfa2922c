import { describe, expect, it } from "vitest";
import { numberMarks, readDecimal, showDecimal, writeDecimal } from "./numbers";

const english = numberMarks("en");
const german = numberMarks("de");
const czech = numberMarks("cs");

describe("reading numbers", () => {
  it("takes what people type, in their own marks", () => {
    expect(readDecimal("1200.50", english)).toBe("1200.50");
    expect(readDecimal("1200,50", german)).toBe("1200.50");
    expect(readDecimal("1,200.50", english)).toBe("1200.50");
    expect(readDecimal("1.200,50", german)).toBe("1200.50");
    expect(readDecimal("1 200,50", czech)).toBe("1200.50");
    expect(readDecimal("1.234.567", german)).toBe("1234567");
    expect(readDecimal("−5", english)).toBe("-5");
    expect(readDecimal("0.125", german)).toBe("0.125");
  });

  it("refuses what could be two numbers, rather than guess an amount", () => {
    expect(readDecimal("1.200", german)).toBeNull();
    expect(readDecimal("1,200", english)).toBeNull();
    expect(readDecimal("1.200", english)).toBe("1.200");
  });

  it("refuses what is none", () => {
    for (const wrong of ["", "a", "1e3", "--1", "1.", ".5", "1,2,3", "1.2.3,4", "12.34.567", "1".repeat(41)]) {
      expect(readDecimal(wrong, english), wrong).toBeNull();
    }
  });

  it("reads back what it writes", () => {
    for (const kept of ["1200.50", "-0.05", "7", "123456789012345678901234567890.12"]) {
      for (const marks of [english, german, czech]) {
        expect(readDecimal(writeDecimal(kept, marks), marks)).toBe(kept);
      }
    }
  });
});

it("shows every digit, however many there are", () => {
  expect(showDecimal("12345678901234567890.10", "en")).toBe("12,345,678,901,234,567,890.10");
  expect(showDecimal("1200.5", "de")).toBe("1.200,5");
});
