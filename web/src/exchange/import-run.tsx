import { FileDown } from "lucide-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useIntl } from "react-intl";
import { useCore } from "../app/core-context";
import { keys } from "../app/queries";
import type { Vault } from "../core/api";
import { sentenceFor } from "../core/error-sentences";
import { toCoreError, type CoreError } from "../core/problem";
import { nameToSave, saveBlob } from "../files/delivery";
import { Text, useText } from "../i18n/text";
import { useTitles } from "../records/values";
import { Button } from "../ui/button";
import { ErrorNotice, Notice } from "../ui/notice";
import { count, type ImportOptions } from "./plan";
import { reportCsv, useReasons } from "./report";
import { carryOut, dryRun, nothingDone, type Plan, type Progress } from "./run";
import type { Sheet } from "./sheet";
import { fileProblem, type FileProblem } from "./source";

interface Props {
  vault: Vault;
  sheet: Sheet;
  options: ImportOptions;
  canStart: boolean;
}

type State =
  | { at: "form" }
  | { at: "checking"; share: number }
  | { at: "unreadable"; problem: FileProblem }
  | { at: "checked"; plan: Plan }
  | { at: "writing"; plan: Plan; progress: Progress }
  | { at: "stopped"; plan: Plan; progress: Progress; error: CoreError | null }
  | { at: "done"; plan: Plan; progress: Progress };

/** Rows that are shown; the report has all of them. */
const SHOWN_AT_MOST = 30;

/** The dry run, and then the import itself. */
export function ImportRun({ vault, sheet, options, canStart }: Props) {
  const say = useText();
  const core = useCore();
  const queries = useQueryClient();
  const [state, setState] = useState<State>({ at: "form" });
  const work = useRef<AbortController>(null);
  // A plan is one of these options and this file: what changes throws it away.
  useEffect(() => {
    setState({ at: "form" });
    return () => work.current?.abort();
  }, [sheet, options]);

  const begin = () => {
    work.current = new AbortController();
    return work.current.signal;
  };
  const check = async () => {
    const signal = begin();
    setState({ at: "checking", share: 0 });
    try {
      const told = (share: number) => setState({ at: "checking", share });
      const plan = await dryRun(core, vault.vault, sheet, options, signal, told);
      setState({ at: "checked", plan });
    } catch (thrown) {
      if (signal.aborted) setState({ at: "form" });
      else if (isOfFile(thrown)) setState({ at: "unreadable", problem: fileProblem(thrown) });
      else setState({ at: "stopped", plan: noPlan, progress: nothingDone(), error: toCoreError(thrown) });
    }
  };
  const write = async (plan: Plan, from: Progress) => {
    const signal = begin();
    let last = from;
    const told = (progress: Progress) => {
      last = progress;
      setState({ at: "writing", plan, progress });
    };
    told(from);
    try {
      const where = { vault: vault.vault, table: options.table.name };
      await carryOut(core, where, plan.steps, from, signal, told);
      const whole = last.done >= plan.steps.length;
      setState(whole ? { at: "done", plan, progress: last } : { at: "stopped", plan, progress: last, error: null });
    } catch (thrown) {
      setState({ at: "stopped", plan, progress: last, error: toCoreError(thrown) });
    }
    await queries.invalidateQueries({ queryKey: keys.anyVault });
    await queries.invalidateQueries({ queryKey: keys.vaults });
  };
  const cancel = () => work.current?.abort();

  switch (state.at) {
    case "form":
    case "unreadable":
      return (
        <>
          {state.at === "unreadable" ? (
            <Notice weight="error" title={say("import.problem.title")}>
              <p>
                <Text id={`import.problem.${state.problem}`} />
              </p>
            </Notice>
          ) : null}
          <div className="actions">
            <Button look="primary" isDisabled={!canStart} onPress={() => void check()}>
              {say("import.check")}
            </Button>
          </div>
          <p className="hint">
            <Text id="import.check.hint" />
          </p>
        </>
      );
    case "checking":
      return (
        <div className="exchange-progress">
          <progress className="progress" aria-label={say("import.checking")} value={state.share} max={1} />
          <p role="status">{say("import.checking")}</p>
          <Button onPress={cancel}>{say("cancel")}</Button>
        </div>
      );
    case "checked":
      return <Checked plan={state.plan} options={options} onWrite={() => void write(state.plan, nothingDone())} />;
    case "writing": {
      const { done } = state.progress;
      const total = state.plan.steps.length;
      return (
        <div className="exchange-progress">
          <progress className="progress" aria-label={say("import.writing")} value={done} max={total} />
          <p role="status">{say("import.written", { done, total })}</p>
          <Button onPress={cancel}>{say("cancel")}</Button>
        </div>
      );
    }
    case "stopped": {
      const { plan, progress, error } = state;
      const again = () => void (plan === noPlan ? check() : write(plan, progress));
      return (
        <>
          {error ? <ErrorNotice error={error} onRetry={again} /> : null}
          {plan === noPlan ? null : (
            <Notice
              weight="warning"
              title={say("import.stopped.title")}
              actions={<Button onPress={again}>{say("import.go_on")}</Button>}
            >
              <p>
                <Text
                  id="import.stopped.text"
                  values={{ done: progress.done, total: plan.steps.length, written: progress.added + progress.changed }}
                />
              </p>
            </Notice>
          )}
        </>
      );
    }
    case "done":
      return <Done plan={state.plan} progress={state.progress} options={options} />;
  }
}

/** The result stands below a long form. */
function bringIntoSight(result: HTMLElement | null): void {
  result?.scrollIntoView?.({ block: "start" });
}

const noPlan: Plan = { steps: [], formulas: 0 };

/** What the browser or the file itself refused, not the core. */
const isOfFile = (thrown: unknown) =>
  thrown instanceof Error && !("code" in thrown && "exit" in thrown);

function Checked({ plan, options, onWrite }: { plan: Plan; options: ImportOptions; onWrite: () => void }) {
  const say = useText();
  const intl = useIntl();
  const counts = count(plan.steps);
  const writes = counts.add + counts.change;
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
      <LeftOut plan={plan} progress={null} options={options} />
      <div className="actions">
        <Button look="primary" isDisabled={writes === 0} onPress={onWrite}>
          {say("import.start", { count: writes })}
        </Button>
      </div>
      {writes === 0 ? <p className="muted">{say("import.nothing")}</p> : null}
    </div>
  );
}

function Done({ plan, progress, options }: { plan: Plan; progress: Progress; options: ImportOptions }) {
  const say = useText();
  return (
    <div className="import-result">
      <Notice weight="info" title={say("import.done")}>
        <p>
          <Text id="import.done.text" values={{ added: progress.added, changed: progress.changed }} />
        </p>
      </Notice>
      <LeftOut plan={plan} progress={progress} options={options} />
    </div>
  );
}

interface LeftOutProps {
  plan: Plan;
  progress: Progress | null;
  options: ImportOptions;
}

/** Which rows are not taken in, and why; the whole report can be saved. */
function LeftOut({ plan, progress, options }: LeftOutProps) {
  const say = useText();
  const titles = useTitles();
  const reasons = useReasons(options.table);
  const rows = plan.steps.flatMap((step) => {
    const error = progress?.failed.get(step.line);
    if (error) return [{ line: step.line, why: say(sentenceFor(error).title) }];
    return step.kind === "left_out" ? [{ line: step.line, why: step.reasons.map(reasons).join(" ") }] : [];
  });
  const report = () => {
    const text = reportCsv(plan.steps, progress, {
      line: say("import.report.line"),
      outcome: say("import.report.outcome"),
      why: say("import.report.why"),
      outcomes: {
        add: say(progress ? "import.report.added" : "import.count.add"),
        change: say(progress ? "import.report.changed" : "import.count.change"),
        same: say("import.count.same"),
        there: say("import.count.there"),
        left_out: say("import.count.left_out"),
      },
      reason: reasons,
      error: (error) => `${say(sentenceFor(error).title)} (${error.code})`,
    });
    const name = say("import.report.name", { table: titles.table(options.table) });
    saveBlob(new Blob([text], { type: "text/csv" }), nameToSave(`${name}.csv`));
  };
  return (
    <>
      {rows.length > 0 ? (
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
      ) : null}
      <div className="actions">
        <Button onPress={report}>
          <FileDown aria-hidden="true" />
          {say("import.report")}
        </Button>
      </div>
    </>
  );
}
