import { Activity, type ReactNode } from "react";
import { KitScreens } from "../first-run/kit";
import { KitElsewhere } from "../first-run/kit-elsewhere";
import { SignUp } from "../first-run/sign-up";
import { useText } from "../i18n/text";
import { useExpectedEntry } from "../sign-in/entry";
import { SignIn } from "../sign-in/sign-in";
import { Brand } from "../ui/brand";
import { ErrorNotice } from "../ui/notice";
import { usePendingKit, useStatus } from "./queries";

/**
 * Lets in who is signed in and has proven that the kit is kept; shows the others their way, also
 * while the core that knows it is still on its way.
 */
export function Gate({ children }: { children: ReactNode }) {
  const status = useStatus();
  // Before the kit is proven, the server gives no rights: a vault could be lost with a passphrase.
  const waits = status.data?.signed_in === true && status.data.recovery_confirmed === false;
  const pending = usePendingKit(waits);
  const expected = useExpectedEntry(status.data === undefined);
  if (waits && pending.data) {
    const { kit, check } = pending.data;
    const name = status.data?.name ?? "";
    return kit === null ? <KitElsewhere /> : <KitScreens kit={kit} check={check} name={name} />;
  }
  if (status.data?.signed_in && !status.data.needs_setup && !waits) return children;
  const entry = waits ? undefined : (status.data ?? expected);
  const asked = status.data ? pending : status;
  const failed = asked.error !== null && (waits || status.data === undefined);
  return (
    <>
      {entry ? (
        // What was typed is there again when trying again has helped.
        <Activity mode={failed ? "hidden" : "visible"}>
          {entry.needs_setup ? <SignUp by="setup" /> : <SignIn status={entry} />}
        </Activity>
      ) : null}
      {failed || !entry ? (
        <Opening failed={asked.error} onRetry={() => void asked.refetch()} />
      ) : null}
    </>
  );
}

interface OpeningProps {
  failed: Parameters<typeof ErrorNotice>[0]["error"] | null;
  onRetry: () => void;
}

/** While the core is loaded and asks the server what there is. */
function Opening({ failed, onRetry }: OpeningProps) {
  const say = useText();
  return (
    <main className="opening">
      <h1>
        <Brand />
      </h1>
      {failed ? (
        <ErrorNotice error={failed} onRetry={onRetry} />
      ) : (
        <p role="status">
          <span className="spinner" aria-hidden="true" /> {say("opening")}
        </p>
      )}
    </main>
  );
}
