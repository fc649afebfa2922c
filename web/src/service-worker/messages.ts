/** What the page and the service worker send each other about files. */

/** Page to worker: a decrypted file waits to be saved under `/save/ID`. */
export interface SaveOrder {
  kind: "save";
  id: string;
  name: string;
  /** Null where it is only known at the end. */
  size_bytes: number | null;
  /** Through which it comes, as `core/transfer/pieces.ts` says. */
  pieces: MessagePort;
}

/** Page to worker, now and then while something is saved: a worker at rest is stopped. */
export interface StayAwake {
  kind: "awake";
}

export type FileOrder = SaveOrder | StayAwake;

/** Worker to page: a piece of what is shown under `/view/ID` is wanted. */
export interface PieceQuestion {
  kind: "piece";
  id: string;
  offset: number;
  length: number;
}

/** The page's answer, through the port that came with the question. */
export type PieceAnswer =
  | { bytes: ArrayBuffer; size_bytes: number; media_type: string }
  | { failed: true };
