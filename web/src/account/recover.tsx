import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { Entrance } from "../first-run/entrance";
import { Text, useText } from "../i18n/text";
import { KitField } from "../sign-in/kit-field";
import { Button } from "../ui/button";
import { ErrorNotice } from "../ui/notice";
import { useKitChange } from "./kit-change";
import { NewPassphraseFields, useNewPassphrase } from "./new-passphrase";

/** Coming back with the kit: a new passphrase now, then the new kit that follows the old one. */
export function Recover({ onBack }: { onBack: () => void }) {
  const say = useText();
  const recover = useKitChange("recover");
  const [kit, setKit] = useState("");
  const [tried, setTried] = useState(false);
  const name = /^\s*Name:\s*(.+)$/im.exec(kit)?.[1]?.trim() ?? "";
  const chosen = useNewPassphrase(name);
  const missing = kit.trim() === "";
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (missing || !chosen.fine) {
      event.currentTarget.querySelector<HTMLElement>("[aria-invalid], [data-invalid] input")?.focus();
      return;
    }
    recover.mutate({ kit, passphrase: chosen.passphrase });
  };
  return (
    <Entrance title={say("recover.title")} step={say("step", { step: 1, steps: 3 })}>
      <p className="lead">
        <Text id="recover.lead" />
      </p>
      <Form onSubmit={submit} className="form" validationBehavior="aria">
        <KitField
          value={kit}
          onChange={setKit}
          error={tried && missing ? say("sign_in.kit.missing") : undefined}
        />
        <input type="text" autoComplete="username" value={name} readOnly hidden />
        <NewPassphraseFields chosen={chosen} tried={tried} />
        {recover.error ? <ErrorNotice error={recover.error} kept /> : null}
        <Button type="submit" look="primary" isPending={recover.isPending}>
          {say(recover.isPending ? "recover.working" : "recover.submit")}
        </Button>
        <p className="footnote">
          <Text id="recover.footnote" />
        </p>
      </Form>
      <Button look="quiet" onPress={onBack}>
        {say("sign_up.back")}
      </Button>
    </Entrance>
  );
}
