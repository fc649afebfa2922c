import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Label, Radio, RadioGroup } from "react-aria-components";
import { keys, useAsk, useChange } from "../app/queries";
import type { FieldValue, Fields, RecordVersion, TableDefinition } from "../core/api";
import type { Row, SideBySide } from "../core/record-methods";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice, Notice } from "../ui/notice";
import { useReread } from "./rows";
import { useMoment, useTitles } from "./values";

interface Props {
  vault: string;
  table: TableDefinition;
  record: Row;
  writes: boolean;
}

/** Versions of a record that two people wrote at once, beside each other: one is chosen for each field. */
export function Conflict({ vault, table, record, writes }: Props) {
  const say = useText();
  const ask = useAsk();
  const sides = useQuery({
    queryKey: [...keys.sideBySide(vault, record.record), record.version, record.conflicts],
    queryFn: () => ask("side_by_side", { vault, record: record.record }),
  });
  return (
    <Notice weight="warning" title={say("records.conflict")}>
      <p>
        <Text id={writes ? "conflict.lead" : "conflict.reader"} />
      </p>
      {sides.error ? <ErrorNotice error={sides.error} onRetry={() => void sides.refetch()} /> : null}
      {sides.isPending ? <Loading /> : null}
      {sides.data ? (
        <Settle key={record.version} vault={vault} table={table} record={record} sides={sides.data} writes={writes} />
      ) : null}
    </Notice>
  );
}

/** Fields in which the versions differ. */
export function differing(table: TableDefinition, versions: readonly RecordVersion[]) {
  return table.fields.filter(
    ({ name }) => new Set(versions.map((version) => version.fields[name] ?? null)).size > 1,
  );
}

/** What is written: the proposal, with what was chosen for each field that differs. */
export function settled(
  table: TableDefinition,
  sides: SideBySide,
  chosen: Readonly<Record<string, number>>,
): Fields {
  return Object.fromEntries(
    differing(table, sides.versions).map(({ name }) => {
      const side = chosen[name];
      const value: FieldValue | undefined =
        side === undefined ? sides.proposal[name] : sides.versions[side]?.fields[name];
      return [name, value ?? null];
    }),
  );
}

function Settle({ vault, table, record, sides, writes }: Props & { sides: SideBySide }) {
  const say = useText();
  const titles = useTitles();
  const moment = useMoment();
  const reread = useReread();
  const merge = useChange("edit_record");
  const fields = differing(table, sides.versions);
  const [chosen, setChosen] = useState<Record<string, number>>(() =>
    Object.fromEntries(fields.flatMap(({ name }) => proposedSide(sides, name))),
  );
  const open = fields.filter(({ name }) => chosen[name] === undefined).length;
  const write = () =>
    merge.mutate(
      {
        vault,
        record: record.record,
        version: record.version,
        fields: settled(table, sides, chosen),
        merge: true,
      },
      { onSettled: () => void reread(vault) },
    );
  const who = (version: RecordVersion) =>
    say("conflict.side", { name: version.author, when: moment(version.appended_ms) });
  return (
    <div className="sides">
      {fields.map((field) => (
        <RadioGroup
          key={field.name}
          className="side-field"
          value={String(chosen[field.name] ?? "")}
          onChange={(side) => setChosen({ ...chosen, [field.name]: Number(side) })}
          isReadOnly={!writes}
        >
          <Label className="side-label">{titles.field(table, field)}</Label>
          <div className="side-values">
            {sides.versions.map((version, place) => (
              <Radio key={version.version} value={String(place)} className="side-value">
                <span className="side-who">{who(version)}</span>
                <bdi className="side-text">
                  {version.deleted
                    ? say("conflict.deleted")
                    : titles.value(table, field, version.fields[field.name]) || "—"}
                </bdi>
              </Radio>
            ))}
          </div>
        </RadioGroup>
      ))}
      {fields.length === 0 ? (
        <p>
          <Text id="conflict.same" />
        </p>
      ) : null}
      {merge.error ? <ErrorNotice error={merge.error} kept /> : null}
      {writes ? (
        <div className="actions">
          <Button look="primary" onPress={write} isPending={merge.isPending} isDisabled={open > 0}>
            {say("conflict.settle")}
          </Button>
          {open > 0 ? <span className="muted">{say("conflict.open", { count: open })}</span> : null}
        </div>
      ) : null}
    </div>
  );
}

/** The version whose value is proposed; none where people must decide. */
function proposedSide(sides: SideBySide, name: string): Array<[string, number]> {
  if (sides.undecided.includes(name)) return [];
  const place = sides.versions.findIndex(
    (version) => (version.fields[name] ?? null) === (sides.proposal[name] ?? null),
  );
  return place < 0 ? [] : [[name, place]];
}
