import { parse, TYPE, type MessageFormatElement } from "@formatjs/icu-messageformat-parser";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import cs from "./cs.json";
import de from "./de.json";
import en from "./en.json";

const all: Record<string, Record<string, string>> = { en, de, cs };

/** Names of the values and tags that a message takes, nested ones too. */
function names(elements: MessageFormatElement[]): string[] {
  return elements.flatMap((element) => {
    switch (element.type) {
      case TYPE.literal:
      case TYPE.pound:
        return [];
      case TYPE.tag:
        return [`<${element.value}>`, ...names(element.children)];
      case TYPE.plural:
      case TYPE.select:
        return [
          element.value,
          ...Object.values(element.options).flatMap((option) => names(option.value)),
        ];
      default:
        return [element.value];
    }
  });
}

/** Plural forms that a message has, for each plural in it. */
function plurals(elements: MessageFormatElement[]): string[][] {
  return elements.flatMap((element) => {
    if (element.type === TYPE.tag) return plurals(element.children);
    if (element.type !== TYPE.plural) return [];
    return [Object.keys(element.options).filter((form) => !form.startsWith("="))];
  });
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === "generated" ? [] : sources(path);
    return /\.tsx?$/.test(name) && !name.includes(".test.") ? [readFileSync(path, "utf8")] : [];
  });
}

describe("every language", () => {
  it.each(Object.keys(all))("%s has exactly the sentences of English", (language) => {
    expect(Object.keys(all[language] ?? {}).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.keys(all))("%s takes the same values and tags in each sentence", (language) => {
    for (const [id, message] of Object.entries(all[language] ?? {})) {
      const wanted = new Set(names(parse((en as Record<string, string>)[id] ?? "")));
      expect(new Set(names(parse(message))), id).toEqual(wanted);
    }
  });

  it.each(Object.keys(all))("%s has all plural forms that it knows", (language) => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [id, message] of Object.entries(all[language] ?? {})) {
      for (const found of plurals(parse(message))) {
        expect(found.sort(), id).toEqual([...forms].sort());
      }
    }
  });

  it.each(["de", "cs"])("%s is translated, not copied", (language) => {
    const sentences = Object.entries(en).filter(([, text]) => text.split(" ").length > 3);
    const copied = sentences.filter(([id, text]) => all[language]?.[id] === text);
    expect(copied.map(([id]) => id)).toEqual([]);
  });
});

describe("the sentences", () => {
  const code = sources(join(import.meta.dirname, "..")).join("\n");
  const templates = [...code.matchAll(/`([a-z_.]*)\$\{/g)].map((match) => match[1] ?? "");

  it("are all used", () => {
    const unused = Object.keys(en).filter(
      (id) =>
        !code.includes(`"${id}"`) &&
        // ids that are put together: a beginning that is in the code as a template
        !templates.some((beginning) => beginning.includes(".") && id.startsWith(beginning)),
    );
    expect(unused).toEqual([]);
  });

  it("are there for every id that the code names", () => {
    const named = [...code.matchAll(/(?:\bsay\(\s*|<Text\s+id=|\bid: )"([a-z_]+(?:\.[a-z0-9_]+)+)"/g)].map(
      (match) => match[1] ?? "",
    );
    expect(named).toContain("settings.title");
    expect(named.filter((id) => !(id in en))).toEqual([]);
    // A put-together id whose beginning no sentence has, can say nothing.
    const begun = [...code.matchAll(/(?:\bsay\(\s*|<Text\s+id=\{)`([a-z_.]+\.)\$\{/g)].map((match) => match[1] ?? "");
    expect(begun.filter((beginning) => !Object.keys(en).some((id) => id.startsWith(beginning)))).toEqual([]);
  });

  it("name every table, field and choice that comes with Strongroom", () => {
    const folder = join(import.meta.dirname, "../../../apps/builtin/tables");
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const table = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
        name: string;
        fields: Array<{ name: string; choices?: string[] }>;
      };
      expect(en).toHaveProperty([`table.${table.name}`]);
      for (const field of table.fields) {
        expect(en).toHaveProperty([`table.${table.name}.${field.name}`]);
        for (const choice of field.choices ?? []) {
          expect(en).toHaveProperty([`table.${table.name}.${field.name}.${choice}`]);
        }
      }
    }
  });
});
