import { ArrowLeft } from "lucide-react";
import { useHistory } from "../app/queries";
import type { RecordVersion, TableDefinition } from "../core/api";
import { useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { changedElsewhere } from "./form";
import { Panel } from "./panel";
import { usePlace } from "./use-place";
import { useMoment, useTitles } from "./values";

/** All versions of a record, newest first, each with what it changed. */
export function RecordHistory() {
  const { vault, table, record } = usePlace();
  return vault && table && record ? (
    <Versions vault={vault.vault} table={table} record={record} />
  ) : null;
}

function Versions({
  vault,
  table,
  record,
}: {
  vault: string;
  table: TableDefinition;
  record: string;
}) {
  const say = useText();
  const { toTable, toRecord } = usePlace();
  const history = useHistory(vault, record);
  const byId = new Map(history.data?.map((version) => [version.version, version]));
  return (
    <Panel title={say("history.title")} onClose={toTable}>
      <div className="panel-form">
        <div className="actions">
          <Button onPress={() => toRecord(record)}>
            <ArrowLeft aria-hidden="true" />
            {say("history.back")}
          </Button>
        </div>
        {history.error ? (
          <ErrorNotice error={history.error} onRetry={() => void history.refetch()} />
        ) : null}
        {history.isPending ? <Loading /> : null}
        <ol className="versions">
          {history.data?.map((version) => (
            <Version
              key={version.version}
              table={table}
              version={version}
              before={byId.get(version.parents[0] ?? "")}
            />
          ))}
        </ol>
      </div>
    </Panel>
  );
}

interface VersionProps {
  table: TableDefinition;
  version: RecordVersion;
  before: RecordVersion | undefined;
}

function Version({ table, version, before }: VersionProps) {
  const say = useText();
  const titles = useTitles();
  const moment = useMoment();
  const changed = changedElsewhere(table, before?.fields ?? {}, version.fields);
  const unreadable = version.damage !== null && !version.erased;
  return (
    <li className="version">
      <p className="version-head">
        <strong>{version.author}</strong> <span className="muted">{moment(version.appended_ms)}</span>
        {version.current ? <span className="badge">{say("history.current")}</span> : null}
        {version.deleted ? <span className="badge">{say("history.deleted")}</span> : null}
        {version.parents.length === 0 ? <span className="badge">{say("history.first")}</span> : null}
      </p>
      {version.erased ? <p className="muted">{say("history.erased")}</p> : null}
      {unreadable ? <p className="muted">{say("records.damage")}</p> : null}
      {version.erased || version.deleted || unreadable ? null : (
        <dl className="changes">
          {changed.map((field) => (
            <div key={field.name}>
              <dt>{titles.field(table, field)}</dt>
              <dd>
                {before ? (
                  <>
                    <del>{titles.value(table, field, before.fields[field.name]) || "—"}</del>{" "}
                  </>
                ) : null}
                <ins>{titles.value(table, field, version.fields[field.name]) || "—"}</ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
