import { Laptop } from "lucide-react";
import { useState } from "react";
import { FormattedRelativeTime } from "react-intl";
import { useChange } from "../app/queries";
import type { Device } from "../core/api-account";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { accountKeys, useDevices } from "./account-queries";
import { PassphraseDialog } from "./passphrase-dialog";
import { ago } from "./time";

/** The devices that may write in this person's name. */
export function Devices() {
  const say = useText();
  const devices = useDevices();
  const [leaving, setLeaving] = useState<Device | null>(null);
  const revoke = useChange("revoke_device", [accountKeys.devices, accountKeys.sessions]);
  const inUse = devices.data?.filter((device) => !device.revoked) ?? [];
  const revoked = devices.data?.filter((device) => device.revoked) ?? [];
  return (
    <section className="section">
      <h2 className="section-title">{say("devices.title")}</h2>
      <p>
        <Text id="devices.text" />
      </p>
      {devices.isPending ? <Loading /> : null}
      {devices.error ? (
        <ErrorNotice error={devices.error} onRetry={() => void devices.refetch()} />
      ) : null}
      <ul className="account-rows" aria-label={say("devices.title")}>
        {inUse.map((device) => (
          <li key={device.device} className="account-row">
            <Laptop aria-hidden="true" />
            <div className="account-row-body">
              <p className="account-row-title">
                <bdi>{device.name}</bdi>
                {device.current ? <span className="badge">{say("devices.this")}</span> : null}
              </p>
              {device.last_seen_ms === null ? null : (
                <p className="muted">
                  <Text id="seen" values={{ when: <FormattedRelativeTime {...ago(device.last_seen_ms)} /> }} />
                </p>
              )}
            </div>
            {device.current ? null : (
              <Button
                look="quiet"
                aria-label={say("devices.revoke.named", { name: device.name })}
                onPress={() => {
                  revoke.reset();
                  setLeaving(device);
                }}
              >
                {say("devices.revoke")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {revoked.length > 0 ? (
        <details className="more">
          <summary>{say("devices.revoked", { count: revoked.length })}</summary>
          <ul className="account-names">
            {revoked.map((device) => (
              <li key={device.device}>
                <bdi>{device.name}</bdi>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      <PassphraseDialog
        title={say("devices.revoke.title", { name: leaving?.name ?? "" })}
        isOpen={leaving !== null}
        onClose={() => setLeaving(null)}
        submit={say("devices.revoke")}
        danger
        onSubmit={(passphrase) => {
          if (!leaving) return;
          revoke.mutate({ device: leaving.device, passphrase }, { onSuccess: () => setLeaving(null) });
        }}
        isPending={revoke.isPending}
        error={revoke.error}
      >
        <p>
          <Text id="devices.revoke.text" />
        </p>
      </PassphraseDialog>
    </section>
  );
}
