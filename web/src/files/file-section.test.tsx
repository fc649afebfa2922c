import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import type { Vault } from "../core/api";
import type { FileRow } from "../core/api-files";
import { CoreError } from "../core/problem";
import { coreDouble, onStage } from "../testing/stage";
import FileSection from "./file-section";
import { TransferPanel } from "./transfer-panel";
import { TransfersProvider } from "./transfers-context";

afterEach(cleanup);

const vault = {
  vault: "v",
  name: "Harbour",
  kind: "shared",
  role: "writer",
  read_only: null,
  trouble: null,
} as Vault;

const file = (name: string, more: Partial<FileRow> = {}): FileRow => ({
  file: `id of ${name}`,
  record: "r",
  revision: "1",
  name,
  media_type: "text/plain",
  size_bytes: 1_200,
  author: "Ben",
  changed_ms: Date.now(),
  deleted: false,
  hidden: false,
  protected: false,
  revisions: 1,
  conflict: false,
  damage: null,
  thumbnail: false,
  lease: null,
  ...more,
});

type Answers = Parameters<typeof coreDouble>[0];

function show(files: FileRow[], writes: boolean, answers: Answers = {}) {
  const { core, calls } = coreDouble({
    files: () => ({ files }),
    unfinished_uploads: () => ({ uploads: [] }),
    ...answers,
  });
  onStage(
    <TransfersProvider>
      <FileSection vault={vault} record="r" writes={writes} />
      <TransferPanel />
    </TransfersProvider>,
    core,
  );
  return calls;
}

describe("the files of a record", () => {
  it("say that they are encrypted, whose they are and how large; a reader adds none", async () => {
    show([file("plans/hall.txt")], false);
    const row = await screen.findByRole("listitem");
    expect(row.textContent).toContain("plans/");
    expect(row.textContent).toContain("encrypted");
    expect(row.textContent).toContain("1.2 kB · Ben, now");
    expect(screen.queryByRole("button", { name: "Choose files" })).toBeNull();
  });

  it("hide what is hidden or in the trash until it is wanted", async () => {
    show([file("a.txt"), file("b.txt", { hidden: true }), file("c.txt", { deleted: true })], true);
    await screen.findByRole("button", { name: "a.txt" });
    expect(screen.getAllByRole("listitem")).toHaveLength(1);
    await userEvent.click(screen.getByText("Show 1 hidden file"));
    await userEvent.click(screen.getByText("Show 1 file in the trash"));
    expect(screen.getAllByRole("listitem")).toHaveLength(3);
    expect(screen.getByRole("button", { name: "Bring back" })).toBeTruthy();
  });

  it("that are damaged cannot be opened, and those locked by others not replaced", async () => {
    const until_ms = Date.now() + 5 * 60_000;
    show(
      [
        file("bad.txt", { damage: "tampered_content" }),
        file("held.txt", { lease: { holder: "Clara", you: false, until_ms } }),
      ],
      true,
    );
    await screen.findByText("held.txt");
    expect(screen.queryByRole("button", { name: "bad.txt" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Save bad.txt" })).toBeNull();
    expect(screen.getByText("Locked by Clara, 5 minutes left")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "More for held.txt" }));
    const items = within(screen.getByRole("menu")).getAllByRole("menuitem");
    const names = items.map((item) => item.textContent);
    for (const name of ["Rename…", "Move…"]) {
      const item = items.find((one) => one.textContent.startsWith(name));
      expect(item?.getAttribute("aria-disabled"), name).toBe("true");
      expect(item?.textContent, name).toContain("Locked by Clara");
    }
    for (const missing of ["New revision…", "Unlock", "Break the lock", "Share by a link…"]) {
      expect(names).not.toContain(missing);
    }
  });

  it("of a name that is there are asked about before anything leaves", async () => {
    const calls = show([file("a.txt")], true, { start_upload: () => ({}) });
    await screen.findByRole("button", { name: "a.txt" });
    const [input] = document.querySelectorAll<HTMLInputElement>('input[type="file"]');
    if (!input) throw new Error("no place for files");
    await userEvent.upload(input, [
      new File(["x"], "a.txt", { type: "text/plain" }),
      new File(["y"], "b.txt", { type: "text/plain" }),
    ]);
    expect(await screen.findByText("A file of this name is here already")).toBeTruthy();
    expect(calls.some(({ method }) => method === "start_upload")).toBe(false);
    await userEvent.click(screen.getByRole("button", { name: "New revision" }));
    await screen.findByText("2 files on their way");
    const sent = calls.filter(({ method }) => method === "start_upload").map(({ args }) => args);
    expect(sent).toMatchObject([{ name: "a.txt", replaces: "id of a.txt" }, { name: "b.txt" }]);
    expect(sent[1]).not.toHaveProperty("replaces");
  });

  it("that are refused say so, and can be tried again", async () => {
    const quota = new CoreError({ code: "quota_exceeded", message: "full", exit: 4 });
    show([], true, { start_upload: () => quota });
    await screen.findByRole("button", { name: "Choose files" });
    const [input] = document.querySelectorAll<HTMLInputElement>('input[type="file"]');
    if (!input) throw new Error("no place for files");
    await userEvent.upload(input, new File(["x"], "a.txt", { type: "text/plain" }));
    expect(await screen.findByRole("alert")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Try a.txt again" })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Cancel a.txt" }));
    expect(screen.queryByRole("complementary", { name: "Transfers" })).toBeNull();
  });
});
