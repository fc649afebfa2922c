import { useState, type FormEvent, type ReactNode } from "react";
import { Form } from "react-aria-components";
import type { CoreError } from "../core/problem";
import { useText } from "../i18n/text";
import { StrengthMeter, useStrength } from "../first-run/strength-meter";
import type { Strength } from "../first-run/strength";
import { DialogActions } from "../ui/dialog-actions";
import { PassphraseField } from "../ui/fields";
import { ErrorNotice } from "../ui/notice";

const FEWEST_CHARACTERS = 8;
const LOWEST_SCORE = 2;

interface NewPassphrase {
  passphrase: string;
  again: string;
  strength: Strength | null;
  errors: { passphrase: string | undefined; again: string | undefined };
  setPassphrase: (text: string) => void;
  setAgain: (text: string) => void;
  fine: boolean;
}

/** A passphrase that is chosen anew: long and strong enough, and typed twice the same. */
export function useNewPassphrase(name: string): NewPassphrase {
  const say = useText();
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const strength = useStrength(passphrase, name);
  const errors = {
    passphrase:
      [...passphrase].length < FEWEST_CHARACTERS
        ? say("sign_up.passphrase.short", { count: FEWEST_CHARACTERS })
        : strength && strength.score < LOWEST_SCORE
          ? say("sign_up.passphrase.weak")
          : undefined,
    again: again !== passphrase ? say("sign_up.again.differs") : undefined,
  };
  return {
    passphrase,
    again,
    strength,
    errors,
    setPassphrase,
    setAgain,
    fine: errors.passphrase === undefined && errors.again === undefined,
  };
}

interface FieldsProps {
  chosen: NewPassphrase;
  /** Whether what is wrong is shown. */
  tried: boolean;
  /** What the fields are called, where there was no passphrase before. */
  label?: string;
  again?: string;
}

/** Its two fields with the measure of its strength. */
export function NewPassphraseFields({ chosen, tried, label, again }: FieldsProps) {
  const say = useText();
  return (
    <>
      <PassphraseField
        label={label ?? say("new_passphrase")}
        purpose="new-password"
        value={chosen.passphrase}
        onChange={chosen.setPassphrase}
        error={tried ? chosen.errors.passphrase : undefined}
      >
        <StrengthMeter strength={chosen.strength} />
      </PassphraseField>
      <PassphraseField
        label={again ?? say("new_passphrase.again")}
        purpose="new-password"
        value={chosen.again}
        onChange={chosen.setAgain}
        error={tried ? chosen.errors.again : undefined}
      />
    </>
  );
}

interface ChangeProps {
  /** Whose passphrase it is. */
  name: string;
  /** What it means, before it is done. */
  children: ReactNode;
  submit: string;
  danger?: boolean;
  onSubmit: (typed: { old: string; new: string }) => void;
  onCancel: () => void;
  isPending: boolean;
  error: CoreError | null;
}

/** The old passphrase and a new one. It stands in a dialog: what was typed goes when that closes. */
export function PassphraseChangeForm(props: ChangeProps) {
  const say = useText();
  const { name, children, submit, danger, onSubmit, onCancel, isPending, error } = props;
  const [old, setOld] = useState("");
  const [tried, setTried] = useState(false);
  const chosen = useNewPassphrase(name);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (old === "" || !chosen.fine) {
      event.currentTarget.querySelector<HTMLElement>("[data-invalid] input")?.focus();
      return;
    }
    onSubmit({ old, new: chosen.passphrase });
  };
  return (
    <Form onSubmit={send} className="form" validationBehavior="aria">
      {children}
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
      {error ? <ErrorNotice error={error} kept /> : null}
      <DialogActions onCancel={onCancel} submit={submit} isDanger={danger} isPending={isPending} />
    </Form>
  );
}
