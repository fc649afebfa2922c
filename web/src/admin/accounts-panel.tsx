import { Search } from "lucide-react";
import { useState } from "react";
import { Input, SearchField } from "react-aria-components";
import type { OrganisationPerson } from "../core/api";
import { useSize } from "../files/sizes";
import { Text, useText } from "../i18n/text";
import { searchable } from "../records/filter";
import { useMoment } from "../records/values";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { PersonDialog } from "./person-dialog";
import { useAccounts } from "./queries";

/** So many are shown at once; the search finds the others. */
const SHOWN_AT_MOST = 200;
const SEARCH_FROM = 8;

/** Everybody with an account. */
export function AccountsPanel() {
  const say = useText();
  const accounts = useAccounts();
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState<string | null>(null);
  if (accounts.isPending) return <Loading />;
  if (accounts.error && !accounts.data) {
    return <ErrorNotice error={accounts.error} onRetry={() => void accounts.refetch()} />;
  }
  const people = accounts.data;
  const found = people.filter(({ name }) => searchable(name).includes(searchable(search.trim())));
  const chosen = people.find(({ identity }) => identity === open);
  return (
    <>
      {people.length >= SEARCH_FROM ? (
        <SearchField className="search" value={search} onChange={setSearch} aria-label={say("people.search")}>
          <Search aria-hidden="true" />
          <Input className="input" placeholder={say("people.search")} />
        </SearchField>
      ) : null}
      <ul className="member-list">
        {found.slice(0, SHOWN_AT_MOST).map((person) => (
          <AccountItem key={person.identity} person={person} onOpen={() => setOpen(person.identity)} />
        ))}
      </ul>
      {found.length === 0 ? (
        <p className="muted">
          <Text id="people.none_fits" />
        </p>
      ) : null}
      {found.length > SHOWN_AT_MOST ? (
        <p className="muted">
          <Text id="people.more" values={{ shown: SHOWN_AT_MOST, count: found.length }} />
        </p>
      ) : null}
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
      <span className="avatar" aria-hidden="true">
        {[...name][0]?.toUpperCase()}
      </span>
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
