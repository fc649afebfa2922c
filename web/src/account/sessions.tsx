import { MonitorSmartphone } from "lucide-react";
import { useState } from "react";
import { FormattedDate, FormattedRelativeTime } from "react-intl";
import { useChange } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { ErrorNotice, Notice } from "../ui/notice";
import { accountKeys, useSessions } from "./account-queries";
import { AccountRow, AccountSection } from "./account-section";
import { ago } from "./time";

const touched = [accountKeys.sessions, accountKeys.devices] as const;

/** From where the account is open now. */
export function Sessions() {
  const say = useText();
  const sessions = useSessions();
  const end = useChange("end_session", touched);
  const endOthers = useChange("end_other_sessions", touched);
  const [asking, setAsking] = useState(false);
  const others = sessions.data?.filter((session) => !session.current).length ?? 0;
  return (
    <AccountSection title="sessions.title" text="sessions.text" query={sessions}>
      <ul className="account-rows" aria-label={say("sessions.title")}>
        {sessions.data?.map((session) => (
          <AccountRow
            key={session.session}
            icon={<MonitorSmartphone aria-hidden="true" />}
            name={session.device_name}
            badge={session.current ? say("sessions.this") : undefined}
            action={
              session.current ? null : (
                <Button
                  look="quiet"
                  aria-label={say("sessions.end.named", { name: session.device_name })}
                  isPending={end.isPending && end.variables.session === session.session}
                  onPress={() => end.mutate({ session: session.session })}
                >
                  {say("sessions.end")}
                </Button>
              )
            }
          >
            <p className="muted">
              <Text
                id="sessions.since"
                values={{
                  since: <FormattedDate value={session.created_ms} dateStyle="medium" timeStyle="short" />,
                  when: <FormattedRelativeTime {...ago(session.last_seen_ms)} />,
                }}
              />
            </p>
          </AccountRow>
        ))}
      </ul>
      {end.error ? <ErrorNotice error={end.error} /> : null}
      {endOthers.data ? (
        <Notice weight="info">
          <p role="status">{say("sessions.ended", { count: endOthers.data.ended })}</p>
        </Notice>
      ) : null}
      {others > 0 ? (
        <div className="actions">
          <Button onPress={() => setAsking(true)}>{say("sessions.end_others")}</Button>
        </div>
      ) : null}
      <ConfirmDialog
        title={say("sessions.end_others.title")}
        isOpen={asking}
        onClose={() => setAsking(false)}
        submit={say("sessions.end_others")}
        change={endOthers}
        onConfirm={() => endOthers.mutate({}, { onSuccess: () => setAsking(false) })}
      >
        <p>
          <Text id="sessions.end_others.text" />
        </p>
      </ConfirmDialog>
    </AccountSection>
  );
}
