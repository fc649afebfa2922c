import { useState } from "react";
import { useChange } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { PassphraseChangeForm } from "./new-passphrase";

/** Another passphrase for the same keys. */
export function ChangePassphrase({ name }: { name: string }) {
  const say = useText();
  const change = useChange("change_passphrase");
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button onPress={() => setOpen(true)}>{say("change.open")}</Button>
      {change.isSuccess && !open ? (
        <Notice weight="info" title={say("change.done.title")}>
          <p>
            <Text id="change.done.text" />
          </p>
        </Notice>
      ) : null}
      <Dialog title={say("change.open")} isOpen={open} onClose={close}>
        <PassphraseChangeForm
          name={name}
          submit={say("change.submit")}
          onSubmit={(typed) => change.mutate(typed, { onSuccess: close })}
          onCancel={close}
          isPending={change.isPending}
          error={change.error}
        >
          <p>
            <Text id="change.text" />
          </p>
        </PassphraseChangeForm>
      </Dialog>
    </>
  );
}
