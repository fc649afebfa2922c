import { Eye, KeyRound, Printer } from "lucide-react";
import type { ReactNode } from "react";
import { Text, useText } from "../i18n/text";
import { Brand } from "../ui/brand";
import { LookMenu } from "../settings/look-menu";

/** The page before somebody is in: what Strongroom is on one side, what to do on the other. */
export function Entrance({ title, step, children }: { title: string; step?: string; children: ReactNode }) {
  const say = useText();
  return (
    <div className="entrance">
      <aside className="entrance-side" aria-label={say("entrance.about")}>
        <Brand />
        <p className="entrance-claim">
          <Text id="entrance.claim" />
        </p>
        <ul className="promises">
          <li>
            <KeyRound aria-hidden="true" />
            <Text id="entrance.promise.keys" />
          </li>
          <li>
            <Eye aria-hidden="true" />
            <Text id="entrance.promise.blind" />
          </li>
          <li>
            <Printer aria-hidden="true" />
            <Text id="entrance.promise.kit" />
          </li>
        </ul>
      </aside>
      <main className="entrance-main">
        <div className="entrance-look">
          <LookMenu />
        </div>
        <div className="entrance-card">
          {step ? <p className="step">{step}</p> : null}
          <h1>{title}</h1>
          {children}
        </div>
      </main>
    </div>
  );
}
