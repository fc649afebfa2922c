import { useState } from "react";
import { useChange, useForget } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { useOutbox } from "../offline/outbox";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { ErrorNotice } from "../ui/notice";
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
      <Dialog title={say("forget.title")} isOpen={open} onClose={() => setOpen(false)} role="alertdialog">
        <p>
          <Text id="forget.text" values={{ name }} />
        </p>
        {unsent > 0 ? (
          <p>
            <Text id="forget.unsent" values={{ count: unsent }} />
          </p>
        ) : null}
        {signOut.error ? <ErrorNotice error={signOut.error} /> : null}
        <div className="actions end">
          <Button look="quiet" onPress={() => setOpen(false)}>
            {say("cancel")}
          </Button>
          <Button
            look="danger"
            isPending={signOut.isPending}
            onPress={() => signOut.mutate({}, { onSuccess: leave })}
          >
            {say("forget.submit")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
