import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { keys, useChange } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { KitField } from "../sign-in/kit-field";
import { Button } from "../ui/button";
import { ErrorNotice } from "../ui/notice";
import { Entrance } from "./entrance";

/** The kit was shown in another browser and not confirmed there: the whole of it is asked. */
export function KitElsewhere() {
  const say = useText();
  const confirm = useChange("confirm_kit", [keys.status]);
  const [kit, setKit] = useState("");
  const [tried, setTried] = useState(false);
  const missing = kit.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing) confirm.mutate({ text: kit });
  };
  return (
    <Entrance title={say("kit_check.title")}>
      <p className="lead">
        <Text id="kit_elsewhere.lead" />
      </p>
      <Form onSubmit={submit} className="form" validationBehavior="aria">
        <KitField
          value={kit}
          onChange={setKit}
          error={tried && missing ? say("sign_in.kit.missing") : undefined}
        />
        {confirm.error ? <ErrorNotice error={confirm.error} kept /> : null}
        <Button type="submit" look="primary" isPending={confirm.isPending}>
          {say("kit_check.submit")}
        </Button>
      </Form>
    </Entrance>
  );
}
