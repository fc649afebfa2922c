import { useStatus } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { ChangePassphrase } from "./change-passphrase";
import { Devices } from "./devices";
import { Locking } from "./locking";
import { NewKit } from "./new-kit";
import { Passkeys } from "./passkeys";
import { RenewalWaits, RenewAll } from "./renewal";
import { RenewalResult } from "./renewal-result";
import { Sessions } from "./sessions";

/** What opens the account, and from where it is open. */
export function AccountPage() {
  const say = useText();
  const { data: status } = useStatus();
  const name = status?.name ?? "";
  return (
    <div className="page narrow">
      <h1>{say("security.title")}</h1>
      <RenewalResult />
      {status?.renewal_waits ? <RenewalWaits /> : null}
      <Locking />
      <Passkeys name={name} />
      <section className="section">
        <h2 className="section-title">{say("change.section")}</h2>
        <p>
          <Text id="change.section.text" />
        </p>
        <div className="actions">
          <ChangePassphrase name={name} />
          <RenewAll name={name} />
        </div>
      </section>
      <section className="section">
        <h2 className="section-title">{say("new_kit.section")}</h2>
        <p>
          <Text id="new_kit.section.text" />
        </p>
        <NewKit />
      </section>
      <Devices />
      <Sessions />
    </div>
  );
}
