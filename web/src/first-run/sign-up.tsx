import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { keys, useChange } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { PassphraseField, TextField } from "../ui/fields";
import { ErrorNotice } from "../ui/notice";
import { forgetInvitation } from "../sharing/invitation-link";
import { Entrance } from "./entrance";
import { StrengthMeter, useStrength } from "./strength-meter";

const FEWEST_CHARACTERS = 8;
const LOWEST_SCORE = 2;

interface Props {
  /** The first sign-up of a server takes its set-up code, later ones an invitation. */
  by: "setup" | "invitation";
  /** The code that the page was opened with. */
  code?: string | undefined;
  onBack?: () => void;
}

/** Signing up: code, name, passphrase. */
export function SignUp({ by, code: given = "", onBack }: Props) {
  const say = useText();
  const signUp = useChange("sign_up", [keys.pendingKit, keys.status]);
  const [code, setCode] = useState(given);
  const [name, setName] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const strength = useStrength(passphrase, name);

  const errors = {
    code: code.trim() === "" ? say(`sign_up.${by}.code.missing`) : undefined,
    name: name.trim() === "" ? say("sign_up.name.missing") : undefined,
    passphrase:
      [...passphrase].length < FEWEST_CHARACTERS
        ? say("sign_up.passphrase.short", { count: FEWEST_CHARACTERS })
        : strength && strength.score < LOWEST_SCORE
          ? say("sign_up.passphrase.weak")
          : undefined,
    again: again !== passphrase ? say("sign_up.again.differs") : undefined,
  };
  const shown = tried ? errors : { code: undefined, name: undefined, passphrase: undefined, again: undefined };

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    const first = Object.values(errors).findIndex((error) => error !== undefined);
    if (first >= 0) {
      event.currentTarget.querySelectorAll<HTMLElement>("input")[first]?.focus();
      return;
    }
    signUp.mutate(
      { code: code.trim(), name: name.trim(), passphrase },
      { onSuccess: forgetInvitation },
    );
  };

  return (
    <Entrance title={say(`sign_up.${by}.title`)} step={say("step", { step: 1, steps: 3 })}>
      <p className="lead">
        <Text id={`sign_up.${by}.lead`} />
      </p>
      <Form onSubmit={submit} className="form" validationBehavior="aria">
        <TextField
          label={say(`sign_up.${by}.code`)}
          hint={<Text id={`sign_up.${by}.code.hint`} />}
          value={code}
          onChange={setCode}
          error={shown.code}
          code
          autoFocus
        />
        <TextField
          label={say("name")}
          hint={<Text id="sign_up.name.hint" />}
          value={name}
          onChange={setName}
          error={shown.name}
          autoComplete="username"
        />
        <PassphraseField
          label={say("passphrase")}
          purpose="new-password"
          value={passphrase}
          onChange={setPassphrase}
          error={shown.passphrase}
        >
          <StrengthMeter strength={strength} />
        </PassphraseField>
        <PassphraseField
          label={say("sign_up.again")}
          purpose="new-password"
          value={again}
          onChange={setAgain}
          error={shown.again}
        />
        {signUp.error ? <ErrorNotice error={signUp.error} kept /> : null}
        <Button type="submit" look="primary" isPending={signUp.isPending}>
          {say(signUp.isPending ? "sign_up.working" : "sign_up.submit")}
        </Button>
        <p className="footnote">
          <Text id="sign_up.footnote" />
        </p>
      </Form>
      {onBack ? (
        <Button look="quiet" onPress={onBack}>
          {say("sign_up.back")}
        </Button>
      ) : null}
    </Entrance>
  );
}
