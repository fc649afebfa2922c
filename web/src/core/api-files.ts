/** Methods of the core for files: names and shapes. */
import type { CoreProblem } from "./api";

type Nothing = Record<string, never>;

/** A lock that somebody took on a file for some time. */
export interface FileLease {
  holder: string;
  you: boolean;
  until_ms: number;
}

export interface FileRow {
  file: string;
  record: string;
  revision: string;
  /** May hold `/`: files of a folder keep their path. */
  name: string;
  media_type: string;
  size_bytes: number;
  author: string;
  changed_ms: number;
  deleted: boolean;
  hidden: boolean;
  protected: boolean;
  revisions: number;
  /** Copies stand side by side because two people replaced the file at once. */
  conflict: boolean;
  /** Why it cannot be opened. */
  damage: string | null;
  thumbnail: boolean;
  lease: FileLease | null;
}

export interface FileRevision {
  revision: string;
  name: string;
  size_bytes: number;
  author: string;
  appended_ms: number;
  current: boolean;
  erased: boolean;
}

export interface FileLink {
  link: string;
  revision: string;
  creator: string;
  created_ms: number;
  expires_ms: number | null;
  max_downloads: number | null;
  passphrase: boolean;
  ended: boolean;
}

/** An upload that a reload of the page, or the end of the session, has stopped. */
export interface UnfinishedUpload {
  transfer: string;
  vault: string;
  record: string;
  name: string;
  size_bytes: number;
  sent_bytes: number;
  last_modified_ms: number;
  /** Of a file that lies in a vault: it goes on without being chosen again. */
  copies: Relocation | null;
}

interface Relocate {
  vault: string;
  file: string;
  to_vault?: string;
  to_record: string;
  transfer?: string;
}

/** A file of a vault on its way to another record, under a new key. */
export interface Relocation {
  vault: string;
  file: string;
  /** It is taken away from where it was. */
  moving: boolean;
}

/** What is read: a revision of a file in a vault, or what a link has opened. */
export type FileSource =
  | { vault: string; file: string; revision?: string }
  | { opened: string };

export interface StartedDownload {
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  name: string;
  media_type: string;
  size_bytes: number;
}

/** What to list of all files of a vault. What is in the trash is listed with its record only. */
export interface FileQuery {
  vault: string;
  /** Words that all must be in the names of a file and of its record. */
  search?: string;
  /** `name`, `record`, `size` or `changed`; with `-` in front the other way. */
  sort: string;
  /** The reader's language: texts sort as it has them. */
  locale?: string;
  hidden?: boolean;
}

/** A file with the record that it belongs to. */
export interface VaultFile extends FileRow {
  /** Where it lies: files of private records lie in the person's own vault. */
  vault: string;
  table: string | null;
  /** What its record is called; null where that is not readable. */
  title: string | null;
  record_deleted: boolean;
}

interface OneFile {
  vault: string;
  file: string;
}

export interface FileMethods {
  /** Without a record, the files of the whole vault. */
  files: { takes: { vault: string; record?: string }; answers: { files: FileRow[] } };
  query_files: {
    takes: { query: FileQuery; offset: number; count: number };
    answers: { all: number; hidden: number; total: number; rows: VaultFile[] };
  };
  file_history: { takes: OneFile; answers: { revisions: FileRevision[] } };
  edit_file: {
    takes: OneFile & { name?: string; hidden?: boolean; protected?: boolean };
    answers: Nothing;
  };
  delete_file: { takes: OneFile; answers: Nothing };
  restore_file: { takes: OneFile; answers: Nothing };
  /** With `transfer`, what has to be encrypted anew goes on after the answer, and is told of. */
  move_file: { takes: Relocate; answers: Nothing };
  copy_file: { takes: Relocate; answers: Nothing };
  lease_file: { takes: OneFile; answers: Nothing };
  /** With `break_lock` somebody else's, for managers. */
  release_file: { takes: OneFile & { break_lock?: boolean }; answers: Nothing };
  create_link: {
    takes: OneFile & {
      expires_ms: number | null;
      max_downloads: number | null;
      passphrase?: string;
    };
    answers: { url: string; link: string };
  };
  links: { takes: OneFile; answers: { links: FileLink[] } };
  end_link: { takes: { vault: string; link: string }; answers: Nothing };

  start_upload: {
    takes: {
      transfer: string;
      vault: string;
      record: string;
      name: string;
      media_type: string;
      file: Blob;
      /** The file of which this becomes the next revision. */
      replaces?: string;
      keep_both?: boolean;
      thumbnail?: Blob;
    };
    answers: Nothing;
  };
  start_download: { takes: { transfer: string } & FileSource; answers: StartedDownload };
  pause_transfer: { takes: { transfer: string }; answers: Nothing };
  resume_transfer: { takes: { transfer: string }; answers: Nothing };
  cancel_transfer: { takes: { transfer: string }; answers: Nothing };
  unfinished_uploads: { takes: Nothing; answers: { uploads: UnfinishedUpload[] } };
  resume_upload: { takes: { transfer: string; file: Blob }; answers: Nothing };
  /** A range, proven before it is given; at most 8 MiB at once. */
  read_file: {
    takes: FileSource & { offset: number; length: number };
    answers: { bytes: ArrayBuffer };
  };
  file_thumbnail: { takes: OneFile; answers: { bytes?: ArrayBuffer } };

  /** What a link asks for; not counted as a use. */
  link_needs: {
    takes: { link: string; secret: string };
    answers: { passphrase: boolean; expires_ms: number | null; uses_left: number | null };
  };
  /** Counted as one use. */
  open_link: {
    takes: { link: string; secret: string; passphrase?: string };
    answers: { opened: string; name: string; media_type: string; size_bytes: number };
  };
}

/** How far a transfer is. */
export interface TransferEvent {
  event: "transfer";
  transfer: string;
  kind: "upload" | "download";
  state: "waiting" | "running" | "paused" | "done" | "failed";
  done_bytes: number;
  total_bytes: number;
  problem?: CoreProblem;
  /** The file that an upload has become. */
  file?: string;
}
