import { expect, it } from "vitest";
import { preferredLanguage } from "./languages";

it("takes the first wanted language that is complete", () => {
  expect(preferredLanguage(["fr-FR", "de-AT", "en"])).toBe("de");
  expect(preferredLanguage(["cs"])).toBe("cs");
  expect(preferredLanguage(["fr", "toString"])).toBe("en");
  expect(preferredLanguage([])).toBe("en");
});
