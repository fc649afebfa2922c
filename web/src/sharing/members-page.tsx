import { getRouteApi } from "@tanstack/react-router";
import { useMembers, useVaults } from "../app/queries";
import type { Vault } from "../core/api";
import type { Member } from "../core/api-sharing";
import { Text, useText } from "../i18n/text";
import { Loading } from "../ui/loading";
import { ErrorNotice, Notice } from "../ui/notice";
import { AccessHistory } from "./access-history";
import { LetIn } from "./let-in";
import { MemberItem } from "./member-item";
import { ReadOnlyNotice } from "./read-only-notice";
import { rolesToGive } from "./rights";
import { VaultMenu } from "./vault-menu";

const route = getRouteApi("/vaults/$vault/members");

/** Who can open a vault, as what, since when and by whom; and changing that. */
export function MembersPage() {
  const { vault: id } = route.useParams();
  const vault = useVaults().data?.find((candidate) => candidate.vault === id);
  return vault ? <Members vault={vault} /> : <Loading />;
}

/** The page for a vault that is known. */
export function Members({ vault }: { vault: Vault }) {
  const say = useText();
  const members = useMembers(vault.vault);
  const personal = vault.kind === "personal";
  const mayLetIn = !personal && vault.read_only === null && rolesToGive(vault.role).length > 0;
  return (
    <div className="page narrow">
      <ReadOnlyNotice vault={vault} />
      <div className="page-head">
        <h2>{say("members.heading")}</h2>
        {members.data && !personal ? (
          <div className="actions">
            {mayLetIn ? <LetIn vault={vault} members={members.data} /> : null}
            <VaultMenu vault={vault} members={members.data} />
          </div>
        ) : null}
      </div>
      <p className="lead">
        <Text id={personal ? "members.personal" : "members.lead"} />
      </p>
      {members.error ? (
        <ErrorNotice error={members.error} onRetry={() => void members.refetch()} />
      ) : null}
      {members.isPending ? <Loading /> : null}
      {members.data ? (
        <>
          <ChangedKeys members={members.data} />
          <ul className="member-list">
            {members.data.map((member) => (
              <MemberItem key={member.identity} vault={vault} member={member} />
            ))}
          </ul>
          <p className="footnote">
            <Text id="members.roles" />
          </p>
        </>
      ) : null}
      <AccessHistory vault={vault.vault} />
    </div>
  );
}

/** Members who were compared and have another key since. */
function ChangedKeys({ members }: { members: readonly Member[] }) {
  const say = useText();
  const changed = members.filter((member) => member.comparison === "changed");
  return changed.map((member) => (
    <Notice
      key={member.identity}
      weight="warning"
      title={say("safety.changed.title", { name: member.name })}
    >
      <p>
        <Text id="safety.changed.member" values={{ name: member.name }} />
      </p>
    </Notice>
  ));
}
