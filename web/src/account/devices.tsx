import { Laptop } from "lucide-react";
import { useState } from "react";
import { FormattedRelativeTime } from "react-intl";
import { useChange } from "../app/queries";
import type { Device } from "../core/api-account";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { accountKeys, useDevices } from "./account-queries";
import { AccountRow, AccountSection } from "./account-section";
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
    <AccountSection title="devices.title" text="devices.text" query={devices}>
      <ul className="account-rows" aria-label={say("devices.title")}>
        {inUse.map((device) => (
          <AccountRow
            key={device.device}
            icon={<Laptop aria-hidden="true" />}
            name={device.name}
            badge={device.current ? say("devices.this") : undefined}
            action={
              device.current ? null : (
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
              )
            }
          >
            {device.last_seen_ms === null ? null : (
              <p className="muted">
                <Text id="seen" values={{ when: <FormattedRelativeTime {...ago(device.last_seen_ms)} /> }} />
              </p>
            )}
          </AccountRow>
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
    </AccountSection>
  );
}
