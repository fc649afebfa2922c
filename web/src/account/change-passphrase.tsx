import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { useChange } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { PassphraseField } from "../ui/fields";
import { ErrorNotice, Notice } from "../ui/notice";
import { NewPassphraseFields, useNewPassphrase } from "./new-passphrase";

/** Another passphrase for the same keys. */
export function ChangePassphrase({ name }: { name: string }) {
  const say = useText();
  const change = useChange("change_passphrase");
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
    change.mutate({ old, new: chosen.passphrase }, { onSuccess: close });
  };
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
        <Form onSubmit={submit} className="form" validationBehavior="aria">
          <p>
            <Text id="change.text" />
          </p>
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
          {change.error ? <ErrorNotice error={change.error} kept /> : null}
          <div className="actions end">
            <Button look="quiet" onPress={close}>
              {say("cancel")}
            </Button>
            <Button type="submit" look="primary" isPending={change.isPending}>
              {say("change.submit")}
            </Button>
          </div>
        </Form>
      </Dialog>
    </>
  );
}
