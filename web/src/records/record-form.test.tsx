import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, describe, expect, it } from "vitest";
import type { FieldType, TableDefinition } from "../core/api";
import { onStage } from "../testing/stage";
import type { Draft } from "./form";
import { RecordFields } from "./record-form";

const types: FieldType[] = [
  "text",
  "long_text",
  "integer",
  "decimal",
  "date",
  "boolean",
  "choice",
];
const table: TableDefinition = {
  name: "made_for_this_test",
  title: "T",
  fields: types.map((type) => ({
    name: type,
    title: `Field ${type}`,
    type,
    required: type === "text",
    choices: type === "choice" ? ["red", "green"] : [],
  })),
};

afterEach(cleanup);

function Form({ seen, isReadOnly }: { seen: Draft[]; isReadOnly?: boolean }) {
  const [draft, setDraft] = useState<Draft>({ text: "A" });
  seen.push(draft);
  return (
    <RecordFields
      table={table}
      draft={draft}
      errors={{ decimal: "form.error.decimal" }}
      onChange={setDraft}
      isReadOnly={isReadOnly ?? false}
    />
  );
}

describe("the form of a definition", () => {
  it("has a control of the right kind for every field, with its title", () => {
    onStage(<Form seen={[]} />);
    const kind = (title: string) => {
      const control = screen.getByLabelText(new RegExp(`^${title}`));
      return [control.tagName, control.getAttribute("type")].join(" ");
    };
    expect(kind("Field text")).toBe("INPUT text");
    expect(kind("Field long_text")).toBe("TEXTAREA ");
    expect(kind("Field integer")).toBe("INPUT text");
    expect(kind("Field decimal")).toBe("INPUT text");
    expect(kind("Field date")).toBe("INPUT date");
    expect(screen.getByRole("button", { name: /Field choice/ })).toBeDefined();
    expect(screen.getByRole("button", { name: /Field boolean/ })).toBeDefined();
  });

  it("says what is needed, and what is wrong beside its field", () => {
    onStage(<Form seen={[]} />);
    expect(screen.getByLabelText(/^Field text/).getAttribute("aria-required")).toBe("true");
    const wrong = screen.getByLabelText(/^Field decimal/);
    expect(wrong.getAttribute("aria-invalid")).toBe("true");
    const told = wrong.getAttribute("aria-describedby") ?? "";
    const texts = told.split(" ").map((id) => document.getElementById(id)?.textContent);
    expect(texts.join(" ")).toContain("Type a number like");
  });

  it("gives what is typed and chosen, an empty choice too", async () => {
    const seen: Draft[] = [];
    const user = userEvent.setup();
    onStage(<Form seen={seen} />);
    await user.type(screen.getByLabelText(/^Field text/), "bc");
    await user.click(screen.getByRole("button", { name: /Field choice/ }));
    const offered = screen.getAllByRole("option").map((option) => option.textContent);
    expect(offered).toEqual(["—", "red", "green"]);
    await user.click(screen.getByRole("option", { name: "green" }));
    expect(seen.at(-1)).toEqual({ text: "Abc", choice: "green" });
  });

  it("takes nothing from a reader", () => {
    onStage(<Form seen={[]} isReadOnly />);
    expect(screen.getByLabelText(/^Field text/).hasAttribute("readonly")).toBe(true);
    expect(screen.getByRole("button", { name: /Field choice/ }).hasAttribute("disabled")).toBe(true);
  });
});
