import { act, cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { flushSync } from "react-dom";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TableDefinition } from "../core/api";
import type { Row } from "../core/record-methods";
import { onStage } from "../testing/stage";
import { Grid } from "./grid";
import { firstView, useRecordTable } from "./record-table";
import type { RowWindow } from "./rows";

const table: TableDefinition = {
  name: "case",
  title: "Cases",
  fields: [
    { name: "title", title: "Title", type: "text", required: true },
    { name: "amount", title: "Amount", type: "decimal" },
  ],
};

const row = (record: string): Row => ({
  record,
  version: record,
  fields: { title: `Case ${record}`, amount: "1.00" },
  author: "anna",
  changed_ms: 1,
  conflicts: 0,
  deleted: false,
  damage: null,
  unsent: false,
  mark: null,
});
const windowOf = (...records: string[]): RowWindow => ({
  all: records.length,
  total: records.length,
  offset: 0,
  rows: records.map(row),
});

beforeEach(() => {
  // A screen on which rows have a place.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(45);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

let show: (list: RowWindow) => void;

function Stage({ first }: { first: RowWindow }) {
  const [list, setList] = useState(first);
  show = setList;
  const view = firstView(table);
  const columns = useRecordTable(table, list.rows, view);
  return (
    <Grid
      of="all"
      columns={columns}
      table={table}
      list={list}
      open={undefined}
      onSee={() => {}}
      onOpen={() => {}}
      onSort={() => {}}
      widths={{}}
      onWidths={() => {}}
      selected={new Set()}
      onSelect={() => {}}
      onStar={() => {}}
      corner={null}
    />
  );
}

const recordWithFocus = () =>
  document.activeElement?.closest("[data-record]")?.getAttribute("data-record");

describe("the keyboard in the grid", () => {
  it("is on its record before the next key, wherever the record has gone", async () => {
    const user = userEvent.setup();
    onStage(<Stage first={windowOf("a", "b", "c")} />);
    act(() => screen.getByRole("row", { name: /Case b/ }).focus());
    await user.keyboard("{ArrowRight}{ArrowRight}");
    expect(document.activeElement?.getAttribute("data-cell")).toBe("1");

    // The rows move, and the key comes before anything else has its turn.
    flushSync(() => show(windowOf("b", "a", "c")));
    const at = document.activeElement;
    expect(recordWithFocus()).toBe("b");
    at?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
    await waitFor(() => expect(document.activeElement?.getAttribute("role")).toBe("row"));
    expect(recordWithFocus()).toBe("b");
    await user.keyboard("{ArrowDown}");
    expect(recordWithFocus()).toBe("a");
  });

  it("stays where it is in the list when its record is gone", async () => {
    const user = userEvent.setup();
    onStage(<Stage first={windowOf("a", "b", "c")} />);
    act(() => screen.getByRole("row", { name: /Case b/ }).focus());
    act(() => show(windowOf("a", "c")));
    expect(recordWithFocus()).toBe("c");
    act(() => show(windowOf("c", "a")));
    expect(recordWithFocus()).toBe("c");
    await user.keyboard("{ArrowDown}");
    expect(recordWithFocus()).toBe("a");
  });

  it("is not taken from elsewhere by rows that move", () => {
    onStage(<Stage first={windowOf("a", "b")} />);
    act(() => screen.getByRole("row", { name: /Case b/ }).focus());
    const sort = screen.getByRole("button", { name: "Title" });
    act(() => sort.focus());
    act(() => show(windowOf("b", "a")));
    expect(document.activeElement).toBe(sort);
  });
});
