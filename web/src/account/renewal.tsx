import { useState } from "react";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { useRenewal } from "./kit-change";
import { PassphraseChangeForm } from "./new-passphrase";
import { PassphraseDialog } from "./passphrase-dialog";

/** Somebody knows the passphrase: everything that it opened is made anew. */
export function RenewAll({ name }: { name: string }) {
  const say = useText();
  const renew = useRenewal("renew_all");
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button look="quiet" onPress={() => setOpen(true)}>
        {say("renew.open")}
      </Button>
      <Dialog title={say("renew.title")} isOpen={open} onClose={close} role="alertdialog">
        <PassphraseChangeForm
          name={name}
          submit={say(renew.isPending ? "renew.working" : "renew.submit")}
          danger
          onSubmit={(typed) => renew.mutate(typed)}
          onCancel={close}
          isPending={renew.isPending}
          error={renew.error}
        >
          <p>
            <Text id="renew.text" />
          </p>
          <ul className="points">
            <li>
              <Text id="renew.point.ways" />
            </li>
            <li>
              <Text id="renew.point.devices" />
            </li>
            <li>
              <Text id="renew.point.vaults" />
            </li>
            <li>
              <Text id="renew.point.numbers" />
            </li>
          </ul>
          <Notice weight="warning">
            <p>
              <Text id="renew.limit" />
            </p>
          </Notice>
        </PassphraseChangeForm>
      </Dialog>
    </>
  );
}

/** A renewal was stopped half-way: the old ways are closed, the new keys are not all made. */
export function RenewalWaits() {
  const say = useText();
  const finish = useRenewal("finish_renewal");
  const [open, setOpen] = useState(false);
  return (
    <Notice
      weight="warning"
      title={say("renew.waits.title")}
      actions={<Button onPress={() => setOpen(true)}>{say("renew.waits.open")}</Button>}
    >
      <p>
        <Text id="renew.waits.text" />
      </p>
      <PassphraseDialog
        title={say("renew.waits.open")}
        isOpen={open}
        onClose={() => setOpen(false)}
        submit={say("renew.waits.open")}
        onSubmit={(passphrase) => finish.mutate({ passphrase }, { onSuccess: () => setOpen(false) })}
        isPending={finish.isPending}
        error={finish.error}
      >
        <p>
          <Text id="renew.waits.passphrase" />
        </p>
      </PassphraseDialog>
    </Notice>
  );
}
