import { describe, expect, it } from "vitest";
import { failureOf, fromBase64Url, fromHex, toHex } from "./webauthn";

describe("what crosses between authenticator and core", () => {
  it("keeps every byte", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect(fromHex(toHex(bytes))).toEqual(bytes);
    expect(toHex(Uint8Array.of(0, 15, 255))).toBe("000fff");
  });

  it("reads ids as browsers write them", () => {
    expect([...fromBase64Url("-_8")]).toEqual([251, 255]);
    expect([...fromBase64Url("")]).toEqual([]);
  });

  it("tells apart what a person can do something about", () => {
    expect(failureOf(new DOMException("", "NotAllowedError"))).toBe("cancelled");
    expect(failureOf(new DOMException("", "SecurityError"))).toBe("not_here");
    expect(failureOf(new DOMException("", "UnknownError"))).toBe("failed");
    expect(failureOf("something")).toBe("failed");
  });
});
