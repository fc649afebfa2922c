import { useState } from "react";
import { useIntl } from "react-intl";
import { useChange } from "../app/queries";
import type { Invitation } from "../core/api-sharing";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { peopleKeys, useInvitations } from "./queries";

/** Invitations that somebody can still join with. Only administrators may read them. */
export function OpenInvitations() {
  const say = useText();
  const invitations = useInvitations();
  const now = Date.now();
  const open = invitations.data?.filter((one) => !one.closed && one.expires_ms > now) ?? [];
  return (
    <section className="access" aria-labelledby="invitations-heading">
      <h2 id="invitations-heading">{say("invite.list")}</h2>
      {invitations.error ? (
        <ErrorNotice error={invitations.error} onRetry={() => void invitations.refetch()} />
      ) : null}
      {invitations.isPending ? <Loading /> : null}
      {invitations.data && open.length === 0 ? (
        <p className="muted">
          <Text id="invite.list.none" />
        </p>
      ) : null}
      {open.length ? (
        <ul className="member-list">
          {open.map((one) => (
            <OpenInvitation key={one.invite} invitation={one} />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function OpenInvitation({ invitation }: { invitation: Invitation }) {
  const say = useText();
  const intl = useIntl();
  const [asking, setAsking] = useState(false);
  const withdraw = useChange("withdraw_invitation", [peopleKeys.invitations]);
  const end = intl.formatDate(invitation.expires_ms, { dateStyle: "medium", timeStyle: "short" });
  return (
    <li className="member">
      <span className="member-text">
        <span className="member-name">{say(`people.role.${invitation.account_role}`)}</span>
        <span className="member-role">
          <Text id="invite.list.line" values={{ inviter: invitation.inviter, end }} />
        </span>
      </span>
      <Button look="quiet" onPress={() => setAsking(true)}>
        {say("invite.withdraw")}
      </Button>
      <ConfirmDialog
        title={say("invite.withdraw.title")}
        isOpen={asking}
        onClose={() => setAsking(false)}
        submit={say("invite.withdraw.submit")}
        change={withdraw}
        onConfirm={() =>
          withdraw.mutate({ invite: invitation.invite }, { onSuccess: () => setAsking(false) })
        }
      >
        <p>
          <Text id="invite.withdraw.text" />
        </p>
      </ConfirmDialog>
    </li>
  );
}
