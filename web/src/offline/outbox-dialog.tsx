import { useState } from "react";
import { keys, useChange, useTables } from "../app/queries";
import type { Outbox, WaitingChange } from "../core/api-offline";
import { sentenceFor } from "../core/error-sentences";
import { CoreError } from "../core/problem";
import { Text, useText } from "../i18n/text";
import { namingField, useMoment, useTitles } from "../records/values";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { ErrorNotice } from "../ui/notice";

interface Props {
  outbox: Outbox;
  isOpen: boolean;
  onClose: () => void;
}

/** Each change that waits, with what was typed, and why it waits. */
export function OutboxDialog({ outbox, isOpen, onClose }: Props) {
  const say = useText();
  return (
    <Dialog title={say("outbox.label")} isOpen={isOpen} onClose={onClose}>
      <p className="muted">
        <Text id="outbox.explained" />
      </p>
      <ul className="outbox">
        {outbox.waiting.map((change, place) => (
          <Change key={`${change.record} ${place}`} change={change} />
        ))}
      </ul>
    </Dialog>
  );
}

function Change({ change }: { change: WaitingChange }) {
  const say = useText();
  const moment = useMoment();
  const titles = useTitles();
  const table = useTables().data?.find(({ name }) => name === change.table);
  const discard = useChange("discard_waiting", [keys.anyVault, keys.vaults]);
  const [asked, setAsked] = useState(false);
  const naming = table && namingField(table);
  const title = table && naming ? titles.value(table, naming, change.fields[naming.name]) : "";
  const typed = table?.fields.filter(
    ({ name }) => name !== naming?.name && (change.fields[name] ?? "") !== "",
  );
  const refused = change.problem ? new CoreError(change.problem) : undefined;
  return (
    <li>
      <strong>
        <bdi>{title || say("record.title")}</bdi>
      </strong>
      <span className="muted">
        <bdi>{change.vault_name}</bdi> · {moment(change.made_ms)}
        {change.deleted ? ` · ${say("outbox.deleted")}` : ""}
      </span>
      {refused ? (
        <p className="outbox-problem">
          {say(sentenceFor(refused).title)}. <Text id={sentenceFor(refused).text} />
        </p>
      ) : null}
      {refused && table ? (
        <dl className="outbox-fields">
          {typed?.map((field) => (
            <div key={field.name}>
              <dt>{titles.field(table, field)}</dt>
              <dd>
                <bdi>{titles.value(table, field, change.fields[field.name])}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {discard.error ? <ErrorNotice error={discard.error} /> : null}
      <div className="actions">
        {asked ? (
          <>
            <span>{say("outbox.discard.sure")}</span>
            <Button look="quiet" onPress={() => setAsked(false)}>
              {say("cancel")}
            </Button>
            <Button
              look="danger"
              isPending={discard.isPending}
              onPress={() => discard.mutate({ record: change.record })}
            >
              {say("outbox.discard")}
            </Button>
          </>
        ) : (
          <Button look="quiet" onPress={() => setAsked(true)}>
            {say("outbox.discard")}
          </Button>
        )}
      </div>
    </li>
  );
}
