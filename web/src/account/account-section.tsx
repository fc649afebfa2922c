import type { ReactNode } from "react";
import type { CoreError } from "../core/problem";
import type { MessageId } from "../i18n/languages";
import { Text, useText } from "../i18n/text";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";

interface SectionProps {
  title: MessageId;
  /** What it is about. */
  text: MessageId;
  /** What it lists. */
  query: { isPending: boolean; error: CoreError | null; refetch: () => unknown };
  children: ReactNode;
}

/** A part of the account that lists something of the server's. */
export function AccountSection({ title, text, query, children }: SectionProps) {
  const say = useText();
  return (
    <section className="section">
      <h2 className="section-title">{say(title)}</h2>
      <p>
        <Text id={text} />
      </p>
      {query.isPending ? <Loading /> : null}
      {query.error ? <ErrorNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {children}
    </section>
  );
}

interface RowProps {
  icon: ReactNode;
  name: string;
  /** Said of the one that is in use here. */
  badge?: string | undefined;
  /** What is known of it. */
  children: ReactNode;
  /** What can be done with it. */
  action: ReactNode;
}

/** One of what is listed. */
export function AccountRow({ icon, name, badge, children, action }: RowProps) {
  return (
    <li className="account-row">
      {icon}
      <div className="account-row-body">
        <p className="account-row-title">
          <bdi>{name}</bdi>
          {badge === undefined ? null : <span className="badge">{badge}</span>}
        </p>
        {children}
      </div>
      {action}
    </li>
  );
}
