import { useState } from "react";
import type { OrganisationPerson } from "../core/api";
import { useSize } from "../files/sizes";
import { useText } from "../i18n/text";
import { useMoment } from "../records/values";
import { SearchedPeople } from "../sharing/searched-people";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { PersonDialog } from "./person-dialog";
import { useAccounts } from "./queries";

/** Everybody with an account. */
export function AccountsPanel() {
  const accounts = useAccounts();
  const [open, setOpen] = useState<string | null>(null);
  if (accounts.isPending) return <Loading />;
  if (accounts.error && !accounts.data) {
    return <ErrorNotice error={accounts.error} onRetry={() => void accounts.refetch()} />;
  }
  const people = accounts.data;
  const chosen = people.find(({ identity }) => identity === open);
  return (
    <>
      <SearchedPeople people={people}>
        {(person) => (
          <AccountItem key={person.identity} person={person} onOpen={() => setOpen(person.identity)} />
        )}
      </SearchedPeople>
      {chosen ? <PersonDialog key={chosen.identity} person={chosen} onClose={() => setOpen(null)} /> : null}
    </>
  );
}

function AccountItem({ person, onOpen }: { person: OrganisationPerson; onOpen: () => void }) {
  const say = useText();
  const moment = useMoment();
  const size = useSize();
  const { name, quota, used_bytes: used, last_seen_ms: seen } = person;
  const limit = quota.total_max_bytes;
  return (
    <li className={person.retired ? "member retired" : "member"}>
      <Avatar name={name} />
      <span className="member-text">
        <span className="member-name">
          <bdi>{name}</bdi>
          {person.you ? <span className="badge">{say("members.you")}</span> : null}
          {person.account_role === "admin" ? <span className="badge role">{say("people.role.admin")}</span> : null}
          {person.retired ? <span className="badge danger">{say("people.retired")}</span> : null}
          {!person.recovery_confirmed && !person.retired ? (
            <span className="badge">{say("admin.no_kit")}</span>
          ) : null}
        </span>
        <span className="member-role">
          {seen === null ? say("admin.never_seen") : say("admin.seen", { when: moment(seen) })}
          {" · "}
          {limit === null
            ? say("admin.used", { used: size(used) })
            : say("admin.used_of", { used: size(used), limit: size(limit) })}
        </span>
        {limit === null || limit === 0 ? null : (
          <progress
            className="progress"
            value={Math.min(used, limit)}
            max={limit}
            aria-label={say("admin.used_of", { used: size(used), limit: size(limit) })}
          />
        )}
      </span>
      <Button onPress={onOpen} aria-label={say("admin.manage_person", { name })}>
        {say("admin.manage")}
      </Button>
    </li>
  );
}
