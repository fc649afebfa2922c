import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it } from "vitest";
import type { TableDefinition } from "../core/api";
import { onStage } from "../testing/stage";
import { ColumnsButton } from "./columns-button";
import { CHANGED, firstView, type TableView } from "./record-table";

const table: TableDefinition = {
  name: "case",
  title: "Cases",
  fields: [
    { name: "title", title: "Title", type: "text", required: true },
    { name: "client", title: "Client", type: "text" },
    { name: "amount", title: "Amount", type: "decimal" },
  ],
};

afterEach(cleanup);

let view: TableView;

function Stage() {
  const [now, setNow] = useState(firstView(table));
  view = now;
  return <ColumnsButton table={table} view={now} onView={setNow} />;
}

it("moves and widens columns by keys alone, and the keyboard stays where it is", async () => {
  const user = userEvent.setup();
  onStage(<Stage />);
  await user.click(screen.getByRole("button", { name: "Columns" }));
  expect(screen.queryByRole("button", { name: "Move Title right" })).toBeNull();

  const left = screen.getByRole("button", { name: "Move Amount left" });
  left.focus();
  await user.keyboard("{Enter}");
  expect(view.order).toEqual(["title", "amount", "client", CHANGED]);
  expect(screen.getByRole("status").textContent).toBe("Amount is column 2 of 4.");
  expect(document.activeElement).toBe(left);
  // It is the first that can move: it goes no further, and keeps the keyboard.
  expect(left.getAttribute("aria-disabled")).toBe("true");
  await user.keyboard("{Enter}");
  expect(view.order).toEqual(["title", "amount", "client", CHANGED]);
  expect(document.activeElement).toBe(left);

  screen.getByRole("button", { name: "Make Title wider" }).focus();
  await user.keyboard("{Enter}{Enter}");
  expect(view.widths).toEqual({ title: 18 });
  await user.click(screen.getByRole("button", { name: "Make Title narrower" }));
  expect(view.widths).toEqual({ title: 16 });
  await user.click(screen.getByRole("button", { name: "Usual places and widths" }));
  expect([view.order, view.widths]).toEqual([[], {}]);
});
