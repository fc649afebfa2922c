/** The files of an archive in an import: what would become of them, and what was left out. */
import { sentenceFor } from "../core/error-sentences";
import { useSize } from "../files/sizes";
import { Text, useText } from "../i18n/text";
import { Tick } from "../ui/tick";
import { weigh, type FilePlan } from "./file-plan";
import type { FileProgress } from "./file-run";
import type { Mode } from "./plan";
import { useFileReasons } from "./report";

/** Files that are shown; the report has all of them. */
const SHOWN_AT_MOST = 30;

interface PlannedProps {
  plan: FilePlan;
  mode: Mode;
  isTaken: boolean;
  onTaken: (isTaken: boolean) => void;
}

/** How many files would be attached, and whether they shall be. */
export function FilesPlanned({ plan, mode, isTaken, onTaken }: PlannedProps) {
  const say = useText();
  const size = useSize();
  if (plan.attach.length === 0) return null;
  const { bytes, records, replaced } = weigh(plan.attach);
  return (
    <div className="import-files">
      <h5>{say("import.files.title")}</h5>
      <p>
        <Text id="import.files.plan" values={{ count: plan.attach.length, size: size(bytes), records }} />
      </p>
      {replaced > 0 ? (
        <p>
          <Text id="import.files.replaced" values={{ count: replaced }} />
        </p>
      ) : null}
      <Tick isSelected={isTaken} onChange={onTaken}>
        {say("import.files.take")}
      </Tick>
      <p className="hint">
        <Text id={mode === "only_new" ? "import.files.hint.only_new" : "import.files.hint"} />
      </p>
    </div>
  );
}

/** Which files are not taken in, and why; those of other tables are only counted. */
export function FilesLeftOut({ plan, progress }: { plan: FilePlan; progress: FileProgress | null }) {
  const say = useText();
  const reasons = useFileReasons();
  const failed = plan.attach.flatMap(({ file: { path }, line }) => {
    const why = progress?.failed.get(path);
    if (!why) return [];
    return [{ path, why: typeof why === "string" ? reasons(why, line) : say(sentenceFor(why).title) }];
  });
  const leftOut = plan.leftOut
    .filter(({ reason }) => reason !== "no_row")
    .map(({ path, reason, line }) => ({ path, why: reasons(reason, line) }));
  const shown = [...failed, ...leftOut];
  const elsewhere = plan.leftOut.length - leftOut.length;
  return (
    <>
      {shown.length > 0 ? (
        <div className="import-left-out of-files">
          <h5>{say("import.files.left_out", { count: shown.length })}</h5>
          <ul>
            {shown.slice(0, SHOWN_AT_MOST).map(({ path, why }, place) => (
              // A list may name the same path twice.
              <li key={`${place} ${path}`}>
                <bdi className="import-line">{path}</bdi>
                <span>{why}</span>
              </li>
            ))}
          </ul>
          {shown.length > SHOWN_AT_MOST ? (
            <p className="muted">
              <Text id="import.files.left_out.more" values={{ count: shown.length - SHOWN_AT_MOST }} />
            </p>
          ) : null}
        </div>
      ) : null}
      {elsewhere > 0 ? (
        <p className="muted">
          <Text id="import.files.elsewhere" values={{ count: elsewhere }} />
        </p>
      ) : null}
    </>
  );
}
