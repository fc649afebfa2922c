import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { PassphraseField } from "../ui/fields";
import { ErrorNotice, Notice } from "../ui/notice";
import { useRenewal } from "./kit-change";
import { NewPassphraseFields, useNewPassphrase } from "./new-passphrase";
import { PassphraseDialog } from "./passphrase-dialog";

/** Somebody knows the passphrase: everything that it opened is made anew. */
export function RenewAll({ name }: { name: string }) {
  const say = useText();
  const renew = useRenewal("renew_all");
  const [open, setOpen] = useState(false);
  const [old, setOld] = useState("");
  const [tried, setTried] = useState(false);
  const chosen = useNewPassphrase(name);
  const close = () => {
    setOpen(false);
    setOld("");
    setTried(false);
    chosen.clear();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (old === "" || !chosen.fine) {
      event.currentTarget.querySelector<HTMLElement>("[data-invalid] input")?.focus();
      return;
    }
    renew.mutate({ old, new: chosen.passphrase });
  };
  return (
    <>
      <Button look="quiet" onPress={() => setOpen(true)}>
        {say("renew.open")}
      </Button>
      <Dialog title={say("renew.title")} isOpen={open} onClose={close} role="alertdialog">
        <Form onSubmit={submit} className="form" validationBehavior="aria">
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
          <input type="text" autoComplete="username" value={name} readOnly hidden />
          <PassphraseField
            label={say("change.old")}
            purpose="current-password"
            value={old}
            onChange={setOld}
            error={tried && old === "" ? say("sign_in.passphrase.missing") : undefined}
            autoFocus
          />
          <NewPassphraseFields chosen={chosen} tried={tried} />
          {renew.error ? <ErrorNotice error={renew.error} kept /> : null}
          <div className="actions end">
            <Button look="quiet" onPress={close}>
              {say("cancel")}
            </Button>
            <Button type="submit" look="danger" isPending={renew.isPending}>
              {say(renew.isPending ? "renew.working" : "renew.submit")}
            </Button>
          </div>
        </Form>
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
