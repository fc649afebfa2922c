import { FileDown } from "lucide-react";
import { useIntl } from "react-intl";
import { sentenceFor } from "../core/error-sentences";
import { CoreError } from "../core/problem";
import { nameToSave, saveBlob } from "../files/delivery";
import { Text, useText } from "../i18n/text";
import { useTitles } from "../records/values";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { FilesLeftOut, FilesPlanned } from "./import-files";
import { count, type ImportOptions } from "./plan";
import { reportCsv, useFileReasons, useReasons } from "./report";
import type { Standing, WholePlan } from "./use-import";

/** Rows that are shown; the report has all of them. */
const SHOWN_AT_MOST = 30;

/** The result stands below a long form. */
function bringIntoSight(result: HTMLElement | null): void {
  result?.scrollIntoView?.({ block: "start" });
}

interface CheckedProps {
  plan: WholePlan;
  options: ImportOptions;
  withFiles: boolean;
  onWithFiles: (withFiles: boolean) => void;
  onWrite: () => void;
}

/** What the import would do. */
export function Checked({ plan, options, withFiles, onWithFiles, onWrite }: CheckedProps) {
  const say = useText();
  const intl = useIntl();
  const counts = count(plan.steps);
  const rows = counts.add + counts.change;
  const files = withFiles ? plan.files.attach.length : 0;
  const start = files === 0 ? "import.start" : rows === 0 ? "import.start.files" : "import.start.both";
  return (
    <div className="import-result" ref={bringIntoSight}>
      <h4>{say("import.checked")}</h4>
      <dl className="import-counts">
        {(["add", "change", "same", "there", "left_out"] as const)
          .filter((kind) => counts[kind] > 0 || kind === "add")
          .map((kind) => (
            <div key={kind} className={`import-count ${kind}`}>
              <dt>{say(`import.count.${kind}`)}</dt>
              <dd>{intl.formatNumber(counts[kind])}</dd>
            </div>
          ))}
      </dl>
      {plan.formulas > 0 ? (
        <p className="muted">
          <Text id="import.formulas" values={{ count: plan.formulas }} />
        </p>
      ) : null}
      <RowsLeftOut standing={{ plan }} options={options} />
      <FilesPlanned plan={plan.files} mode={options.mode} isTaken={withFiles} onTaken={onWithFiles} />
      <FilesLeftOut plan={plan.files} progress={null} />
      <SaveReport standing={{ plan }} options={options} />
      <div className="actions">
        <Button look="primary" isDisabled={rows + files === 0} onPress={onWrite}>
          {say(start, { count: files > 0 && rows === 0 ? files : rows, files })}
        </Button>
      </div>
      {rows + files === 0 ? <p className="muted">{say("import.nothing")}</p> : null}
    </div>
  );
}

interface DoneProps {
  standing: Standing;
  options: ImportOptions;
  onAgain: () => void;
}

/** What the import has done. */
export function Done({ standing, options, onAgain }: DoneProps) {
  const say = useText();
  const { plan, rows, files } = standing;
  const again = [...files.failed.values()].some((why) => why instanceof CoreError);
  return (
    <div className="import-result">
      <Notice weight="info" title={say("import.done")}>
        <p>
          <Text id="import.done.text" values={{ added: rows.added, changed: rows.changed }} />
        </p>
        {plan.files.attach.length > 0 ? (
          <p>
            <Text id="import.files.done" values={{ count: files.attached.size }} />
          </p>
        ) : null}
      </Notice>
      <RowsLeftOut standing={standing} options={options} />
      <FilesLeftOut plan={plan.files} progress={files} />
      {again ? (
        <div className="actions">
          <Button onPress={onAgain}>{say("import.files.again")}</Button>
        </div>
      ) : null}
      <SaveReport standing={standing} options={options} />
    </div>
  );
}

interface ToldProps {
  standing: Pick<Standing, "plan"> & Partial<Standing>;
  options: ImportOptions;
}

/** Which rows are not taken in, and why. */
function RowsLeftOut({ standing: { plan, rows: progress }, options }: ToldProps) {
  const say = useText();
  const reasons = useReasons(options.table);
  const rows = plan.steps.flatMap((step) => {
    const error = progress?.failed.get(step.line);
    if (error) return [{ line: step.line, why: say(sentenceFor(error).title) }];
    return step.kind === "left_out" ? [{ line: step.line, why: step.reasons.map(reasons).join(" ") }] : [];
  });
  if (rows.length === 0) return null;
  return (
    <div className="import-left-out">
      <h5>{say("import.left_out", { count: rows.length })}</h5>
      <ul>
        {rows.slice(0, SHOWN_AT_MOST).map(({ line, why }) => (
          <li key={line}>
            <span className="import-line">{say("import.line", { line })}</span>
            <bdi>{why}</bdi>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN_AT_MOST ? (
        <p className="muted">
          <Text id="import.left_out.more" values={{ count: rows.length - SHOWN_AT_MOST }} />
        </p>
      ) : null}
    </div>
  );
}

/** The whole report, of rows and files, to be saved. */
function SaveReport({ standing: { plan, rows, files }, options }: ToldProps) {
  const say = useText();
  const titles = useTitles();
  const reason = useReasons(options.table);
  const fileReason = useFileReasons();
  const save = () => {
    const told = { plan: plan.files, progress: files ?? null };
    const text = reportCsv(plan.steps, rows ?? null, told, {
      line: say("import.report.line"),
      file: say("import.report.file"),
      outcome: say("import.report.outcome"),
      why: say("import.report.why"),
      outcomes: {
        add: say(rows ? "import.report.added" : "import.count.add"),
        change: say(rows ? "import.report.changed" : "import.count.change"),
        same: say("import.count.same"),
        there: say("import.count.there"),
        left_out: say("import.count.left_out"),
      },
      reason,
      error: (error) => `${say(sentenceFor(error).title)} (${error.code})`,
      attached: say(rows ? "import.report.attached" : "import.report.would_attach"),
      fileReason,
    });
    const name = say("import.report.name", { table: titles.table(options.table) });
    saveBlob(new Blob([text], { type: "text/csv" }), nameToSave(`${name}.csv`));
  };
  return (
    <div className="actions">
      <Button onPress={save}>
        <FileDown aria-hidden="true" />
        {say("import.report")}
      </Button>
    </div>
  );
}
