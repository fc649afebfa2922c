import { useState, type FormEvent, type ReactNode } from "react";
import { Form } from "react-aria-components";
import type { CoreError } from "../core/problem";
import { useText } from "../i18n/text";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { PassphraseField } from "../ui/fields";
import { ErrorNotice } from "../ui/notice";

interface Props {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** What it means, before it is done. */
  children: ReactNode;
  submit: string;
  /** Gets the passphrase that was typed. */
  onSubmit: (passphrase: string) => void;
  isPending: boolean;
  error: CoreError | null;
  danger?: boolean;
}

/** Something that needs the passphrase once more, because it opens the innermost key. */
export function PassphraseDialog(props: Props) {
  const say = useText();
  const { title, isOpen, onClose, children, submit, onSubmit, isPending, error, danger } = props;
  const [passphrase, setPassphrase] = useState("");
  const close = () => {
    setPassphrase("");
    onClose();
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (passphrase !== "") onSubmit(passphrase);
  };
  return (
    <Dialog
      title={title}
      isOpen={isOpen}
      onClose={close}
      {...(danger ? { role: "alertdialog" as const } : {})}
    >
      <Form onSubmit={send} className="form" validationBehavior="aria">
        {children}
        <PassphraseField
          label={say("passphrase")}
          purpose="current-password"
          value={passphrase}
          onChange={setPassphrase}
          autoFocus
        />
        {error ? <ErrorNotice error={error} kept /> : null}
        <DialogActions
          onCancel={close}
          submit={submit}
          isDanger={danger}
          isPending={isPending}
          isDisabled={passphrase === ""}
        />
      </Form>
    </Dialog>
  );
}
