import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { Colleague } from "../core/api-sharing";
import { Text, useText } from "../i18n/text";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { ComparisonBadge } from "./comparison-badge";
import { InviteColleague } from "./invite-colleague";
import { OpenInvitations } from "./open-invitations";
import { useColleagues } from "./queries";
import { SafetyDialog } from "./safety-dialog";
import { SearchedPeople } from "./searched-people";

/** The people of the organisation. */
export function PeoplePage() {
  const say = useText();
  const colleagues = useColleagues();
  const administrator =
    colleagues.data?.some((person) => person.you && person.account_role === "admin") ?? false;
  return (
    <div className="page narrow">
      <div className="page-head">
        <h1>{say("people.title")}</h1>
        {administrator ? <InviteColleague /> : null}
      </div>
      <p className="lead">
        <Text id="people.lead" />
      </p>
      {colleagues.error ? (
        <ErrorNotice error={colleagues.error} onRetry={() => void colleagues.refetch()} />
      ) : null}
      {colleagues.isPending ? <Loading /> : null}
      {colleagues.data ? (
        <SearchedPeople people={colleagues.data}>
          {(person) => <PersonItem key={person.identity} person={person} />}
        </SearchedPeople>
      ) : null}
      {administrator ? <OpenInvitations /> : null}
    </div>
  );
}

function PersonItem({ person }: { person: Colleague }) {
  const say = useText();
  const [comparing, setComparing] = useState(false);
  const { name, you, retired } = person;
  return (
    <li className={retired ? "member retired" : "member"}>
      <Avatar name={name} />
      <span className="member-text">
        <span className="member-name">
          <bdi>{name}</bdi>
          {you ? <span className="badge">{say("members.you")}</span> : null}
          {retired ? <span className="badge">{say("people.retired")}</span> : null}
          <ComparisonBadge comparison={person.comparison} />
        </span>
        <span className="member-role">{say(`people.role.${person.account_role}`)}</span>
      </span>
      {you || retired ? null : (
        <>
          <Button look="quiet" onPress={() => setComparing(true)} aria-label={say("safety.open_of", { name })}>
            <ShieldCheck aria-hidden="true" />
            <span className="wide-only">{say("safety.open")}</span>
          </Button>
          <SafetyDialog
            identity={person.identity}
            name={name}
            isOpen={comparing}
            onClose={() => setComparing(false)}
          />
        </>
      )}
    </li>
  );
}
