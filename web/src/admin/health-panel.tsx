import { CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useIntl } from "react-intl";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { DiskFacts, ShortDisks } from "./disk-space";
import { useHealth } from "./queries";

/** A clock that is further off makes dates in the log look wrong. */
const CLOCK_OFF_MS = 60_000;

/** How the server is, by its own word. */
export function HealthPanel() {
  const say = useText();
  const intl = useIntl();
  const health = useHealth();
  if (health.isPending) return <Loading />;
  if (!health.data) return <ErrorNotice error={health.error} onRetry={() => void health.refetch()} />;
  const { ready, reason, clock_ahead_ms: ahead } = health.data;
  const number = (value: number) => intl.formatNumber(value);
  const clock =
    Math.abs(ahead) < CLOCK_OFF_MS
      ? say("admin.health.clock.right")
      : say("admin.health.clock.off", { minutes: Math.round(Math.abs(ahead) / 60_000) });
  const facts: Array<[string, ReactNode]> = [
    [say("admin.health.version"), health.data.version],
    [
      say("admin.health.write"),
      say("admin.health.write.time", { milliseconds: Math.round(health.data.write_latency_us / 100) / 10 }),
    ],
    [say("admin.health.clock"), clock],
    [say("admin.health.people"), number(health.data.people)],
    [say("admin.health.administrators"), number(health.data.administrators)],
    [say("admin.health.entries"), number(health.data.directory_entries)],
  ];
  return (
    <section className="section">
      <p className={ready ? "admin-ready" : "admin-ready not"} role="status">
        {ready ? <CircleCheck aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
        {ready ? say("admin.health.ready") : say("admin.health.not_ready", { reason: reason ?? "" })}
      </p>
      <ShortDisks disks={health.data.disks} />
      {health.data.administrators === 1 ? (
        <p className="muted">
          <Text id="admin.health.one_administrator" />
        </p>
      ) : null}
      <dl className="admin-facts">
        <DiskFacts disks={health.data.disks} />
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="actions">
        <Button onPress={() => void health.refetch()} isPending={health.isFetching}>
          {say("admin.health.again")}
        </Button>
      </div>
    </section>
  );
}
