import { getRouteApi } from "@tanstack/react-router";
import { useMembers } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";

const route = getRouteApi("/vaults/$vault/members");

/** Who can open a vault, and as what. */
export function MembersPage() {
  const say = useText();
  const { vault } = route.useParams();
  const members = useMembers(vault);
  return (
    <div className="page narrow">
      <h2>{say("members.heading")}</h2>
      <p className="lead">
        <Text id="members.lead" />
      </p>
      {members.error ? (
        <ErrorNotice error={members.error} onRetry={() => void members.refetch()} />
      ) : null}
      {members.isPending ? <Loading /> : null}
      {members.data ? (
        <ul className="member-list">
          {members.data.map((member) => (
            <li key={member.identity} className="member">
              <span className="avatar" aria-hidden="true">
                {[...member.name][0]?.toUpperCase()}
              </span>
              <span className="member-text">
                <span className="member-name">
                  {member.name}
                  {member.you ? (
                    <span className="badge">{say("members.you")}</span>
                  ) : null}
                </span>
                <span className="member-role">{say(`role.${member.role}.can`)}</span>
              </span>
              <span className="badge role">{say(`role.${member.role}`)}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
