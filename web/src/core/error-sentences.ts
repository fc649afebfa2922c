import type { MessageId } from "../i18n/languages";
import { exit, type CoreError } from "./problem";

/** The way on that is offered beside an error's sentence. */
export type WayOn = "retry" | "sign_in" | "vaults" | "reload" | "none";

/** One kind of failure as people see it. Many codes can be one kind. */
interface Kind {
  codes: readonly string[];
  way: WayOn;
}

/** Failures that are nobody's attack. */
const ordinary = {
  offline: { codes: ["offline", "interrupted", "tls", "io", "busy"], way: "retry" },
  session: { codes: ["unauthenticated", "logged_out", "login_required"], way: "sign_in" },
  credentials: { codes: ["wrong_credentials", "passphrase_needed"], way: "none" },
  forbidden: { codes: ["forbidden"], way: "none" },
  ended: { codes: ["access_ended"], way: "vaults" },
  rule: { codes: ["rule"], way: "none" },
  member: { codes: ["already_member"], way: "none" },
  other_account: { codes: ["profile_exists"], way: "none" },
  number: { codes: ["number_changed"], way: "retry" },
  picture: { codes: ["vault_unconfirmed", "no_head_code"], way: "none" },
  passkey: { codes: ["passkey_unknown", "passkey_removed", "passkey_in_use"], way: "none" },
  same_passphrase: { codes: ["same_passphrase"], way: "none" },
  device_revoked: { codes: ["device_revoked"], way: "none" },
  away_ended: { codes: ["away_ended"], way: "none" },
  clock: { codes: ["clock_set_back"], way: "retry" },
  revoked_already: { codes: ["revoked_already"], way: "none" },
  nothing_to_renew: { codes: ["nothing_to_renew"], way: "none" },
  kit_required: { codes: ["kit_required"], way: "none" },
  kit: { codes: ["kit_mismatch", "kit_of_other", "kit_unreadable"], way: "none" },
  unconfirmed: { codes: ["unconfirmed"], way: "reload" },
  conflict_kept: { codes: ["conflict_kept"], way: "none" },
  quota: { codes: ["quota_exceeded"], way: "none" },
  not_found: { codes: ["not_found"], way: "vaults" },
  conflict: {
    codes: ["conflict", "stale", "invalid_entry", "stale_control", "idempotency_mismatch"],
    way: "retry",
  },
  rekey: { codes: ["rekey_required", "no_key"], way: "retry" },
  locked: { codes: ["locked", "protected"], way: "none" },
  name_taken: { codes: ["name_taken"], way: "none" },
  gone: { codes: ["gone"], way: "none" },
  conflict_copy: { codes: ["conflict_copy"], way: "none" },
  original_kept: { codes: ["original_kept"], way: "none" },
  cancelled: { codes: ["cancelled"], way: "none" },
  source: { codes: ["source_gone", "source_changed"], way: "none" },
  too_large: { codes: ["too_large"], way: "none" },
  picked: { codes: ["too_many_picked"], way: "none" },
  too_many: { codes: ["too_many_requests"], way: "retry" },
  waiting_full: { codes: ["too_many_waiting"], way: "none" },
  server: {
    codes: ["internal", "incomplete", "checksum_mismatch", "failed", "unexpected_answer"],
    way: "retry",
  },
  unavailable: { codes: ["unavailable"], way: "retry" },
  usage: {
    codes: ["usage", "malformed", "malformed_json", "range_not_satisfiable"],
    way: "none",
  },
  trash: { codes: ["in_trash", "not_in_trash"], way: "none" },
  too_long_offline: { codes: ["offline_too_long"], way: "retry" },
  wallet: { codes: ["wallet"], way: "reload" },
  storage_full: { codes: ["storage_full", "disk_full", "spool"], way: "retry" },
  storage: {
    codes: [
      "storage_unavailable",
      "cache",
      "profile",
      "profile_busy",
      "permission_denied",
      "kit_not_written",
    ],
    way: "reload",
  },
  core: { codes: ["core_not_loaded"], way: "reload" },
} as const satisfies Record<string, Kind>;

/** Proof that something was changed, held back or made up. Work stops. */
const tampering = {
  older: { codes: ["rollback", "fork"], way: "none" },
  withheld: { codes: ["withheld", "gap", "directory_withheld"], way: "none" },
  keys: { codes: ["ghost_member", "substituted_key", "bad_wrap"], way: "none" },
  altered: {
    codes: [
      "swapped_record",
      "swapped_file",
      "tampered_content",
      "changed_manifest",
      "swapped_name",
      "altered_link",
      "malformed",
    ],
    way: "none",
  },
  wallet: { codes: ["altered_wallet"], way: "none" },
  forged: {
    codes: [
      "stale_epoch",
      "foreign_tenant",
      "forged_entry",
      "revoked_device",
      "replayed_entry",
      "not_allowed",
      "invalid_entry",
    ],
    way: "none",
  },
  invitation: { codes: ["false_invitation", "replayed_invitation"], way: "none" },
  version: { codes: ["unknown_suite"], way: "reload" },
} as const satisfies Record<string, Kind>;

type OrdinaryKind = keyof typeof ordinary;
type TamperingKind = keyof typeof tampering;

/** What the page says about an error. */
export interface Sentence {
  title: MessageId;
  text: MessageId;
  way: WayOn;
  /** Whether somebody changed, held back or made something up. */
  tampered: boolean;
}

function findKind<K extends string>(kinds: Record<K, Kind>, code: string): K | undefined {
  const names = Object.keys(kinds) as K[];
  return names.find((name) => kinds[name].codes.includes(code));
}

/** Codes without a sentence of their own are told by their class. */
function kindByExit(number: number): OrdinaryKind {
  switch (number) {
    case exit.usage:
      return "usage";
    case exit.notFound:
      return "not_found";
    case exit.refused:
      return "forbidden";
    case exit.conflict:
      return "conflict";
    default:
      return "server";
  }
}

/** The sentence for an error of the core. Total: every code and every exit number has one. */
export function sentenceFor(error: Pick<CoreError, "code" | "exit">): Sentence {
  if (error.exit === exit.integrity) {
    const kind: TamperingKind = findKind<TamperingKind>(tampering, error.code) ?? "altered";
    return {
      title: "error.tampered.title",
      text: `error.tampered.${kind}`,
      way: tampering[kind].way,
      tampered: true,
    };
  }
  const kind: OrdinaryKind =
    findKind<OrdinaryKind>(ordinary, error.code) ?? kindByExit(error.exit);
  return {
    title: `error.${kind}.title`,
    text: `error.${kind}.text`,
    way: ordinary[kind].way,
    tampered: false,
  };
}

/** Whether a code has a sentence of its own, not only one by its class. */
export function hasOwnSentence(code: string, number: number): boolean {
  return number === exit.integrity
    ? findKind<TamperingKind>(tampering, code) !== undefined
    : findKind<OrdinaryKind>(ordinary, code) !== undefined;
}
