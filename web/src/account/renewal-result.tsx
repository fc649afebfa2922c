import { useSyncExternalStore } from "react";
import type { RenewalDone } from "../core/api-account";
import { Text, useText } from "../i18n/text";
import { Notice } from "../ui/notice";

/**
 * What a renewal of all keys made anew. The gate shows the new kit first and takes the page away
 * meanwhile, so it waits here.
 */
let result: RenewalDone | null = null;
const listeners = new Set<() => void>();

export function setRenewalResult(done: RenewalDone | null): void {
  result = done;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What was made anew, and what waits for others. */
export function RenewalResult() {
  const say = useText();
  const done = useSyncExternalStore(subscribe, () => result);
  if (!done) return null;
  const names = (list: readonly string[]) => <bdi>{list.join(", ")}</bdi>;
  return (
    <Notice weight={done.open_invitations > 0 ? "warning" : "info"} title={say("renew.done.title")}>
      <p>{say("renew.done.devices", { count: done.devices_revoked.length })}</p>
      {done.vaults_renewed.length > 0 ? (
        <p>
          <Text id="renew.done.vaults" values={{ names: names(done.vaults_renewed) }} />
        </p>
      ) : null}
      {done.vaults_waiting.length > 0 ? (
        <p>
          <Text id="renew.done.waiting" values={{ names: names(done.vaults_waiting) }} />
        </p>
      ) : null}
      {done.open_invitations > 0 ? (
        <p>{say("renew.done.invitations", { count: done.open_invitations })}</p>
      ) : null}
    </Notice>
  );
}
