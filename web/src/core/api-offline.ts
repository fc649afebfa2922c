/** Calls of the core for work without the server. */
import type { CoreProblem, Fields } from "./api";

type Nothing = Record<string, never>;

/** A change that waits for the server. */
export interface WaitingChange {
  vault: string;
  /** Empty where it is not known any more. */
  vault_name: string;
  record: string;
  table: string;
  deleted: boolean;
  fields: Fields;
  made_ms: number;
  /** Why the server did not take it. */
  problem: CoreProblem | null;
}

export interface Outbox {
  /** The server did not answer last time. */
  offline: boolean;
  /** When it confirmed the session last. */
  heard_ms: number;
  waiting: WaitingChange[];
}

export interface OfflineMethods {
  outbox: { takes: Nothing; answers: Outbox };
  send_waiting: { takes: Nothing; answers: Outbox };
  discard_waiting: { takes: { record: string }; answers: Nothing };
}
