import { expect, it } from "vitest";
import type { Vault } from "../core/api";
import { withOpenVault } from "./open-vault";

const vault = (id: string): Vault => ({
  vault: id,
  name: id,
  kind: "shared",
  role: "writer",
  members: 2,
  records: 0,
  unread: 0,
  head: 0,
  read_only: null,
  trouble: null,
});

it("keeps the vault that is open although it was taken away, only to be read", () => {
  const before = { getQueryData: () => [vault("aa"), vault("bb")] } as never;
  const now = [vault("bb")];
  const kept = withOpenVault(now, before, "/vaults/aa/table/case/record/1");
  expect(kept.map(({ vault: id, ended, role }) => [id, ended ?? false, role])).toEqual([
    ["bb", false, "writer"],
    ["aa", true, "reader"],
  ]);
  expect(withOpenVault(now, before, "/")).toEqual(now);
  expect(withOpenVault([vault("aa")], before, "/vaults/aa/members")).toHaveLength(1);
});
