/** What the core in the worker answers: names and shapes of its methods. */
import type { FileMethods, TransferEvent } from "./api-files";

/** A value of a field as the core gives it. Dates and decimals are text, so that nothing is rounded. */
export type FieldValue = string | number | boolean | null;
export type Fields = Record<string, FieldValue>;

export type FieldType =
  | "text"
  | "long_text"
  | "integer"
  | "decimal"
  | "date"
  | "boolean"
  | "choice";

export interface FieldDefinition {
  name: string;
  title: string;
  type: FieldType;
  required?: boolean;
  choices?: string[];
}

export interface TableDefinition {
  name: string;
  title: string;
  /** Records of a private table lie in their owner's personal vault only. */
  private?: boolean;
  fields: FieldDefinition[];
}

export type Role = "reader" | "writer" | "manager" | "owner";

export interface Status {
  tenant: string | null;
  needs_setup: boolean;
  device_known: boolean;
  signed_in: boolean;
  name: string | null;
  /** Whether the server has proof that the recovery kit is kept; null where nobody is signed in. */
  recovery_confirmed: boolean | null;
}

/** A recovery kit that waits for its proof. */
export interface PendingKit {
  /** The kit's whole text; null where this browser does not have it. */
  kit: string | null;
  /** The groups of the recovery code that are asked back, counted from 1. */
  check: number[];
}

export interface Vault {
  vault: string;
  name: string;
  kind: "shared" | "personal";
  role: Role;
  members: number;
  records: number;
  /** Why this browser only reads it. */
  read_only: string | null;
  /** Why it is not shown: it did not prove itself. The others go on. */
  trouble: { code: string; message: string } | null;
}

export interface VaultRecord {
  record: string;
  version: string;
  fields: Fields;
  author: string;
  changed_ms: number;
  /** Versions that stand beside this one because two people changed the record at once. */
  conflicts: number;
  deleted: boolean;
  /** Why its content cannot be shown; `fields` is empty then. */
  damage: string | null;
}

export interface RecordVersion {
  version: string;
  parents: string[];
  fields: Fields;
  author: string;
  appended_ms: number;
  deleted: boolean;
  erased: boolean;
  current: boolean;
  damage: string | null;
}

export interface Member {
  name: string;
  you: boolean;
  role: Role;
  identity: string;
}

/** A row of many that are written at once: a new record, or a change of one that was seen. */
export type RecordWrite =
  | { fields: Fields }
  | {
      record: string;
      version: string;
      /** Only what changes. */
      fields: Fields;
      /** Into the trash, or out of it. */
      deleted?: boolean;
    };

/** What became of such a row. */
export type RecordWritten =
  | { record: string; version: string; conflicts: number }
  | { problem: CoreProblem };

type Nothing = Record<string, never>;

/** Every method of the core: what it takes and what it answers. */
export interface CoreMethods extends FileMethods {
  status: { takes: Nothing; answers: Status };
  sign_up: {
    takes: { code: string; name: string; passphrase: string };
    answers: PendingKit;
  };
  pending_kit: { takes: Nothing; answers: PendingKit };
  confirm_kit: { takes: { text: string }; answers: Nothing };
  log_in: {
    takes: { name: string; passphrase: string; kit?: string };
    answers: { name: string };
  };
  lock: { takes: Nothing; answers: Nothing };
  sign_out: { takes: Nothing; answers: Nothing };
  vaults: { takes: Nothing; answers: { vaults: Vault[] } };
  create_vault: { takes: { name: string }; answers: { vault: string } };
  tables: { takes: Nothing; answers: { tables: TableDefinition[] } };
  records: {
    takes: { vault: string; table: string; trash?: boolean };
    answers: { records: VaultRecord[] };
  };
  add_record: {
    takes: { vault: string; table: string; fields: Fields };
    answers: { record: string };
  };
  edit_record: {
    takes: {
      record: string;
      vault: string;
      version: string;
      fields: Fields;
      /** Settles a conflict: the new version replaces all that stand side by side. */
      merge?: boolean;
    };
    answers: { version: string };
  };
  /** At most 1,000 rows of one table; an answer for each, in their order. */
  write_records: {
    takes: { vault: string; table: string; rows: RecordWrite[] };
    answers: { written: RecordWritten[] };
  };
  delete_record: {
    takes: { record: string; vault: string; version: string };
    answers: Nothing;
  };
  restore_record: {
    takes: { record: string; vault: string; version: string };
    answers: Nothing;
  };
  history: {
    takes: { record: string; vault: string };
    answers: { versions: RecordVersion[] };
  };
  members: { takes: { vault: string }; answers: { members: Member[] } };
}

export type MethodName = keyof CoreMethods;

/** Something in a vault, or in the organisation, has changed. */
export interface ChangedEvent {
  event: "changed";
  /** Null where people or roles of the organisation changed. */
  vault: string | null;
}

/** What the core tells unasked. */
export type CoreEvent = ChangedEvent | TransferEvent;

/** An error of the core as it crosses from the worker. */
export interface CoreProblem {
  code: string;
  message: string;
  hint?: string;
  /** As the program's exit codes: 3 not found, 4 refused, 5 tampered with, 6 conflict. */
  exit: number;
}

/** What page and worker send each other. */
export interface CallMessage {
  id: number;
  method: MethodName;
  args: unknown;
}
export type WorkerMessage =
  | { id: number; answer: unknown }
  | { id: number; problem: CoreProblem }
  | CoreEvent;
