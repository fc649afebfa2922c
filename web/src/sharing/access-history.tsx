import {
  CirclePlus,
  DoorOpen,
  KeyRound,
  Pencil,
  UserMinus,
  UserPlus,
  UserRoundCog,
  UserX,
  type LucideIcon,
} from "lucide-react";
import { useState } from "react";
import { useIntl } from "react-intl";
import type { AccessEvent, AccessEventName } from "../core/api-sharing";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { useAccessHistory } from "./queries";

const SHOWN_AT_FIRST = 8;

const icons: Record<AccessEventName, LucideIcon> = {
  created: CirclePlus,
  let_in: UserPlus,
  role: UserRoundCog,
  removed: UserMinus,
  left: DoorOpen,
  retired: UserX,
  keys_renewed: KeyRound,
  renamed: Pencil,
};

/** Who gave access to whom, newest first. */
export function AccessHistory({ vault }: { vault: string }) {
  const say = useText();
  const history = useAccessHistory(vault);
  const [all, setAll] = useState(false);
  const events = history.data ?? [];
  const shown = all ? events : events.slice(0, SHOWN_AT_FIRST);
  return (
    <section className="access" aria-labelledby="access-heading">
      <h2 id="access-heading">{say("access.heading")}</h2>
      <p className="muted">
        <Text id="access.lead" />
      </p>
      {history.error ? (
        <ErrorNotice error={history.error} onRetry={() => void history.refetch()} />
      ) : null}
      {history.isPending ? <Loading /> : null}
      {shown.length ? (
        <ol className="access-list">
          {shown.map((event) => (
            <AccessLine key={`${event.index} ${event.person ?? ""}`} event={event} />
          ))}
        </ol>
      ) : null}
      {shown.length < events.length ? (
        <Button look="quiet" onPress={() => setAll(true)}>
          {say("access.show_all", { count: events.length })}
        </Button>
      ) : null}
    </section>
  );
}

function AccessLine({ event }: { event: AccessEvent }) {
  const say = useText();
  const intl = useIntl();
  const Icon = icons[event.what];
  const values = {
    author: event.author,
    person: event.person ?? "",
    role: event.role ? say(`role.${event.role}`) : "",
  };
  const when = new Date(event.appended_ms);
  return (
    <li className="access-line">
      <Icon aria-hidden="true" />
      <span>
        <Text id={`access.event.${event.what}`} values={values} />
      </span>
      <time dateTime={when.toISOString()} className="muted">
        {intl.formatDate(when, { dateStyle: "medium", timeStyle: "short" })}
      </time>
    </li>
  );
}
