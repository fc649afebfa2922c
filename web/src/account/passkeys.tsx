import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Fingerprint } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { FormattedDate } from "react-intl";
import { keys, useAsk, useChange } from "../app/queries";
import type { Passkey } from "../core/api-account";
import { toCoreError, type CoreError } from "../core/problem";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { PassphraseField, TextField } from "../ui/fields";
import { ErrorNotice, Notice } from "../ui/notice";
import { accountKeys, usePasskeys } from "./account-queries";
import { AccountRow, AccountSection } from "./account-section";
import { PasskeyNotice } from "./unlock";
import { makePasskey, passkeysPossible, PasskeyError } from "./webauthn";

/** Passkeys: open this browser without typing the passphrase. */
export function Passkeys({ name }: { name: string }) {
  const say = useText();
  const passkeys = usePasskeys();
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Passkey | null>(null);
  const remove = useChange("remove_passkey", [accountKeys.passkeys, keys.status]);
  const nameOf = (passkey: Passkey | null) => passkey?.name ?? say("passkey.elsewhere");
  return (
    <AccountSection title="passkey.section" text="passkey.text" query={passkeys}>
      {passkeys.data && passkeys.data.length > 0 ? (
        <ul className="account-rows" aria-label={say("passkey.section")}>
          {passkeys.data.map((passkey) => (
            <AccountRow
              key={passkey.slot}
              icon={<Fingerprint aria-hidden="true" />}
              name={nameOf(passkey)}
              action={
                <Button
                  look="quiet"
                  aria-label={say("passkey.remove.named", { name: nameOf(passkey) })}
                  onPress={() => {
                    remove.reset();
                    setLeaving(passkey);
                  }}
                >
                  {say("passkey.remove")}
                </Button>
              }
            >
              {passkey.created_ms === null ? null : (
                <p className="muted">
                  <Text
                    id="passkey.created"
                    values={{ when: <FormattedDate value={passkey.created_ms} dateStyle="medium" /> }}
                  />
                </p>
              )}
            </AccountRow>
          ))}
        </ul>
      ) : null}
      {passkeysPossible() ? (
        <div className="actions">
          <Button onPress={() => setAdding(true)}>
            <Fingerprint aria-hidden="true" />
            {say("passkey.add")}
          </Button>
        </div>
      ) : (
        <p className="muted">
          <Text id="passkey.impossible" />
        </p>
      )}
      {adding ? <AddPasskey name={name} onClose={() => setAdding(false)} /> : null}
      <Dialog
        title={say("passkey.remove.title", { name: nameOf(leaving) })}
        isOpen={leaving !== null}
        onClose={() => setLeaving(null)}
        role="alertdialog"
      >
        <p>
          <Text id="passkey.remove.text" />
        </p>
        {remove.error?.code === "passkey_in_use" ? (
          <Notice weight="warning">
            <p>
              <Text id="passkey.in_use" />
            </p>
          </Notice>
        ) : remove.error ? (
          <ErrorNotice error={remove.error} />
        ) : null}
        <DialogActions
          onCancel={() => setLeaving(null)}
          submit={say("passkey.remove")}
          isDanger
          isPending={remove.isPending}
          onSubmit={() => {
            if (leaving) remove.mutate({ slot: leaving.slot }, { onSuccess: () => setLeaving(null) });
          }}
        />
      </Dialog>
    </AccountSection>
  );
}

function AddPasskey({ name, onClose }: { name: string; onClose: () => void }) {
  const say = useText();
  const ask = useAsk();
  const queries = useQueryClient();
  const [label, setLabel] = useState(say("passkey.name.usual"));
  const [passphrase, setPassphrase] = useState("");
  const add = useMutation<void, CoreError | PasskeyError>({
    mutationFn: async () => {
      try {
        const answer = await makePasskey(await ask("passkey_question", {}), name);
        await ask("add_passkey", { passphrase, name: label, ...answer });
      } catch (thrown) {
        throw thrown instanceof PasskeyError ? thrown : toCoreError(thrown);
      }
    },
    onSuccess: async () => {
      onClose();
      await Promise.all(
        [accountKeys.passkeys, keys.status].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (passphrase !== "" && label.trim() !== "") add.mutate();
  };
  return (
    <Dialog title={say("passkey.add")} isOpen onClose={onClose}>
      <Form onSubmit={submit} className="form" validationBehavior="aria">
        <p>
          <Text id="passkey.add.text" />
        </p>
        <TextField
          label={say("passkey.name")}
          hint={<Text id="passkey.name.hint" />}
          value={label}
          onChange={setLabel}
        />
        <PassphraseField
          label={say("passphrase")}
          purpose="current-password"
          value={passphrase}
          onChange={setPassphrase}
          autoFocus
        />
        {add.error instanceof PasskeyError ? (
          <PasskeyNotice error={add.error} />
        ) : add.error ? (
          <ErrorNotice error={add.error} kept />
        ) : null}
        <DialogActions
          onCancel={onClose}
          submit={say(add.isPending ? "passkey.add.working" : "passkey.add.submit")}
          isPending={add.isPending}
          isDisabled={passphrase === "" || label.trim() === ""}
        />
      </Form>
    </Dialog>
  );
}
