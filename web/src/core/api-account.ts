/** Shapes of the core's methods for what opens an account: kit, passphrase, passkeys, devices, sessions. */
import type { PendingKit } from "./api";

type Nothing = Record<string, never>;

export interface Device {
  device: string;
  name: string;
  /** This browser. */
  current: boolean;
  revoked: boolean;
  /** Null where it cannot be told: no session, or several devices of the same name. */
  last_seen_ms: number | null;
}

export interface Session {
  session: string;
  device_name: string;
  created_ms: number;
  last_seen_ms: number;
  expires_ms: number;
  current: boolean;
}

export interface Passkey {
  slot: string;
  /** Null where it was made in another browser. */
  name: string | null;
  created_ms: number | null;
}

/** What an authenticator is asked with. */
export interface PasskeyQuestion {
  prf_input: string;
  user: string;
  /** Of this browser's passkeys. */
  credentials: string[];
}

/** What a renewal of all keys made anew, and what waits for others. */
export interface RenewalDone {
  devices_revoked: string[];
  vaults_renewed: string[];
  vaults_waiting: string[];
  open_invitations: number;
}

export interface AccountMethods {
  recover: { takes: { kit: string; passphrase: string }; answers: PendingKit };
  passkey_question: { takes: Nothing; answers: PasskeyQuestion };
  /** `prf`: the authenticator's answer in hexadecimal digits. */
  unlock: { takes: { credential: string; prf: string }; answers: { name: string } };
  change_passphrase: { takes: { old: string; new: string }; answers: Nothing };
  renew_all: { takes: { old: string; new: string }; answers: RenewalDone };
  finish_renewal: { takes: { passphrase: string }; answers: RenewalDone };
  new_kit: { takes: { passphrase: string }; answers: PendingKit };
  devices: { takes: Nothing; answers: { devices: Device[] } };
  revoke_device: { takes: { device: string; passphrase: string }; answers: Nothing };
  person_devices: { takes: { identity: string }; answers: { devices: Device[] } };
  revoke_person_device: { takes: { device: string }; answers: Nothing };
  sessions: { takes: Nothing; answers: { sessions: Session[] } };
  end_session: { takes: { session: string }; answers: Nothing };
  end_other_sessions: { takes: Nothing; answers: { ended: number } };
  passkeys: { takes: Nothing; answers: { passkeys: Passkey[] } };
  add_passkey: {
    takes: { passphrase: string; credential: string; name: string; prf: string };
    answers: { slot: string };
  };
  /** What was typed and not saved, sealed while the page is locked. */
  keep_drafts: { takes: { text: string }; answers: Nothing };
  take_drafts: { takes: Nothing; answers: { text: string | null } };
  remove_passkey: { takes: { slot: string }; answers: Nothing };
}
