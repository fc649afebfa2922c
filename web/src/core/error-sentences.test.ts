import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import document from "../../../spec/openapi.json";
import en from "../i18n/en.json";
import { hasOwnSentence, sentenceFor } from "./error-sentences";
import { exit } from "./problem";

const crates = join(import.meta.dirname, "../../../crates");
const read = (path: string) => readFileSync(join(crates, path), "utf8");

function rustSources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return rustSources(path);
    return name.endsWith(".rs") && name !== "tests.rs" ? [readFileSync(path, "utf8")] : [];
  });
}

/** The server's codes, from its document. */
const problemCodes = (): string[] => document.components.schemas.ProblemCode.enum;

/** The codes of tampering, from the match that names them. */
function integrityCodes(): string[] {
  const [, body = ""] =
    /pub fn code\(&self\) -> &'static str \{([\s\S]*?)\n    \}/.exec(read("vault/src/error.rs")) ?? [];
  return [...body.matchAll(/=> "([a-z_]+)"/g)].map((match) => match[1] ?? "");
}

/** The codes that the core makes itself, with the number that goes with their constructor. */
function coreCodes(): Array<[string, number]> {
  const folder = join(crates, "wasm/src");
  if (!existsSync(folder)) return [];
  const numbers: Record<string, number> = {
    failed: exit.failed,
    refused: exit.refused,
    conflict: exit.conflict,
  };
  return rustSources(folder).flatMap((text) =>
    [...text.matchAll(/(?:Self|CoreError)::(failed|refused|conflict)\(\s*"([a-z_]+)"/g)].map(
      (match): [string, number] => [match[2] ?? "", numbers[match[1] ?? ""] ?? 0],
    ),
  );
}

describe("every code has a sentence of its own", () => {
  it("those of the server", () => {
    const codes = problemCodes();
    expect(codes).toContain("wrong_credentials");
    expect(codes.filter((code) => !hasOwnSentence(code, exit.refused))).toEqual([]);
  });

  it("those of tampering", () => {
    const codes = integrityCodes();
    expect(codes).toContain("ghost_member");
    expect(codes.filter((code) => !hasOwnSentence(code, exit.integrity))).toEqual([]);
  });

  it("those of the core", () => {
    const codes = coreCodes();
    expect(codes.map(([code]) => code)).toContain("offline");
    expect(codes.filter(([code, number]) => !hasOwnSentence(code, number))).toEqual([]);
  });
});

describe("sentences", () => {
  it("are there for codes that nobody knows yet, by their class", () => {
    for (const number of [0, ...Object.values(exit)]) {
      const sentence = sentenceFor({ code: "of_the_future", exit: number });
      expect(en).toHaveProperty([sentence.title]);
      expect(en).toHaveProperty([sentence.text]);
    }
    expect(sentenceFor({ code: "of_the_future", exit: exit.integrity }).tampered).toBe(true);
    expect(sentenceFor({ code: "of_the_future", exit: exit.conflict }).title).toBe(
      "error.conflict.title",
    );
  });

  it("tell an attack from a mere conflict by the class, where the code is the same", () => {
    expect(sentenceFor({ code: "invalid_entry", exit: exit.conflict }).tampered).toBe(false);
    expect(sentenceFor({ code: "invalid_entry", exit: exit.integrity }).tampered).toBe(true);
  });
});
