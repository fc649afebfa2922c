import { FileDown, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useIntl } from "react-intl";
import type { AuditEvent, AuditLine } from "../core/api";
import { csvLines, neutralised } from "../exchange/csv";
import { nameToSave, saveBlob } from "../files/delivery";
import { Text, useText, type Say } from "../i18n/text";
import { searchable } from "../records/filter";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { SearchBox } from "../ui/search-box";
import { useAuditLog } from "./queries";

const PAGE_LINES = 100;
const ALL = "all";

const kinds = {
  people: ["genesis", "invite", "withdraw_invite", "join", "retire"],
  rights: ["account_role", "recover", "policy"],
  devices: ["device", "revoke_device", "revoke_device_of"],
  keys: ["renew_keys", "renew_identity"],
} as const satisfies Record<string, readonly AuditEvent[]>;
type Kind = keyof typeof kinds;

/** What happened, as a sentence. */
export function lineText(say: Say, date: (ms: number) => string, line: AuditLine): string {
  return say(`admin.log.${line.event}`, {
    author: line.author,
    subject: line.subject ?? "",
    device: line.device,
    role: line.role ? say(`people.role.${line.role}`) : "",
    until: line.expires_ms === null ? "" : date(line.expires_ms),
    pixels: line.image_max_pixels ?? 0,
    days: line.offline_max_days ?? 0,
  });
}

/** The organisation's signed log, checked on this device. */
export function LogPanel() {
  const say = useText();
  const intl = useIntl();
  const log = useAuditLog();
  const [search, setSearch] = useState("");
  const [kind, setKind] = useState<string>(ALL);
  const [shown, setShown] = useState(PAGE_LINES);
  if (log.isPending) return <Loading />;
  if (!log.data) return <ErrorNotice error={log.error} onRetry={() => void log.refetch()} />;
  const when = (ms: number) => intl.formatDate(ms, { dateStyle: "medium", timeStyle: "short" });
  const words = searchable(search).split(/\s+/).filter(Boolean);
  const events: readonly AuditEvent[] | undefined = kinds[kind as Kind];
  const found = log.data.lines
    .filter(({ event }) => events?.includes(event) ?? true)
    .map((line) => ({ line, text: lineText(say, when, line) }))
    .filter(({ line, text }) => {
      const whole = searchable(`${text} ${line.author} ${line.device} ${when(line.appended_ms)}`);
      return words.every((word) => whole.includes(word));
    });
  const exportAll = () => {
    const heading = ["number", "time", "who", "device", "what"] as const;
    const rows = found.map(({ line, text }) => [
      String(line.index),
      new Date(line.appended_ms).toISOString(),
      neutralised(line.author),
      neutralised(line.device),
      neutralised(text),
    ]);
    const text = `\u{feff}${csvLines([heading.map((name) => say(`admin.log.column.${name}`)), ...rows], ",")}`;
    saveBlob(new Blob([text], { type: "text/csv" }), nameToSave(`${say("admin.part.log")}.csv`));
  };
  return (
    <>
      <p className="admin-proven">
        <ShieldCheck aria-hidden="true" />
        <span>
          <Text id="admin.log.proven" values={{ count: log.data.total }} />
        </span>
      </p>
      <div className="exchange-fields admin-log-tools">
        <SearchBox label={say("admin.log.search")} value={search} onChange={setSearch} />
        <Choice
          label={say("admin.log.kind")}
          options={[ALL, ...Object.keys(kinds)].map((id) => ({
            id,
            label: say(`admin.log.kind.${id as Kind | typeof ALL}`),
          }))}
          value={kind}
          onChange={setKind}
        />
      </div>
      {found.length === 0 ? (
        <p className="muted">
          <Text id="admin.log.none" />
        </p>
      ) : (
        <ol className="admin-log">
          {found.slice(0, shown).map(({ line, text }) => (
            <li key={line.index}>
              <time dateTime={new Date(line.appended_ms).toISOString()}>{when(line.appended_ms)}</time>
              <span className="admin-log-text">
                <bdi>{text}</bdi>
                <span className="muted">
                  <bdi>{line.device}</bdi>
                </span>
              </span>
            </li>
          ))}
        </ol>
      )}
      <div className="actions">
        {found.length > shown ? (
          <Button onPress={() => setShown(shown + PAGE_LINES)}>{say("admin.log.more")}</Button>
        ) : null}
        <Button onPress={exportAll} isDisabled={found.length === 0}>
          <FileDown aria-hidden="true" />
          {say("admin.log.export", { count: found.length })}
        </Button>
      </div>
    </>
  );
}
