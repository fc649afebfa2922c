import { EyeOff } from "lucide-react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { Link } from "@tanstack/react-router";
import { NotFound } from "../app/not-found";
import { Text, useText } from "../i18n/text";
import { Loading } from "../ui/loading";
import { AccountsPanel } from "./accounts-panel";
import { HealthPanel } from "./health-panel";
import { LimitsPanel } from "./limits-panel";
import { LogPanel } from "./log-panel";
import { useIsAdministrator } from "./queries";

const parts = ["people", "limits", "log", "health"] as const;
const panels = { people: AccountsPanel, limits: LimitsPanel, log: LogPanel, health: HealthPanel };

/** What administrators do, and what they cannot. */
export default function AdministrationPage() {
  const say = useText();
  const isAdministrator = useIsAdministrator();
  if (isAdministrator === undefined) return <Loading />;
  if (!isAdministrator) return <NotFound />;
  return (
    <div className="page admin">
      <div className="page-head">
        <h1>{say("admin.title")}</h1>
      </div>
      <div className="admin-face">
        <EyeOff aria-hidden="true" />
        <div>
          <p className="strong">{say("admin.blind.title")}</p>
          <p>
            <Text id="admin.blind.text" />
          </p>
          <details>
            <summary>{say("admin.blind.more")}</summary>
            <ul className="admin-sees">
              {(["names", "times", "sizes", "members", "log"] as const).map((what) => (
                <li key={what}>{say(`admin.sees.${what}`)}</li>
              ))}
            </ul>
            <p>
              <Text id="admin.blind.never" />
            </p>
          </details>
        </div>
      </div>
      <Tabs>
        <TabList className="admin-tabs" aria-label={say("admin.title")}>
          {parts.map((part) => (
            <Tab key={part} id={part} className="admin-tab">
              {say(`admin.part.${part}`)}
            </Tab>
          ))}
        </TabList>
        {parts.map((part) => {
          const Panel = panels[part];
          return (
            <TabPanel key={part} id={part} className="admin-panel">
              <Panel />
            </TabPanel>
          );
        })}
      </Tabs>
      <p className="muted">
        <Text id="admin.invitations" />{" "}
        <Link to="/people">{say("people.title")}</Link>
      </p>
    </div>
  );
}
