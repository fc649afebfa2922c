/** What the core in the worker answers: names and shapes of its methods. */
import type { OfflineMethods } from "./api-offline";
import type { SharingMethods } from "./api-sharing";
import type { AccountMethods } from "./api-account";
import type { RecordMethods } from "./record-methods";
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
  /** How many passkeys open this browser; none where the session that waited for them has ended. */
  passkeys: number;
  /** The keys were about to be made anew when that was stopped. */
  renewal_waits: boolean;
  /** Without it only a passkey opens this browser, if there is one. */
  server_answers: boolean;
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
  /** Records that others changed since this browser showed the vault. */
  unread: number;
  /** Grows with every change of the vault. */
  head: number;
  /** Why this browser only reads it. */
  read_only: string | null;
  /** Why it is not shown: it did not prove itself. The others go on. */
  trouble: { code: string; message: string } | null;
  /** Set by the page: it is open, and no longer shared with this person. */
  ended?: boolean;
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
  /** A change of it waits for the server. */
  unsent: boolean;
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
  /** It waits for the server. */
  unsent: boolean;
}

/** A current version of a record, as it leaves for a file. */
export interface ExportHead {
  version: string;
  deleted: boolean;
  /** All that is stored, also what belongs to the client; null where it cannot be read. */
  fields: Fields | null;
  damage: string | null;
  author: string;
  changed_ms: number;
}

/** A record with its current versions, the one that lists show first. */
export interface ExportRecord {
  record: string;
  table: string;
  created_ms: number;
  heads: ExportHead[];
}

export type AccountRole = "member" | "admin";

/** Limits; null falls back to the role's, then to the server's. */
export interface Quota {
  file_max_bytes: number | null;
  total_max_bytes: number | null;
  parts_in_flight_max: number | null;
}

/** A person in the list of administrators. */
export interface OrganisationPerson {
  identity: string;
  name: string;
  you: boolean;
  account_role: AccountRole;
  retired: boolean;
  quota: Quota;
  used_bytes: number;
  recovery_confirmed: boolean;
  created_ms: number;
  last_seen_ms: number | null;
}

/** What clients of the organisation obey; zero is no limit. */
export interface Policy {
  image_max_pixels: number;
  offline_max_days: number;
}

export interface Health {
  version: string;
  suite: number;
  /** The server's clock minus this device's. */
  clock_ahead_ms: number;
  ready: boolean;
  write_latency_us: number;
  reason: string | null;
  people: number;
  administrators: number;
  directory_entries: number;
  /** Each once; those of which the server knows. */
  disks: Disk[];
}

/** A disk of the server. */
export interface Disk {
  database: boolean;
  files: boolean;
  free_bytes: number;
  total_bytes: number;
  /** Whether it is time to make room, by the server's judgement. */
  short: boolean;
}

/** The limits of a role. */
export interface RoleQuota {
  /** Set for the role; null falls back to the server's. */
  quota: Quota;
  /** What counts for those of the role who have none of their own. */
  in_force: Quota;
}

export type AuditEvent =
  | "genesis"
  | "invite"
  | "withdraw_invite"
  | "join"
  | "device"
  | "revoke_device"
  | "revoke_device_of"
  | "renew_keys"
  | "account_role"
  | "retire"
  | "policy"
  | "recover"
  | "renew_identity";

/** An entry of the organisation's signed log. */
export interface AuditLine {
  index: number;
  appended_ms: number;
  author: string;
  device: string;
  event: AuditEvent;
  subject: string | null;
  role: AccountRole | null;
  expires_ms: number | null;
  image_max_pixels: number | null;
  offline_max_days: number | null;
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
  | {
      record: string;
      version: string;
      conflicts: number;
      /** It waits in this browser for the server. */
      unsent: boolean;
    }
  | { problem: CoreProblem };

type Nothing = Record<string, never>;

/** Every method of the core: what it takes and what it answers. */
export interface CoreMethods extends FileMethods, RecordMethods, SharingMethods, AccountMethods, OfflineMethods {
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
    takes: {
      vault: string;
      table: string;
      rows: RecordWrite[];
      /** Without the server, each row waits as a change of its own. */
      may_wait?: boolean;
    };
    answers: { written: RecordWritten[] };
  };
  /** A page of a table's records, by their ids; `next` is the next page's `after`. */
  export_records: {
    takes: { vault: string; table: string; after?: string | null; count: number };
    answers: { vault: string; name: string; records: ExportRecord[]; next: string | null };
  };
  administration: { takes: Nothing; answers: { administrator: boolean } };
  people: { takes: Nothing; answers: { people: OrganisationPerson[] } };
  set_account_role: { takes: { identity: string; account_role: AccountRole }; answers: Nothing };
  retire: { takes: { identity: string }; answers: Nothing };
  sign_out_person: { takes: { identity: string }; answers: Nothing };
  set_quota: { takes: { identity: string; quota: Quota }; answers: Nothing };
  role_quota: { takes: { account_role: AccountRole }; answers: RoleQuota };
  set_role_quota: { takes: { account_role: AccountRole; quota: Quota }; answers: Nothing };
  policy: { takes: Nothing; answers: Policy };
  set_policy: { takes: Policy; answers: Nothing };
  health: { takes: Nothing; answers: Health };
  audit_log: { takes: Nothing; answers: { total: number; lines: AuditLine[] } };
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
