/** What the core answers about people: members of vaults, colleagues, invitations. */
import type { Role } from "./api";

type Nothing = Record<string, never>;

/** Whether one has compared safety numbers with somebody; `changed`: with a key that was renewed since. */
export type Comparison = "never" | "changed" | "compared";
export type OrganisationRole = "member" | "admin";

export interface Member {
  identity: string;
  name: string;
  role: Role;
  you: boolean;
  /** Nobody let in who made the vault. */
  let_in_by: string | null;
  /** By the server's clock. */
  since_ms: number;
  comparison: Comparison;
  /** When they renewed their key, by their own clock. */
  renewed_ms: number | null;
}

export interface Colleague {
  identity: string;
  name: string;
  account_role: OrganisationRole;
  you: boolean;
  retired: boolean;
  comparison: Comparison;
  renewed_ms: number | null;
}

export interface SafetyNumber extends Colleague {
  /** Twelve groups of five digits. */
  number: string;
  /** The same number in twenty words. */
  words: string[];
}

export type AccessEventName =
  | "created"
  | "let_in"
  | "role"
  | "removed"
  | "left"
  | "retired"
  | "keys_renewed"
  | "renamed";

export interface AccessEvent {
  index: number;
  appended_ms: number;
  what: AccessEventName;
  author: string;
  by_you: boolean;
  person: string | null;
  role: Role | null;
}

/** A vault's state as a code that two members compare. */
export interface Picture {
  index: number;
  code: string;
  read_only: string | null;
}

export interface InvitationMade {
  invite: string;
  code: string;
  link: string;
  account_role: OrganisationRole;
  expires_ms: number;
}

export interface Invitation {
  invite: string;
  account_role: OrganisationRole;
  expires_ms: number;
  inviter: string;
  /** Used or withdrawn. */
  closed: boolean;
}

export interface SharingMethods {
  members: { takes: { vault: string }; answers: { members: Member[] } };
  access_history: { takes: { vault: string }; answers: { events: AccessEvent[] } };
  invite_member: { takes: { vault: string; identity: string; role: Role }; answers: Nothing };
  set_member_role: { takes: { vault: string; identity: string; role: Role }; answers: Nothing };
  remove_member: { takes: { vault: string; identity: string }; answers: Nothing };
  leave_vault: { takes: { vault: string }; answers: Nothing };
  rename_vault: { takes: { vault: string; name: string }; answers: Nothing };
  renew_vault_keys: { takes: { vault: string }; answers: Nothing };
  picture: { takes: { vault: string }; answers: Picture };
  confirm_picture: { takes: { vault: string; code: string }; answers: Picture };
  colleagues: { takes: Nothing; answers: { colleagues: Colleague[] } };
  safety_number: { takes: { identity: string }; answers: SafetyNumber };
  set_compared: {
    takes: { identity: string; number: string; compared: boolean };
    answers: SafetyNumber;
  };
  invite_colleague: {
    takes: { account_role: OrganisationRole; valid_ms: number };
    answers: InvitationMade;
  };
  invitations: { takes: Nothing; answers: { invitations: Invitation[] } };
  withdraw_invitation: { takes: { invite: string }; answers: Nothing };
}
