import { useMemo, useState } from "react";
import { Label, Radio, RadioGroup } from "react-aria-components";
import type { TableDefinition, Vault } from "../core/api";
import { Text, useText } from "../i18n/text";
import type { Messages } from "../i18n/languages";
import { useTitles } from "../records/values";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { Loading } from "../ui/loading";
import { Notice } from "../ui/notice";
import type { Reading } from "./cells";
import type { Separator } from "./csv";
import { encodings, type Encoding } from "./encoding";
import { ImportRun } from "./import-run";
import { claimedTwice, guessMapping, ID_TARGET, type Target } from "./mapping";
import { modes, type ImportOptions, type Mode } from "./plan";
import { choicesOf, titlesOf, useAllMessages, useHabits } from "./queries";
import type { CsvOptions } from "./sheet";
import type { PackedFiles } from "./archive";
import { LIMITS, type Source } from "./source";
import { useSheet, type OpenedSheet } from "./use-sheet";

interface Props {
  vault: Vault;
  tables: TableDefinition[];
  fileName: string;
  sources: Source[];
  packed: PackedFiles;
  onOther: () => void;
}

/** A chosen file: which of its sheets goes into which table, and how it is read. */
export function ImportForm({ vault, tables, fileName, sources, packed, onOther }: Props) {
  const say = useText();
  const titles = useTitles();
  const [sourceName, setSourceName] = useState(sources[0]?.name ?? "");
  const [tableName, setTableName] = useState(() => guessTable(tables, sources[0]?.name ?? fileName, titles.table));
  const [csv, setCsv] = useState<CsvOptions | null>(null);
  const source = sources.find(({ name }) => name === sourceName);
  const table = tables.find(({ name }) => name === tableName);
  if (!source || !table) return null;
  return (
    <div className="import" ref={bringIntoSight}>
      <div className="exchange-file">
        <p>
          <bdi className="strong">{fileName}</bdi>
        </p>
        <Button look="quiet" onPress={onOther}>
          {say("import.other")}
        </Button>
      </div>
      <div className="exchange-fields">
        {sources.length > 1 ? (
          <Choice
            label={say("import.sheet")}
            options={sources.map(({ name }) => ({ id: name, label: name }))}
            value={sourceName}
            onChange={(name) => {
              setSourceName(name);
              setTableName(guessTable(tables, name, titles.table));
              setCsv(null);
            }}
          />
        ) : null}
        <Choice
          label={say("import.table")}
          options={tables.map((table) => ({ id: table.name, label: titles.table(table) }))}
          value={tableName}
          onChange={setTableName}
        />
      </div>
      <ReadSheet
        key={`${sourceName} ${tableName}`}
        vault={vault}
        table={table}
        source={source}
        packed={packed}
        csv={csv}
        onCsv={setCsv}
      />
    </div>
  );
}

/** What was chosen stands at the end of a long page. */
function bringIntoSight(form: HTMLElement | null): void {
  form?.scrollIntoView?.({ block: "start" });
}

/** The table that a file's name speaks of, else the first. */
function guessTable(tables: TableDefinition[], name: string, title: (table: TableDefinition) => string): string {
  const text = name.toLowerCase();
  const named = tables.find((table) =>
    [table.name, table.title, title(table)].some((known) => text.includes(known.toLowerCase())),
  );
  return (named ?? tables[0])?.name ?? "";
}

interface ReadSheetProps {
  vault: Vault;
  table: TableDefinition;
  source: Source;
  packed: PackedFiles;
  csv: CsvOptions | null;
  onCsv: (csv: CsvOptions) => void;
}

function ReadSheet({ vault, table, source, packed, csv, onCsv }: ReadSheetProps) {
  const say = useText();
  const { opened, problem } = useSheet(source, table.name, csv);
  const { data: messages } = useAllMessages();
  if (problem) {
    return (
      <Notice weight="error" title={say("import.problem.title")}>
        <p>
          <Text id={`import.problem.${problem}`} values={LIMITS} />
        </p>
      </Notice>
    );
  }
  if (!opened || !messages) return <Loading />;
  return (
    <>
      {opened.csv ? <CsvFields csv={opened.csv} onChange={onCsv} /> : null}
      <Mapped
        key={opened.sheet.columns.join("\n")}
        vault={vault}
        table={table}
        opened={opened}
        packed={packed}
        messages={messages}
      />
    </>
  );
}

const separators: readonly Separator[] = [",", ";", "\t"];
const separatorNames = { ",": "comma", ";": "semicolon", "\t": "tab" } as const;

function CsvFields({ csv, onChange }: { csv: CsvOptions; onChange: (csv: CsvOptions) => void }) {
  const say = useText();
  return (
    <div className="exchange-fields">
      <Choice
        label={say("import.encoding")}
        options={encodings.map((id) => ({ id, label: id.toUpperCase() }))}
        value={csv.encoding}
        onChange={(encoding) => onChange({ ...csv, encoding: encoding as Encoding })}
      />
      <Choice
        label={say("import.separator")}
        options={separators.map((id) => ({ id: separatorNames[id], label: say(`import.separator.${separatorNames[id]}`) }))}
        value={separatorNames[csv.separator]}
        onChange={(name) => {
          const separator = separators.find((id) => separatorNames[id] === name);
          if (separator) onChange({ ...csv, separator });
        }}
      />
    </div>
  );
}

interface MappedProps {
  vault: Vault;
  table: TableDefinition;
  opened: OpenedSheet;
  packed: PackedFiles;
  messages: Messages[];
}

/** Stands for "take no column" and "match by nothing" in a choice, which has no empty value. */
const NOTHING = "-";

function Mapped({ vault, table, opened, packed, messages }: MappedProps) {
  const say = useText();
  const titles = useTitles();
  const habits = useHabits();
  const { sheet, csv, preview } = opened;
  const [mapping, setMapping] = useState<Target[]>(() =>
    guessMapping(table, sheet.columns, (field) => titlesOf(messages, table, field)),
  );
  const [mode, setMode] = useState<Mode>("merge");
  const [key, setKey] = useState<string | null>(() => firstKey(table, mapping));
  // What an export for programs has written needs no guess about its author's habits.
  const [reading, setReading] = useState<Reading>(() => ({
    dates: habits.dates,
    decimal: csv?.separator === ";" ? "," : csv ? "." : habits.decimal,
  }));
  const options = useMemo(
    (): ImportOptions => ({ table, mapping, mode, key, reading, choices: choicesOf(messages, table) }),
    [table, mapping, mode, key, reading, messages],
  );
  const label = (target: string) => {
    const field = table.fields.find(({ name }) => name === target);
    return field ? titles.field(table, field) : say("import.id");
  };
  const twice = claimedTwice(mapping);
  const taken = mapping.filter((target) => target !== null);
  const missing = table.fields.filter(({ name, required }) => required && !taken.includes(name));
  const targets = [
    { id: NOTHING, label: say("import.column.none") },
    { id: ID_TARGET, label: say("import.id") },
    ...table.fields.map((field) => ({ id: field.name, label: titles.field(table, field) })),
  ];
  const map = (place: number, target: string) => {
    const next = mapping.map((old, at) => (at === place ? (target === NOTHING ? null : target) : old));
    setMapping(next);
    if (key !== null && !next.includes(key)) setKey(firstKey(table, next));
  };
  return (
    <>
      <div>
        <h4>{say("import.columns")}</h4>
        <p className="hint">
          <Text id="import.columns.text" />
        </p>
      </div>
      <ul className="import-columns">
        {sheet.columns.map((column, place) => (
          // Columns have no identity but their place, and none is ever added.
          <li key={place} className={mapping[place] === null ? "import-column unused" : "import-column"}>
            <div className="import-sample">
              <bdi className="strong">{column || say("import.column.unnamed", { place: place + 1 })}</bdi>
              <span className="muted">
                <bdi>{sample(preview, place)}</bdi>
              </span>
            </div>
            <Choice
              label={say("import.column.as", { column: column || String(place + 1) })}
              options={targets}
              value={mapping[place] ?? NOTHING}
              onChange={(target) => map(place, target)}
            />
          </li>
        ))}
      </ul>
      {twice.length > 0 ? (
        <Notice weight="warning">
          <p>
            <Text id="import.twice" values={{ field: twice.map(label).join(", ") }} />
          </p>
        </Notice>
      ) : null}
      {missing.length > 0 && key !== ID_TARGET ? (
        <Notice weight="warning">
          <p>
            <Text id="import.missing" values={{ field: missing.map(({ name }) => label(name)).join(", ") }} />
          </p>
        </Notice>
      ) : null}
      <div className="exchange-fields">
        <Choice
          label={say("import.dates")}
          options={(["day_first", "month_first"] as const).map((id) => ({ id, label: say(`import.dates.${id}`) }))}
          value={reading.dates}
          onChange={(dates) => setReading({ ...reading, dates: dates as Reading["dates"] })}
        />
        <Choice
          label={say("import.decimal")}
          options={[
            { id: ",", label: say("import.decimal.comma") },
            { id: ".", label: say("import.decimal.point") },
          ]}
          value={reading.decimal}
          onChange={(decimal) => setReading({ ...reading, decimal: decimal as Reading["decimal"] })}
        />
      </div>
      <Choice
        label={say("import.key")}
        hint={say("import.key.hint")}
        options={[
          ...taken.map((target) => ({ id: target, label: label(target) })),
          { id: NOTHING, label: say("import.key.none") },
        ]}
        value={key ?? NOTHING}
        onChange={(target) => setKey(target === NOTHING ? null : target)}
      />
      {key === null ? null : (
        <RadioGroup className="radios" value={mode} onChange={(value) => setMode(value as Mode)}>
          <Label className="label">{say("import.mode")}</Label>
          {modes.map((id) => (
            <Radio key={id} value={id} className="radio explained">
              <span className="radio-text">
                <span className="radio-name">{say(`import.mode.${id}`)}</span>
                <span className="hint">{say(`import.mode.${id}.what`)}</span>
              </span>
            </Radio>
          ))}
        </RadioGroup>
      )}
      <ImportRun
        vault={vault}
        sheet={sheet}
        packed={packed}
        options={options}
        canStart={taken.some((target) => target !== ID_TARGET) && twice.length === 0}
      />
    </>
  );
}

const firstKey = (table: TableDefinition, mapping: readonly Target[]): string | null => {
  if (mapping.includes(ID_TARGET)) return ID_TARGET;
  const naming = table.fields.find(({ name, required, type }) => required && type === "text" && mapping.includes(name));
  return naming?.name ?? null;
};

function sample(preview: OpenedSheet["preview"], place: number): string {
  const values = preview.map(({ cells }) => String(cells[place] ?? "").trim()).filter(Boolean);
  const text = values.slice(0, 3).join(" · ");
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
