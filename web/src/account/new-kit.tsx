import { useState } from "react";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { useKitChange } from "./kit-change";
import { PassphraseDialog } from "./passphrase-dialog";

/** A new kit in place of one that is lost or was seen. The gate shows it and asks it back. */
export function NewKit() {
  const say = useText();
  const make = useKitChange("new_kit");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onPress={() => setOpen(true)}>{say("new_kit.open")}</Button>
      <PassphraseDialog
        title={say("new_kit.open")}
        isOpen={open}
        onClose={() => setOpen(false)}
        submit={say("new_kit.submit")}
        onSubmit={(passphrase) => make.mutate({ passphrase }, { onSuccess: () => setOpen(false) })}
        isPending={make.isPending}
        error={make.error}
      >
        <p>
          <Text id="new_kit.text" />
        </p>
      </PassphraseDialog>
    </>
  );
}
