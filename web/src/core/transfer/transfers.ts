import type { CoreMethods } from "../api";
import type { FileDownload, Transfers } from "../generated/strongroom_wasm.js";
import { givePieces, own } from "./pieces";

/** An answer, and what of it changes hands instead of being copied. */
interface Given {
  answer: unknown;
  transfer: Transferable[];
}

type Takes<M extends keyof CoreMethods> = CoreMethods[M]["takes"];

const done: Given = { answer: {}, transfer: [] };

/** The calls that move bytes. They do not hold the core. */
const methods: Record<string, (transfers: Transfers, args: never) => Promise<Given>> = {
  start_upload: async (transfers, args: Takes<"start_upload">) => {
    const { file, thumbnail, ...rest } = args;
    const picture = thumbnail && new Uint8Array(await thumbnail.arrayBuffer());
    await transfers.startUpload(rest, file, file.size, lastModified(file), picture);
    return done;
  },
  resume_upload: async (transfers, { transfer, file }: Takes<"resume_upload">) => {
    const name = file instanceof File ? file.name : "";
    await transfers.resumeUpload(transfer, file, name, file.size, lastModified(file));
    return done;
  },
  pause_transfer: async (transfers, { transfer }: Takes<"pause_transfer">) => {
    transfers.pause(transfer);
    return done;
  },
  resume_transfer: async (transfers, { transfer }: Takes<"resume_transfer">) => {
    await transfers.resume(transfer);
    return done;
  },
  cancel_transfer: async (transfers, { transfer }: Takes<"cancel_transfer">) => {
    await transfers.cancel(transfer);
    return done;
  },
  start_download: async (transfers, args: Takes<"start_download">) => {
    const download = (await transfers.startDownload(args)) as FileDownload;
    const { port1, port2 } = new MessageChannel();
    const next = async () => own((await download.next()) as Uint8Array<ArrayBuffer> | undefined);
    givePieces(port1, next, () => void transfers.cancel(args.transfer));
    const answer = {
      pieces: port2,
      name: download.name,
      media_type: download.mediaType,
      size_bytes: download.sizeBytes,
    };
    return { answer, transfer: [port2] };
  },
  read_file: async (transfers, args: Takes<"read_file">) => {
    const bytes = own((await transfers.read(args)) as Uint8Array<ArrayBuffer> | undefined);
    return { answer: { bytes: bytes ?? new ArrayBuffer(0) }, transfer: bytes ? [bytes] : [] };
  },
  file_thumbnail: async (transfers, args: Takes<"file_thumbnail">) => {
    const bytes = own((await transfers.thumbnail(args)) as Uint8Array<ArrayBuffer> | undefined);
    return bytes ? { answer: { bytes }, transfer: [bytes] } : done;
  },
  move_file: async (transfers, args: Takes<"move_file">) => {
    await transfers.relocate(args, true);
    return done;
  },
  copy_file: async (transfers, args: Takes<"copy_file">) => {
    await transfers.relocate(args, false);
    return done;
  },
  open_link: async (transfers, args: Takes<"open_link">) => ({
    answer: await transfers.openLink(args),
    transfer: [],
  }),
};

/** Does a call that moves bytes; undefined for others. */
export function answerTransfer(
  transfers: Transfers,
  method: string,
  args: unknown,
): Promise<Given> | undefined {
  return Object.hasOwn(methods, method) ? methods[method]?.(transfers, args as never) : undefined;
}

const lastModified = (file: Blob) => (file instanceof File ? file.lastModified : 0);
