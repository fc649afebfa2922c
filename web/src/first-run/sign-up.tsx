import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { NewPassphraseFields, useNewPassphrase } from "../account/new-passphrase";
import { keys, useChange } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { TextField } from "../ui/fields";
import { ErrorNotice } from "../ui/notice";
import { forgetInvitation } from "../sharing/invitation-link";
import { Entrance } from "./entrance";

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
  const [tried, setTried] = useState(false);
  const chosen = useNewPassphrase(name);

  const errors = {
    code: code.trim() === "" ? say(`sign_up.${by}.code.missing`) : undefined,
    name: name.trim() === "" ? say("sign_up.name.missing") : undefined,
    ...chosen.errors,
  };
  const shown = tried ? errors : { code: undefined, name: undefined };

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    const first = Object.values(errors).findIndex((error) => error !== undefined);
    if (first >= 0) {
      event.currentTarget.querySelectorAll<HTMLElement>("input")[first]?.focus();
      return;
    }
    signUp.mutate(
      { code: code.trim(), name: name.trim(), passphrase: chosen.passphrase },
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
        <NewPassphraseFields
          chosen={chosen}
          tried={tried}
          label={say("passphrase")}
          again={say("sign_up.again")}
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
