import { Link } from "@tanstack/react-router";
import { Users } from "lucide-react";
import type { ReactNode } from "react";
import { TransferPanel } from "../files/transfer-panel";
import { TransfersProvider } from "../files/transfers-context";
import { RenewalBar } from "../account/renewal-bar";
import { useText } from "../i18n/text";
import { OutboxBar } from "../offline/outbox-bar";
import { SignInAgain } from "../sign-in/sign-in-again";
import { AccountMenu } from "../settings/account-menu";
import { Brand } from "../ui/brand";
import { EncryptedHere } from "../ui/encrypted-here";
import { useLiveChanges, useStatus } from "./queries";

/** What stands around every page of a signed-in person. */
export function Shell({ children }: { children: ReactNode }) {
  const say = useText();
  const { data: status } = useStatus();
  useLiveChanges();
  const name = status?.name ?? "";
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {say("skip")}
      </a>
      <header className="top">
        <Link to="/" className="top-home" aria-label={say("nav.brand")}>
          <Brand />
        </Link>
        <div className="top-end">
          <EncryptedHere />
          <Link to="/people" className="button quiet people-link" aria-label={say("people.title")}>
            <Users aria-hidden="true" />
            <span className="wide-only">{say("people.title")}</span>
          </Link>
          <AccountMenu name={name} />
        </div>
      </header>
      <TransfersProvider>
        <OutboxBar />
        <RenewalBar />
        <main className="content" id="content" tabIndex={-1}>
          {children}
        </main>
        <TransferPanel />
      </TransfersProvider>
      <SignInAgain name={name} />
    </div>
  );
}
