import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import type { AccountRole, Disk, Health, Quota, RoleQuota } from "../core/api";
import { CoreError } from "../core/problem";
import { coreDouble, onStage } from "../testing/stage";
import { HealthPanel } from "./health-panel";
import { LimitsPanel } from "./limits-panel";

afterEach(cleanup);

const GIGABYTE = 1_000_000_000;
const quota = (more: Partial<Quota> = {}): Quota => ({
  total_max_bytes: null,
  file_max_bytes: null,
  parts_in_flight_max: null,
  ...more,
});

function limitsCore(roles: Record<AccountRole, RoleQuota>, refused = false) {
  return coreDouble({
    policy: () => ({ image_max_pixels: 0, offline_max_days: 0 }),
    role_quota: ({ account_role: role }) => roles[role],
    set_role_quota: ({ account_role: role, quota: set }) => {
      if (refused) return new CoreError({ code: "offline", message: "", exit: 5 });
      roles[role] = { ...roles[role], quota: set };
      return {};
    },
  });
}

const inForce = quota({ file_max_bytes: 9 * GIGABYTE, parts_in_flight_max: 8 });
const member = { quota: quota({ total_max_bytes: 5 * GIGABYTE, parts_in_flight_max: 3 }), in_force: inForce };
const admin = { quota: quota(), in_force: inForce };
const value = (label: string) => screen.getByLabelText<HTMLInputElement>(label).value;
const save = () => userEvent.click(screen.getByRole("button", { name: "Set the role’s limits" }));

it("the form of a role begins with what is set, and says what counts", async () => {
  onStage(<LimitsPanel />, limitsCore({ member, admin }).core);
  expect(await screen.findByText("In force now: 5 GB")).toBeTruthy();
  expect(value("All files together, MB")).toBe("5000");
  expect(value("Largest file, MB")).toBe("");
  expect(screen.getByText("In force now: 9 GB, by the general limit")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: /Role/ }));
  await userEvent.click(screen.getByRole("option", { name: "Administrator" }));
  expect(await screen.findByText("In force now: no limit")).toBeTruthy();
  expect(value("All files together, MB")).toBe("");
});

it("saving one limit of a role leaves the others, and shows what counts then", async () => {
  const { core, calls } = limitsCore({ member, admin });
  onStage(<LimitsPanel />, core);
  await userEvent.type(await screen.findByLabelText("Largest file, MB"), "100");
  await save();
  expect(await screen.findByText("Saved")).toBeTruthy();
  expect(calls.find(({ method }) => method === "set_role_quota")?.args).toEqual({
    account_role: "member",
    quota: { total_max_bytes: 5 * GIGABYTE, file_max_bytes: 100_000_000, parts_in_flight_max: 3 },
  });
  expect(await screen.findByText("In force now: 100 MB")).toBeTruthy();
  expect(value("Largest file, MB")).toBe("100");
});

it("what was typed stays when it could not be saved", async () => {
  onStage(<LimitsPanel />, limitsCore({ member, admin }, true).core);
  await userEvent.type(await screen.findByLabelText("Largest file, MB"), "100");
  await save();
  expect(await screen.findByRole("alert")).toBeTruthy();
  expect(value("Largest file, MB")).toBe("100");
});

it("limits that cannot be read are no empty form", async () => {
  const { core } = coreDouble({ policy: () => ({ image_max_pixels: 0, offline_max_days: 0 }) });
  onStage(<LimitsPanel />, core);
  expect(await screen.findByRole("alert")).toBeTruthy();
  expect(screen.queryByLabelText("Largest file, MB")).toBeNull();
});

const disk = (more: Partial<Disk>): Disk => ({
  database: true,
  files: true,
  free_bytes: 120 * GIGABYTE,
  total_bytes: 500 * GIGABYTE,
  short: false,
  ...more,
});

function health(disks: Disk[]) {
  const answer: Health = {
    version: "1",
    suite: 1,
    clock_ahead_ms: 0,
    ready: true,
    write_latency_us: 900,
    reason: null,
    people: 2,
    administrators: 2,
    directory_entries: 4,
    disks,
  };
  onStage(<HealthPanel />, coreDouble({ health: () => answer }).core);
}

it("one disk of the server is told once, without a warning", async () => {
  health([disk({})]);
  expect(await screen.findByText("Free on the server’s disk")).toBeTruthy();
  expect(screen.getByText("120 GB of 500 GB")).toBeTruthy();
  expect(screen.queryByText("the server does not know")).toBeNull();
  expect(screen.queryByRole("note")).toBeNull();
});

it("of two disks the one that gets full is named", async () => {
  health([disk({ files: false }), disk({ database: false, free_bytes: 4 * GIGABYTE, short: true })]);
  const warning = await screen.findByRole("note");
  expect(warning.textContent).toContain("The disk of the files is getting full");
  expect(warning.textContent).toContain("4 GB of 500 GB are free");
  expect(screen.getByText("Free on the disk of the database")).toBeTruthy();
});

it("what the server does not know is said to be unknown", async () => {
  health([disk({ files: false })]);
  expect(await screen.findByText("Free on the disk of the files")).toBeTruthy();
  expect(screen.getByText("the server does not know")).toBeTruthy();
  cleanup();
  health([]);
  expect(await screen.findByText("Free on the server’s disk")).toBeTruthy();
  expect(screen.getByText("the server does not know")).toBeTruthy();
});
