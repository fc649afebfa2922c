import { CloudOff, CloudUpload, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { FormattedDate } from "react-intl";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { useOutbox, useSend, useTryingAgain } from "./outbox";
import { OutboxDialog } from "./outbox-dialog";

/** Says when the server does not answer, and what is not yet sent. */
export function OutboxBar() {
  const say = useText();
  const outbox = useOutbox();
  const send = useSend();
  const [open, setOpen] = useState(false);
  const { mutate } = send;
  useTryingAgain(outbox?.offline ?? false, mutate);
  const count = outbox?.waiting.length ?? 0;
  if (!outbox || (!outbox.offline && count === 0)) return null;
  const refused = outbox.waiting.filter((change) => change.problem).length;
  const Icon = outbox.offline ? CloudOff : refused > 0 ? TriangleAlert : CloudUpload;
  const state = outbox.offline ? "away" : refused > 0 ? "refused" : "sending";
  return (
    <section className={refused > 0 ? "bar warning" : "bar"} aria-label={say("outbox.label")}>
      <Icon aria-hidden="true" />
      <p role="status">
        <Text id={`outbox.${state}`} values={{ count, refused }} />{" "}
        {outbox.offline ? (
          <Text
            id="outbox.heard"
            values={{
              when: <FormattedDate value={outbox.heard_ms} dateStyle="medium" timeStyle="short" />,
            }}
          />
        ) : null}
      </p>
      {count > 0 ? <Button onPress={() => setOpen(true)}>{say("outbox.open")}</Button> : null}
      {state === "sending" ? null : (
        <Button isPending={send.isPending} onPress={() => mutate()}>
          {say("way.retry")}
        </Button>
      )}
      <OutboxDialog outbox={outbox} isOpen={open && count > 0} onClose={() => setOpen(false)} />
    </section>
  );
}
