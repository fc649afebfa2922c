import { Download } from "lucide-react";
import { useRef, useState } from "react";
import { Checkbox, CheckboxGroup, Label, Radio, RadioGroup } from "react-aria-components";
import { useIntl } from "react-intl";
import { useCore } from "../app/core-context";
import type { TableDefinition, Vault } from "../core/api";
import { toCoreError, type CoreError } from "../core/problem";
import { nameToSave, save } from "../files/delivery";
import { Text, useText } from "../i18n/text";
import { numberMarks } from "../records/numbers";
import { useTitles } from "../records/values";
import { Button } from "../ui/button";
import { ErrorNotice, Notice } from "../ui/notice";
import { Tick, TickBox } from "../ui/tick";
import { formats, startExport, streamOf, type ExportOutcome, type Format } from "./export";

type State =
  | { at: "form" }
  | { at: "running"; records: number }
  | { at: "done"; outcome: ExportOutcome; name: string }
  | { at: "cancelled" }
  | { at: "failed"; error: CoreError };

/** Writes tables of a vault into a file. */
export function ExportSection({ vault, tables }: { vault: Vault; tables: TableDefinition[] }) {
  const say = useText();
  const titles = useTitles();
  const [chosen, setChosen] = useState(() => tables.filter(({ private: own }) => !own).map(({ name }) => name));
  const [format, setFormat] = useState<Format>("spreadsheet");
  const [files, setFiles] = useState(false);
  const { state, start, cancel } = useExport(vault);
  const running = state.at === "running";
  const wanted = tables.filter(({ name }) => chosen.includes(name));
  return (
    <section className="section" aria-labelledby="export-title">
      <h3 className="section-title" id="export-title">
        {say("export.title")}
      </h3>
      <CheckboxGroup className="checks" value={chosen} onChange={setChosen} isDisabled={running}>
        <Label className="label">{say("export.tables")}</Label>
        {tables.map((table) => (
          <Checkbox key={table.name} value={table.name} className="check">
            <TickBox />
            {titles.table(table)}
            {table.private ? <span className="badge">{say("vaults.personal")}</span> : null}
          </Checkbox>
        ))}
      </CheckboxGroup>
      <RadioGroup
        className="radios"
        value={format}
        onChange={(value) => setFormat(value as Format)}
        isDisabled={running}
      >
        <Label className="label">{say("export.format")}</Label>
        {formats.map((id) => (
          <Radio key={id} value={id} className="radio explained">
            <span className="radio-text">
              <span className="radio-name">{say(`export.format.${id}`)}</span>
              <span className="hint">{say(`export.format.${id}.what`)}</span>
            </span>
          </Radio>
        ))}
      </RadioGroup>
      <Tick isSelected={files} onChange={setFiles}>
        {say("export.files")}
      </Tick>
      <Notice weight="warning" title={say("export.open.title")}>
        <p>
          <Text id="export.open.text" />
        </p>
        {format === "json" ? null : (
          <p>
            <Text id="export.formulas" />
          </p>
        )}
      </Notice>
      {running ? (
        <div className="exchange-progress">
          <progress className="progress" aria-label={say("export.title")} />
          <p role="status">{say("export.written", { count: state.records })}</p>
          <Button onPress={cancel}>{say("cancel")}</Button>
        </div>
      ) : (
        <div className="actions">
          <Button look="primary" isDisabled={wanted.length === 0} onPress={() => void start(wanted, format, files)}>
            <Download aria-hidden="true" />
            {say("export.start")}
          </Button>
        </div>
      )}
      <Ending state={state} onRetry={() => void start(wanted, format, files)} />
    </section>
  );
}

function Ending({ state, onRetry }: { state: State; onRetry: () => void }) {
  const say = useText();
  switch (state.at) {
    case "failed":
      return <ErrorNotice error={state.error} onRetry={onRetry} />;
    case "cancelled":
      return (
        <p className="muted" role="status">
          {say("export.cancelled")}
        </p>
      );
    case "done":
      return (
        <Notice weight="info" title={say("export.done", { count: state.outcome.records })}>
          <p>
            <Text id="export.done.where" values={{ name: state.name }} />
          </p>
          {state.outcome.files > 0 ? (
            <p>
              <Text id="export.done.files" values={{ count: state.outcome.files }} />
            </p>
          ) : null}
          {state.outcome.unreadableFiles > 0 ? (
            <p>
              <Text id="export.unreadable_files" values={{ count: state.outcome.unreadableFiles }} />
            </p>
          ) : null}
          {state.outcome.unreadable > 0 ? (
            <p>
              <Text id="export.unreadable" values={{ count: state.outcome.unreadable }} />
            </p>
          ) : null}
          {state.outcome.conflicts > 0 ? (
            <p>
              <Text id="export.conflicts" values={{ count: state.outcome.conflicts }} />
            </p>
          ) : null}
        </Notice>
      );
    default:
      return null;
  }
}

function useExport(vault: Vault) {
  const core = useCore();
  const intl = useIntl();
  const say = useText();
  const titles = useTitles();
  const [state, setState] = useState<State>({ at: "form" });
  const work = useRef<AbortController>(null);

  const start = async (tables: readonly TableDefinition[], format: Format, files: boolean) => {
    const control = new AbortController();
    work.current = control;
    setState({ at: "running", records: 0 });
    let ended: (failure?: unknown) => void = () => {};
    const whole = new Promise<void>((resolve, reject) => {
      ended = (failure) => (failure === undefined ? resolve() : reject(failure as Error));
    });
    try {
      const [only] = tables;
      const about = tables.length === 1 && only ? `${vault.name} ${titles.table(only)}` : vault.name;
      const baseName = nameToSave(`${about} ${new Date().toISOString().slice(0, 10)}`);
      const order = {
        vault: vault.vault,
        tables,
        format,
        files,
        decimal: numberMarks(intl.locale).decimal,
        words: {
          title: titles.field,
          created: say("export.column.created"),
          changed: say("export.column.changed"),
          changedBy: say("export.column.changed_by"),
          yes: say("yes"),
          no: say("no"),
        },
        progress: (records: number) => setState({ at: "running", records }),
      };
      const { name, pieces, outcome } = startExport(core, order, baseName);
      const stream = streamOf(watched(pieces, ended), control.signal);
      control.signal.addEventListener("abort", () => ended(control.signal.reason));
      await Promise.all([save({ stream, name, size_bytes: null, ended: whole }), whole]);
      setState({ at: "done", outcome: { ...outcome }, name });
    } catch (thrown) {
      setState(control.signal.aborted ? { at: "cancelled" } : { at: "failed", error: toCoreError(thrown) });
    }
  };
  return { state, start, cancel: () => work.current?.abort() };
}

/** The same pieces; tells when they have come to an end, a good one or not. */
async function* watched<T>(pieces: AsyncGenerator<T>, ended: (failure?: unknown) => void): AsyncGenerator<T> {
  try {
    yield* pieces;
    ended();
  } catch (failure) {
    ended(failure);
    throw failure;
  } finally {
    // Whoever saves the file has stopped it, in the browser's own list of downloads.
    ended(new DOMException("stopped", "AbortError"));
  }
}
