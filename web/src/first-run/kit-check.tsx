import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { keys, useChange } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { TextField } from "../ui/fields";
import { ErrorNotice } from "../ui/notice";
import { Entrance } from "./entrance";
import { asPrinted, recoveryCode } from "./kit-page";

interface Props {
  kit: string;
  check: readonly number[];
  onBack: () => void;
}

/** Asks some groups of the recovery code back: only what was kept can be read off. */
export function KitCheck({ kit, check, onBack }: Props) {
  const say = useText();
  const confirm = useChange("confirm_kit", [keys.status]);
  const [typed, setTyped] = useState<ReadonlyMap<number, string>>(new Map());
  const [wrong, setWrong] = useState<readonly number[]>([]);
  const code = recoveryCode(kit);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // Compared here to say which one is wrong; the proof itself is the core's and the server's.
    const differing = check.filter(
      (place) => asPrinted(typed.get(place) ?? "") !== code?.groups[place - 1],
    );
    setWrong(differing);
    const first = check.findIndex((place) => differing.includes(place));
    if (first >= 0) {
      event.currentTarget.querySelectorAll<HTMLElement>("input")[first]?.focus();
      return;
    }
    confirm.mutate({ text: check.map((place) => asPrinted(typed.get(place) ?? "")).join("-") });
  };

  return (
    <Entrance title={say("kit_check.title")} step={say("step", { step: 3, steps: 3 })}>
      <p className="lead">
        <Text id="kit_check.lead" />
      </p>
      <Form onSubmit={submit} className="form" validationBehavior="aria">
        {code ? (
          <p className="masked-code" aria-hidden="true">
            {code.prefix}
            {code.groups.map((group, index) => (
              <span key={index} className={check.includes(index + 1) ? "asked" : undefined}>
                {check.includes(index + 1) ? index + 1 : "·".repeat(group.length)}
              </span>
            ))}
          </p>
        ) : null}
        <div className="groups">
          {check.map((place, index) => (
            <TextField
              key={place}
              label={say("kit_check.group", { place })}
              value={typed.get(place) ?? ""}
              onChange={(text) => setTyped(new Map(typed).set(place, text))}
              error={wrong.includes(place) ? say("kit_check.wrong") : undefined}
              maxLength={8}
              code
              autoFocus={index === 0}
            />
          ))}
        </div>
        {confirm.error ? <ErrorNotice error={confirm.error} kept /> : null}
        <div className="actions">
          <Button type="submit" look="primary" isPending={confirm.isPending}>
            {say("kit_check.submit")}
          </Button>
          <Button look="quiet" onPress={onBack}>
            {say("kit_check.back")}
          </Button>
        </div>
      </Form>
    </Entrance>
  );
}
