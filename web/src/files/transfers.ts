/** Uploads, downloads and copies of this page. They go on whatever part of the page is shown. */
import type { FileSource, TransferEvent, UnfinishedUpload } from "../core/api-files";
import type { Core } from "../core/client";
import { CoreError, exit, toCoreError } from "../core/problem";
import { save } from "./delivery";
import { prepare } from "./images";
import { mediaType } from "./kinds";

/** More at once would only share the same line. */
const UPLOADS_AT_ONCE = 2;
/** How much of a new measure of the rate is believed. */
const RATE_WEIGHT = 0.3;

export type TransferState =
  | "queued"
  | "preparing"
  | "running"
  /** Begun, and held up: by the line, or by others before it. */
  | "waiting"
  | "paused"
  | "done"
  | "failed"
  /** A reload has stopped it; the same file, chosen again, goes on. */
  | "unfinished";

/** A transfer as it is shown. */
export interface Transfer {
  id: string;
  kind: "upload" | "download" | "copy" | "move";
  name: string;
  vault: string | null;
  record: string | null;
  state: TransferState;
  done_bytes: number;
  total_bytes: number;
  bytes_per_second: number | null;
  problem: CoreError | null;
  /** What a file chosen again must be. */
  wanted?: UnfinishedUpload;
}

/** What is put into a record. */
export interface UploadOrder {
  vault: string;
  record: string;
  name: string;
  file: File;
  keep_original: boolean;
  replaces?: string;
  keep_both?: boolean;
}

export interface DownloadOrder {
  source: FileSource;
  name: string;
  size_bytes: number;
}

/** A file of a vault that goes to another record, encrypted anew. */
export interface CopyOrder {
  kind: "copy" | "move";
  vault: string;
  file: string;
  name: string;
  size_bytes: number;
  to_vault: string;
  to_record: string;
}

interface Work {
  shown: Transfer;
  /** Of a move: where the file is taken away. */
  takenFrom?: string;
  upload?: UploadOrder;
  download?: DownloadOrder;
  /** Whether the core knows it: only then can it be paused and resumed there. */
  begun: boolean;
  /** The call that begins it: until its answer the core knows nothing to pause. */
  starting?: Promise<unknown>;
  measured: { at_ms: number; done_bytes: number };
  /** Settles when nothing more comes. */
  ended: { promise: Promise<void>; resolve: () => void };
}

type Change = Partial<Omit<Transfer, "id" | "kind">>;

/** Seconds until a transfer is done, as far as its rate tells. */
export function secondsLeft(transfer: Transfer): number | null {
  const rate = transfer.bytes_per_second;
  if (transfer.state !== "running" || !rate) return null;
  return Math.ceil((transfer.total_bytes - transfer.done_bytes) / rate);
}

/** The bytes that an upload was begun with, from the file chosen again; none if it is another. */
export async function sourceAgain(file: File, wanted: UnfinishedUpload): Promise<File | undefined> {
  if (file.lastModified !== wanted.last_modified_ms) return undefined;
  if (file.size === wanted.size_bytes) return file;
  // It may be a picture that was made smaller: it is made so again.
  const { file: smaller } = await prepare(file, mediaType(file.name, file.type), false);
  return smaller.size === wanted.size_bytes ? smaller : undefined;
}

/** All transfers of one signed-in page. */
export class Transfers {
  private readonly works = new Map<string, Work>();
  private readonly listeners = new Set<() => void>();
  private shown: readonly Transfer[] = [];
  private stopListening: (() => void) | undefined;

  /** `uploaded` is told the vault in which something is new. */
  constructor(
    private readonly core: Core,
    private readonly uploaded: (vault: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Hears the core, and asks it what earlier pages have left unfinished. */
  start(): () => void {
    this.stopListening = this.core.listen((event) => {
      if (event.event === "transfer") this.hear(event);
    });
    void this.findUnfinished();
    return () => {
      this.stopListening?.();
      this.stopListening = undefined;
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  list = (): readonly Transfer[] => this.shown;

  /** Uploads that an earlier page has begun. */
  async findUnfinished(): Promise<void> {
    let uploads: UnfinishedUpload[];
    try {
      ({ uploads } = await this.core.call("unfinished_uploads", {}));
    } catch {
      // They are found at the next start: nothing waits for them here.
      return;
    }
    for (const wanted of uploads) {
      if (this.works.has(wanted.transfer)) continue;
      const { copies } = wanted;
      const kind = copies ? (copies.moving ? "move" : "copy") : "upload";
      this.add({
        shown: {
          ...blank(wanted.transfer, kind, wanted.name, wanted.size_bytes),
          vault: wanted.vault,
          record: wanted.record,
          // A copy goes on by itself: its source is at the server.
          state: copies ? "paused" : "unfinished",
          done_bytes: wanted.sent_bytes,
          ...(copies ? {} : { wanted }),
        },
        begun: true,
        ...(copies?.moving ? { takenFrom: copies.vault } : {}),
      });
    }
  }

  upload(orders: readonly UploadOrder[]): void {
    for (const order of orders) {
      const shown = {
        ...blank(crypto.randomUUID(), "upload", order.name, order.file.size),
        vault: order.vault,
        record: order.record,
      };
      this.add({ shown, upload: order, begun: false });
    }
    this.next();
  }

  /**
   * Uploads one, and waits until it is at its end: null when it is in its record. It leaves the
   * list then, whatever came of it: whoever waits tells, and may try again.
   */
  async uploadToEnd(order: UploadOrder, signal: AbortSignal): Promise<CoreError | null> {
    const id = crypto.randomUUID();
    const shown = {
      ...blank(id, "upload", order.name, order.file.size),
      vault: order.vault,
      record: order.record,
    };
    const work = this.add({ shown, upload: order, begun: false });
    const stop = () => void this.cancel(id);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    this.next();
    await work.ended.promise;
    signal.removeEventListener("abort", stop);
    const { state, problem } = work.shown;
    if (state === "done") this.remove(id);
    else if (state === "failed") await this.cancel(id);
    else return new CoreError({ code: "cancelled", message: "the upload was taken away", exit: exit.refused });
    return state === "done" ? null : problem;
  }

  download(order: DownloadOrder): void {
    const shown = blank(crypto.randomUUID(), "download", order.name, order.size_bytes);
    const work = this.add({ shown, download: order, begun: false });
    void this.fetch(work, order);
  }

  /**
   * Copies a file to another record. What needs no byte to be refused is thrown; all else is told
   * where the transfers are.
   */
  async copy(order: CopyOrder): Promise<void> {
    const { kind, vault, file, to_vault, to_record } = order;
    const id = crypto.randomUUID();
    const shown = {
      ...blank(id, kind, order.name, order.size_bytes),
      vault: to_vault,
      record: to_record,
      state: "preparing",
    } as const;
    const work = this.add({ shown, begun: false, ...(kind === "move" ? { takenFrom: vault } : {}) });
    const args = { vault, file, to_vault, to_record, transfer: id };
    const call = this.core.call(kind === "move" ? "move_file" : "copy_file", args);
    work.starting = call.catch(() => undefined);
    try {
      await call;
      work.begun = true;
    } catch (thrown) {
      this.remove(id);
      throw thrown;
    }
  }

  async pause(id: string): Promise<void> {
    const work = this.works.get(id);
    if (!work) return;
    await work.starting;
    if (work.begun) await this.tell(work, "pause_transfer");
    else if (work.shown.state !== "failed") {
      this.change(work, { state: "paused", bytes_per_second: null });
    }
  }

  /** Goes on with what was paused, and tries again what has failed. */
  async resume(id: string): Promise<void> {
    const work = this.works.get(id);
    if (!work) return;
    if (work.upload && !work.begun) {
      this.change(work, { state: "queued", problem: null });
      this.next();
    } else if (work.download && work.shown.state === "failed") {
      // The browser has given up its part: it begins anew.
      this.works.delete(id);
      this.download(work.download);
    } else {
      await this.tell(work, "resume_transfer");
    }
  }

  /** Goes on with an upload of an earlier page. */
  async resumeWith(id: string, file: File): Promise<void> {
    const work = this.works.get(id);
    if (!work?.shown.wanted) return;
    const source = await sourceAgain(file, work.shown.wanted);
    if (!source) {
      const message = "the file chosen is not the one that the upload was begun with";
      const problem = new CoreError({ code: "source_changed", message, exit: exit.conflict });
      this.change(work, { problem });
      return;
    }
    this.restartMeasure(work);
    this.change(work, { state: "running", problem: null });
    try {
      await this.core.call("resume_upload", { transfer: id, file: source });
    } catch (thrown) {
      this.change(work, { state: "unfinished", problem: toCoreError(thrown) });
    }
  }

  async cancel(id: string): Promise<void> {
    const work = this.works.get(id);
    if (!work) return;
    await work.starting;
    if (work.begun) {
      try {
        await this.core.call("cancel_transfer", { transfer: id });
      } catch (thrown) {
        const problem = toCoreError(thrown);
        // What the core does not know any more is gone as wanted.
        if (problem.exit !== exit.notFound) {
          this.change(work, { problem });
          return;
        }
      }
    }
    this.remove(id);
  }

  /** Takes what is done out of the list. */
  clearDone(): void {
    for (const { shown } of [...this.works.values()]) {
      if (shown.state === "done") this.remove(shown.id);
    }
  }

  private add(work: Omit<Work, "measured" | "ended">): Work {
    const all: Work = {
      ...work,
      measured: { at_ms: this.now(), done_bytes: work.shown.done_bytes },
      ended: ending(),
    };
    this.works.set(work.shown.id, all);
    this.publish();
    return all;
  }

  private remove(id: string): void {
    const work = this.works.get(id);
    if (!work) return;
    this.works.delete(id);
    work.ended.resolve();
    this.publish();
    this.next();
  }

  private change(work: Work, change: Change): void {
    work.shown = { ...work.shown, ...change };
    if (work.shown.state === "done" || work.shown.state === "failed") work.ended.resolve();
    this.publish();
  }

  private publish(): void {
    this.shown = [...this.works.values()].map((work) => work.shown);
    for (const listener of this.listeners) listener();
  }

  private restartMeasure(work: Work): void {
    work.measured = { at_ms: this.now(), done_bytes: work.shown.done_bytes };
  }

  /** The state is what the core tells in its events: an answer may come later than the next one. */
  private async tell(work: Work, method: "pause_transfer" | "resume_transfer") {
    try {
      this.restartMeasure(work);
      await this.core.call(method, { transfer: work.shown.id });
    } catch (thrown) {
      this.change(work, { state: "failed", problem: toCoreError(thrown), bytes_per_second: null });
    }
  }

  /** Begins what waits, as many at once as are good for the line. */
  private next(): void {
    const works = [...this.works.values()].filter((work) => work.upload);
    const going = works.filter(({ shown }) => ["preparing", "running", "waiting"].includes(shown.state));
    const waiting = works.filter(({ shown }) => shown.state === "queued");
    for (const work of waiting.slice(0, Math.max(0, UPLOADS_AT_ONCE - going.length))) {
      if (work.upload) void this.send(work, work.upload);
    }
  }

  private async send(work: Work, order: UploadOrder): Promise<void> {
    const { id } = work.shown;
    this.change(work, { state: "preparing", problem: null });
    try {
      const media_type = mediaType(order.name, order.file.type);
      const prepared = await prepare(order.file, media_type, order.keep_original);
      // Paused or taken away while the picture was drawn.
      if (this.works.get(id)?.shown.state !== "preparing") return;
      this.restartMeasure(work);
      this.change(work, { state: "running", total_bytes: prepared.file.size });
      const call = this.core.call("start_upload", {
        transfer: id,
        vault: order.vault,
        record: order.record,
        name: order.name,
        media_type,
        file: prepared.file,
        ...(order.replaces ? { replaces: order.replaces } : {}),
        ...(order.keep_both ? { keep_both: true } : {}),
        ...(prepared.thumbnail ? { thumbnail: prepared.thumbnail } : {}),
      });
      work.starting = call.catch(() => undefined);
      await call;
      work.begun = true;
    } catch (thrown) {
      this.change(work, { state: "failed", problem: toCoreError(thrown) });
      this.next();
    }
  }

  private async fetch(work: Work, order: DownloadOrder): Promise<void> {
    this.change(work, { state: "running" });
    try {
      const call = this.core.call("start_download", { transfer: work.shown.id, ...order.source });
      work.starting = call.catch(() => undefined);
      const started = await call;
      work.begun = true;
      await save({
        stream: started.stream,
        name: started.name,
        size_bytes: started.size_bytes,
        ended: work.ended.promise,
      });
    } catch (thrown) {
      this.change(work, { state: "failed", problem: toCoreError(thrown) });
    }
  }

  private hear(event: TransferEvent): void {
    const work = this.works.get(event.transfer);
    if (!work) return;
    work.begun = true;
    const { state } = event;
    const goesOn = state === "running";
    const before = work.shown.state;
    this.change(work, {
      state,
      done_bytes: event.done_bytes,
      total_bytes: event.total_bytes,
      bytes_per_second: goesOn ? this.measure(work, event.done_bytes) : null,
      problem: event.problem ? new CoreError(event.problem) : null,
    });
    if (state === "done" && before !== "done") {
      if (work.shown.kind !== "download" && work.shown.vault) this.uploaded(work.shown.vault);
      if (work.takenFrom) this.uploaded(work.takenFrom);
    }
    if (!goesOn) this.next();
  }

  private measure(work: Work, done_bytes: number): number | null {
    const seconds = (this.now() - work.measured.at_ms) / 1_000;
    const before = work.shown.bytes_per_second;
    if (seconds < 0.15) return before;
    const rate = Math.max(0, done_bytes - work.measured.done_bytes) / seconds;
    work.measured = { at_ms: this.now(), done_bytes };
    return before === null ? rate : before + RATE_WEIGHT * (rate - before);
  }
}

function ending(): Work["ended"] {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function blank(id: string, kind: Transfer["kind"], name: string, total_bytes: number): Transfer {
  return {
    id,
    kind,
    name,
    vault: null,
    record: null,
    state: "queued",
    done_bytes: 0,
    total_bytes,
    bytes_per_second: null,
    problem: null,
  };
}
