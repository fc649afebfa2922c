import { useState } from "react";
import type { Vault } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { ErrorNotice, Notice } from "../ui/notice";
import type { PackedFiles } from "./archive";
import { Checked, Done } from "./import-result";
import type { ImportOptions } from "./plan";
import type { Sheet } from "./sheet";
import { LIMITS } from "./source";
import { useImport, type ImportState } from "./use-import";

interface Props {
  vault: Vault;
  sheet: Sheet;
  packed: PackedFiles;
  options: ImportOptions;
  canStart: boolean;
}

/** The dry run, and then the import itself. */
export function ImportRun({ vault, sheet, packed, options, canStart }: Props) {
  const say = useText();
  const { state, check, start, goOn, cancel } = useImport({ vault, sheet, packed, options });
  const [withFiles, setWithFiles] = useState(true);
  switch (state.at) {
    case "form":
    case "unreadable":
      return (
        <>
          {state.at === "unreadable" ? (
            <Notice weight="error" title={say("import.problem.title")}>
              <p>
                <Text id={`import.problem.${state.problem}`} values={LIMITS} />
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
    case "unchecked":
      return <ErrorNotice error={state.error} onRetry={() => void check()} />;
    case "checking":
    case "writing":
    case "attaching":
      return <Running state={state} onCancel={cancel} />;
    case "checked":
      return (
        <Checked
          plan={state.plan}
          options={options}
          withFiles={withFiles}
          onWithFiles={setWithFiles}
          onWrite={() => void start(state.plan, withFiles)}
        />
      );
    case "stopped":
      return <Stopped state={state} onAgain={() => void goOn(state)} />;
    case "done":
      return <Done standing={state} options={options} onAgain={() => void goOn(state)} />;
  }
}

type RunningState = Extract<ImportState, { at: "checking" | "writing" | "attaching" }>;

function Running({ state, onCancel }: { state: RunningState; onCancel: () => void }) {
  const say = useText();
  const { label, value, max, status } = useProgress(state);
  return (
    <div className="exchange-progress">
      <progress className="progress" aria-label={label} value={value} max={max} />
      <p role="status">{status}</p>
      <Button onPress={onCancel}>{say("cancel")}</Button>
    </div>
  );
}

function useProgress(state: RunningState) {
  const say = useText();
  switch (state.at) {
    case "checking": {
      const label = say(state.what === "files" ? "import.files.checking" : "import.checking");
      return { label, value: state.share, max: 1, status: label };
    }
    case "writing": {
      const [done, total] = [state.rows.done, state.plan.steps.length];
      return { label: say("import.writing"), value: done, max: total, status: say("import.written", { done, total }) };
    }
    case "attaching": {
      const [done, total] = [state.files.attached.size + state.files.failed.size, state.plan.files.attach.length];
      const status = say("import.files.attaching", { done, total });
      return { label: say("import.files.title"), value: done, max: total, status };
    }
  }
}

function Stopped({ state, onAgain }: { state: Extract<ImportState, { at: "stopped" }>; onAgain: () => void }) {
  const say = useText();
  const { plan, rows, files, error } = state;
  const { attach } = plan.files;
  return (
    <>
      {error ? <ErrorNotice error={error} onRetry={onAgain} /> : null}
      <Notice
        weight="warning"
        title={say("import.stopped.title")}
        actions={<Button onPress={onAgain}>{say("import.go_on")}</Button>}
      >
        <p>
          <Text
            id="import.stopped.text"
            values={{ done: rows.done, total: plan.steps.length, written: rows.added + rows.changed }}
          />
        </p>
        {attach.length > 0 ? (
          <p>
            <Text id="import.files.stopped" values={{ done: files.attached.size, total: attach.length }} />
          </p>
        ) : null}
      </Notice>
    </>
  );
}
