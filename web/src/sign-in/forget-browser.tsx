import { useState } from "react";
import { useChange, useForget } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { useOutbox } from "../offline/outbox";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { forgetEntry } from "./entry";

/** Signs out at the server and forgets this browser, after saying what it takes to come back. */
export function ForgetBrowser({ name }: { name: string }) {
  const say = useText();
  const [open, setOpen] = useState(false);
  const signOut = useChange("sign_out");
  const forget = useForget();
  const leave = () => {
    forgetEntry();
    void forget();
  };
  const unsent = useOutbox()?.waiting.length ?? 0;
  return (
    <>
      <Button look="quiet" onPress={() => setOpen(true)}>
        {say("forget.open")}
      </Button>
      <ConfirmDialog
        title={say("forget.title")}
        isOpen={open}
        onClose={() => setOpen(false)}
        submit={say("forget.submit")}
        change={signOut}
        onConfirm={() => signOut.mutate({}, { onSuccess: leave })}
      >
        <p>
          <Text id="forget.text" values={{ name }} />
        </p>
        {unsent > 0 ? (
          <p>
            <Text id="forget.unsent" values={{ count: unsent }} />
          </p>
        ) : null}
      </ConfirmDialog>
    </>
  );
}
