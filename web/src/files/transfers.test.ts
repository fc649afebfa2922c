import { beforeEach, describe, expect, it } from "vitest";
import type { CoreEvent, MethodName } from "../core/api";
import type { TransferEvent, UnfinishedUpload } from "../core/api-files";
import type { Core } from "../core/client";
import { CoreError } from "../core/problem";
import { secondsLeft, Transfers, type UploadOrder } from "./transfers";

const unfinished: UnfinishedUpload = {
  transfer: "left-over",
  vault: "v",
  record: "r",
  name: "film.mp4",
  size_bytes: 5,
  sent_bytes: 2,
  last_modified_ms: 1_000,
  copies: null,
};

/** A core of a test: notes what it is asked, answers what it is told to, and tells events. */
function makeCore(refuse: Partial<Record<MethodName, CoreError>> = {}, left: UnfinishedUpload[] = []) {
  const calls: Array<{ method: MethodName; args: { transfer?: string } }> = [];
  let listener: (event: CoreEvent) => void = () => {};
  const core: Core = {
    call: (method, args) => {
      calls.push({ method, args: args as { transfer?: string } });
      const error = refuse[method];
      if (error) return Promise.reject(error);
      return Promise.resolve((method === "unfinished_uploads" ? { uploads: left } : {}) as never);
    },
    listen: (given) => {
      listener = given;
      return () => {};
    },
  };
  const tell = (event: Partial<TransferEvent> & { transfer: string }) =>
    listener({
      event: "transfer",
      kind: "upload",
      state: "running",
      done_bytes: 0,
      total_bytes: 10,
      ...event,
    });
  return { core, calls, tell, made: (method: MethodName) => calls.filter((one) => one.method === method) };
}

const order = (name: string, content = "0123456789"): UploadOrder => ({
  vault: "v",
  record: "r",
  name,
  file: new File([content], name, { type: "text/plain", lastModified: 1_000 }),
  keep_original: false,
});

let now = 0;
const start = (core: Core, uploaded: string[] = []) => {
  now = 0;
  const transfers = new Transfers(core, (vault) => uploaded.push(vault), () => now);
  transfers.start();
  return transfers;
};
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("copies", () => {
  const copy = {
    kind: "move",
    vault: "from",
    file: "f",
    name: "deed.pdf",
    size_bytes: 10,
    to_vault: "to",
    to_record: "r",
  } as const;

  it("are told of as uploads are, and both vaults are read again", async () => {
    const uploaded: string[] = [];
    const { core, made, tell } = makeCore();
    const transfers = start(core, uploaded);
    await transfers.copy(copy);
    const id = transfers.list()[0]?.id ?? "";
    expect(made("move_file")[0]?.args).toEqual({
      vault: "from",
      file: "f",
      to_vault: "to",
      to_record: "r",
      transfer: id,
    });
    tell({ transfer: id, done_bytes: 4 });
    expect(transfers.list()[0]).toMatchObject({ kind: "move", state: "running", done_bytes: 4 });
    await transfers.pause(id);
    expect(made("pause_transfer")[0]?.args).toEqual({ transfer: id });
    tell({ transfer: id, state: "done", done_bytes: 10 });
    expect(uploaded).toEqual(["to", "from"]);
    expect(transfers.list()[0]?.state).toBe("done");
  });

  it("that are refused at once are told where they were asked for", async () => {
    const refused = new CoreError({ code: "locked", message: "", exit: 6 });
    const transfers = start(makeCore({ copy_file: refused }).core);
    await expect(transfers.copy({ ...copy, kind: "copy" })).rejects.toBe(refused);
    expect(transfers.list()).toEqual([]);
  });

  it("of an earlier page go on without a file to be chosen", async () => {
    const left = { ...unfinished, copies: { vault: "from", file: "f", moving: false } };
    const { core, made } = makeCore({}, [left]);
    const transfers = start(core);
    await settled();
    expect(transfers.list()[0]).toMatchObject({ kind: "copy", state: "paused", done_bytes: 2 });
    await transfers.resume("left-over");
    expect(made("resume_transfer")[0]?.args).toEqual({ transfer: "left-over" });
  });
});

describe("uploads", () => {
  let uploaded: string[];
  beforeEach(() => {
    uploaded = [];
  });

  it("go two at once, and the next when one is done", async () => {
    const { core, made, tell } = makeCore();
    const transfers = start(core, uploaded);
    transfers.upload([order("a"), order("b"), order("c")]);
    await settled();
    expect(made("start_upload")).toHaveLength(2);
    expect(transfers.list().map(({ state }) => state)).toEqual(["running", "running", "queued"]);
    tell({ transfer: transfers.list()[0]?.id ?? "", state: "done", done_bytes: 10 });
    await settled();
    expect(made("start_upload")).toHaveLength(3);
    expect(uploaded).toEqual(["v"]);
    transfers.clearDone();
    expect(transfers.list()).toHaveLength(2);
  });

  it("tell their rate and how long they take, once something has moved", async () => {
    const { core, tell } = makeCore();
    const transfers = start(core);
    transfers.upload([order("a")]);
    await settled();
    const id = transfers.list()[0]?.id ?? "";
    now = 2_000;
    tell({ transfer: id, done_bytes: 4 });
    const [moving] = transfers.list();
    expect(moving?.bytes_per_second).toBe(2);
    expect(moving && secondsLeft(moving)).toBe(3);
    tell({ transfer: id, state: "paused", done_bytes: 4 });
    const [still] = transfers.list();
    expect(still?.bytes_per_second).toBeNull();
    expect(still && secondsLeft(still)).toBeNull();
  });

  it("that are refused say why, make room for the next, and begin anew on a retry", async () => {
    const full = new CoreError({ code: "quota_exceeded", message: "full", exit: 4 });
    const { core, made } = makeCore({ start_upload: full });
    const transfers = start(core);
    transfers.upload([order("a"), order("b"), order("c")]);
    await settled();
    expect(transfers.list().map(({ problem }) => problem?.code)).toEqual(
      Array.from({ length: 3 }, () => "quota_exceeded"),
    );
    await transfers.resume(transfers.list()[0]?.id ?? "");
    await settled();
    expect(made("start_upload")).toHaveLength(4);
  });

  it("that failed on their way go on in the core", async () => {
    const { core, made, tell } = makeCore();
    const transfers = start(core);
    transfers.upload([order("a")]);
    await settled();
    const id = transfers.list()[0]?.id ?? "";
    const problem = { code: "offline", message: "gone", exit: 1 };
    tell({ transfer: id, state: "failed", done_bytes: 5, problem });
    expect(transfers.list()[0]).toMatchObject({ state: "failed", problem: { code: "offline" } });
    await transfers.resume(id);
    expect(made("resume_transfer")).toEqual([{ method: "resume_transfer", args: { transfer: id } }]);
    tell({ transfer: id, state: "running", done_bytes: 5 });
    expect(transfers.list()[0]).toMatchObject({ state: "running", problem: null });
  });

  it("that somebody waits for are told when they are at their end, and leave the list", async () => {
    const { core, made, tell } = makeCore();
    const transfers = start(core, uploaded);
    const running = new AbortController();
    const begin = async () => {
      const end = transfers.uploadToEnd(order("a"), running.signal);
      await settled();
      return { end, id: transfers.list()[0]?.id ?? "" };
    };
    const good = await begin();
    tell({ transfer: good.id, state: "done", done_bytes: 10 });
    expect(await good.end).toBeNull();
    const refused = await begin();
    tell({ transfer: refused.id, state: "failed", problem: { code: "quota_exceeded", message: "", exit: 4 } });
    expect(await refused.end).toMatchObject({ code: "quota_exceeded" });
    expect(made("cancel_transfer")).toMatchObject([{ args: { transfer: refused.id } }]);
    const stopped = await begin();
    running.abort();
    expect(await stopped.end).toMatchObject({ code: "cancelled" });
    expect(made("cancel_transfer")).toHaveLength(2);
    expect(uploaded).toEqual(["v"]);
    expect(transfers.list()).toEqual([]);
  });

  it("paused while they begin are paused in the core as soon as it knows them", async () => {
    const { core, calls } = makeCore();
    let begin = () => {};
    const slow: Core = {
      ...core,
      call: async (method, args) => {
        const answer = await core.call(method, args);
        if (method === "start_upload") await new Promise<void>((resolve) => (begin = resolve));
        return answer;
      },
    };
    const transfers = start(slow);
    transfers.upload([order("a")]);
    await settled();
    const pausing = transfers.pause(transfers.list()[0]?.id ?? "");
    await settled();
    expect(calls.map(({ method }) => method)).not.toContain("pause_transfer");
    begin();
    await pausing;
    expect(calls.map(({ method }) => method)).toContain("pause_transfer");
  });

  it("are what the core told last, whenever its answers come", async () => {
    const { core, tell } = makeCore();
    const transfers = start(core);
    transfers.upload([order("a")]);
    await settled();
    const id = transfers.list()[0]?.id ?? "";
    tell({ transfer: id, state: "paused", done_bytes: 4 });
    const resuming = transfers.resume(id);
    tell({ transfer: id, state: "running", done_bytes: 4 });
    tell({ transfer: id, state: "paused", done_bytes: 4 });
    await resuming;
    expect(transfers.list()[0]?.state).toBe("paused");
  });

  it("paused before their turn wait without the core, and go when they are told to", async () => {
    const { core, made } = makeCore();
    const transfers = start(core);
    transfers.upload([order("a"), order("b"), order("c")]);
    const third = transfers.list()[2]?.id ?? "";
    await transfers.pause(third);
    await settled();
    expect(made("pause_transfer")).toHaveLength(0);
    expect(transfers.list()[2]?.state).toBe("paused");
    await transfers.cancel(transfers.list()[0]?.id ?? "");
    await settled();
    expect(made("start_upload")).toHaveLength(2);
    await transfers.resume(third);
    await settled();
    expect(made("start_upload")).toHaveLength(3);
  });

  it("taken back are forgotten, also where the core knows them no more", async () => {
    const unknown = new CoreError({ code: "not_found", message: "no", exit: 3 });
    const { core, made } = makeCore({ cancel_transfer: unknown });
    const transfers = start(core);
    transfers.upload([order("a")]);
    await settled();
    await transfers.cancel(transfers.list()[0]?.id ?? "");
    expect(made("cancel_transfer")).toHaveLength(1);
    expect(transfers.list()).toEqual([]);
  });
});

describe("an upload of an earlier page", () => {
  it("waits for the same file, refuses another, and goes on", async () => {
    const { core, made } = makeCore({}, [unfinished]);
    const transfers = start(core);
    await settled();
    expect(transfers.list()[0]).toMatchObject({ state: "unfinished", done_bytes: 2 });
    const other = new File(["12345"], "film.mp4", { lastModified: 2_000 });
    await transfers.resumeWith("left-over", other);
    expect(transfers.list()[0]?.problem?.code).toBe("source_changed");
    expect(made("resume_upload")).toHaveLength(0);
    const longer = new File(["123456"], "film.mp4", { type: "video/mp4", lastModified: 1_000 });
    await transfers.resumeWith("left-over", longer);
    expect(made("resume_upload")).toHaveLength(0);
    const same = new File(["12345"], "film.mp4", { lastModified: 1_000 });
    await transfers.resumeWith("left-over", same);
    expect(made("resume_upload")).toHaveLength(1);
    expect(transfers.list()[0]).toMatchObject({ state: "running", problem: null });
  });
});
