import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { CoreMethods, Role, Vault } from "../core/api";
import type { Member, SafetyNumber } from "../core/api-sharing";
import { CoreError } from "../core/problem";
import { coreDouble, onStage } from "../testing/stage";
import { Members } from "./members-page";

vi.mock("@tanstack/react-router", async (original) => ({
  ...(await original<typeof import("@tanstack/react-router")>()),
  useNavigate: () => () => Promise.resolve(),
}));

afterEach(cleanup);

const vault = (role: Role, more: Partial<Vault> = {}): Vault => ({
  vault: "aa",
  name: "Clients",
  kind: "shared",
  role,
  members: 2,
  records: 0,
  unread: 0,
  head: 0,
  read_only: null,
  trouble: null,
  ...more,
});

const member = (name: string, role: Role, more: Partial<Member> = {}): Member => ({
  identity: `id-${name}`,
  name,
  role,
  you: false,
  let_in_by: "Anna",
  since_ms: Date.UTC(2026, 2, 31),
  comparison: "never",
  renewed_ms: null,
  ...more,
});

const anna = member("Anna", "owner", { you: true, let_in_by: null });
const number: SafetyNumber = {
  identity: "id-Ben",
  name: "Ben",
  account_role: "member",
  you: false,
  retired: false,
  comparison: "changed",
  renewed_ms: Date.UTC(2026, 5, 1),
  number: "12345 67890",
  words: ["lamp", "river", "stone"],
};

type Answers = Parameters<typeof coreDouble>[0];
const core = (members: Member[], more: Answers = {}) =>
  coreDouble({
    members: () => ({ members }),
    access_history: () => ({
      events: [
        { index: 5, appended_ms: 1, what: "let_in", author: "Anna", by_you: true, person: "Ben", role: "writer" },
      ],
    }),
    ...more,
  });

it("a writer sees who is in, and can change nobody", async () => {
  onStage(<Members vault={vault("writer")} />, core([{ ...anna, you: false }, member("Ben", "writer", { you: true })]).core);
  expect(await screen.findByText(/made the vault/)).toBeTruthy();
  expect(screen.getByText(/let in by Anna/)).toBeTruthy();
  const line = (await screen.findByText("Ben", { selector: ".access-line strong" })).closest("li");
  expect(line?.textContent).toContain("Anna let Ben in: Writer");
  expect(screen.queryByRole("button", { name: "Let somebody in" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "What to do about Anna" }));
  const items = screen.getAllByRole("menuitem").map((item) => item.textContent);
  expect(items).toEqual(["Compare safety numbers"]);
});

it("removing says what it can and cannot do, and keeps the dialog where it fails", async () => {
  const { core: double, calls } = core([anna, member("Ben", "writer")], {
    remove_member: () => new CoreError({ code: "offline", message: "no network", exit: 1 }),
  });
  onStage(<Members vault={vault("owner")} />, double);
  await userEvent.click(await screen.findByRole("button", { name: "What to do about Ben" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Remove" }));
  const dialog = await screen.findByRole("alertdialog");
  expect(dialog.textContent).toContain("Nobody can take that back");
  expect(dialog.textContent).toContain("new keys");
  await userEvent.click(within(dialog).getByRole("button", { name: "Remove and renew the keys" }));
  expect(await within(dialog).findByRole("alert")).toBeTruthy();
  expect(calls.at(-1)).toEqual({
    method: "remove_member",
    args: { vault: "aa", identity: "id-Ben" },
  });
});

it("a changed key is warned of, and the words can be compared again", async () => {
  const marked: Array<CoreMethods["set_compared"]["takes"]> = [];
  const { core: double } = core([anna, member("Ben", "writer", { comparison: "changed" })], {
    safety_number: () => number,
    set_compared: (args) => {
      marked.push(args);
      return { ...number, comparison: "compared" };
    },
  });
  onStage(<Members vault={vault("owner")} />, double);
  expect(await screen.findByText("Ben has another key now")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "What to do about Ben" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Compare safety numbers" }));
  const words = await screen.findByRole("list", { name: "Your safety words" });
  expect(within(words).getAllByRole("listitem").map((item) => item.textContent)).toEqual(number.words);
  await userEvent.click(screen.getByRole("button", { name: "They differ" }));
  expect(screen.getByRole("alert").textContent).toContain("do not share anything");
  await userEvent.click(screen.getByRole("button", { name: "Show the words again" }));
  await userEvent.click(screen.getByRole("button", { name: "They are the same" }));
  expect(marked).toEqual([{ identity: "id-Ben", number: "12345 67890", compared: true }]);
});

it("a fork is told in words, and nothing can be changed", async () => {
  onStage(
    <Members vault={vault("owner", { read_only: "fork" })} />,
    core([anna, member("Ben", "writer")]).core,
  );
  expect((await screen.findByRole("alert")).textContent).toContain("two histories");
  await screen.findByText(/made the vault/);
  expect(screen.queryByRole("button", { name: "Let somebody in" })).toBeNull();
});

it("a personal vault lets nobody in", async () => {
  onStage(<Members vault={vault("owner", { kind: "personal" })} />, core([anna]).core);
  expect(await screen.findByText(/yours alone/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Let somebody in" })).toBeNull();
});
