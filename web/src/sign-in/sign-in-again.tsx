import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { useQueryClient } from "@tanstack/react-query";
import { useChange } from "../app/queries";
import { setSessionEnded, useSessionEnded } from "../app/session-ended";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { PassphraseField } from "../ui/fields";
import { ErrorNotice } from "../ui/notice";

/** Asks for the passphrase over an open page whose session has ended. What was typed stays. */
export function SignInAgain({ name }: { name: string }) {
  const say = useText();
  const ended = useSessionEnded();
  const logIn = useChange("log_in");
  const queries = useQueryClient();
  const [passphrase, setPassphrase] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    logIn.mutate(
      { name, passphrase },
      {
        onSuccess: () => {
          setPassphrase("");
          setSessionEnded(false);
          void queries.refetchQueries({ type: "active", predicate: (query) => query.state.status === "error" });
        },
      },
    );
  };
  return (
    <Dialog title={say("again.title")} isOpen={ended} onClose={() => setSessionEnded(false)}>
      <Form onSubmit={submit} className="form" validationBehavior="aria">
        <p>
          <Text id="again.text" />
        </p>
        <input type="text" autoComplete="username" value={name} readOnly hidden />
        <PassphraseField
          label={say("passphrase")}
          purpose="current-password"
          value={passphrase}
          onChange={setPassphrase}
          autoFocus
        />
        {logIn.error && !logIn.error.sessionEnded ? <ErrorNotice error={logIn.error} /> : null}
        <Button type="submit" look="primary" isPending={logIn.isPending} isDisabled={passphrase === ""}>
          {say("sign_in.submit")}
        </Button>
      </Form>
    </Dialog>
  );
}
