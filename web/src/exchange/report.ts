import type { TableDefinition } from "../core/api";
import type { CoreError } from "../core/problem";
import { useText } from "../i18n/text";
import { useTitles } from "../records/values";
import { csvLines, neutralised } from "./csv";
import type { FilePlan, FileReason } from "./file-plan";
import type { FileProgress } from "./file-run";
import type { Reason, Step } from "./plan";
import type { Progress } from "./run";
import { LIMITS } from "./source";

/** Why a row is left out, as a sentence. */
export function useReasons(table: TableDefinition): (reason: Reason) => string {
  const say = useText();
  const titles = useTitles();
  return ({ code, field: name, found, line }) => {
    const field = table.fields.find((candidate) => candidate.name === name);
    return say(`import.reason.${code}`, {
      field: field ? titles.field(table, field) : "",
      found: found ?? "",
      line: line ?? 0,
    });
  };
}

/** Why a file is left out, as a sentence. */
export function useFileReasons(): (reason: FileReason, line?: number) => string {
  const say = useText();
  return (reason, line) => say(`import.files.reason.${reason}`, { line: line ?? 0, megabytes: LIMITS.megabytes });
}

interface ReportWords {
  line: string;
  file: string;
  outcome: string;
  why: string;
  outcomes: Record<Step["kind"], string>;
  reason: (reason: Reason) => string;
  error: (error: CoreError) => string;
  attached: string;
  fileReason: (reason: FileReason, line?: number) => string;
}

/** What became of the files: of a plan, or of an import. */
export interface FilesTold {
  plan: FilePlan;
  progress: FileProgress | null;
}

/** Every row of the file, what became of it, and why; and so of every file of the archive. */
export function reportCsv(
  steps: readonly Step[],
  progress: Progress | null,
  files: FilesTold,
  words: ReportWords,
): string {
  const rows = steps.map((step) => {
    const error = progress?.failed.get(step.line);
    const why = error
      ? words.error(error)
      : step.kind === "left_out"
        ? step.reasons.map(words.reason).join(" ")
        : "";
    const outcome = error ? words.outcomes.left_out : words.outcomes[step.kind];
    return [String(step.line), outcome, neutralised(why)];
  });
  const heading = [words.line, words.outcome, words.why];
  const ofFiles = fileRows(files, words);
  const all =
    ofFiles.length === 0
      ? [heading, ...rows]
      : [[...heading, words.file], ...rows.map((row) => [...row, ""]), ...ofFiles];
  // The mark tells spreadsheet programs that it is UTF-8.
  return `\u{feff}${csvLines(all, ",")}`;
}

function fileRows({ plan, progress }: FilesTold, words: ReportWords): string[][] {
  const attach = plan.attach.map(({ file: { path }, line }) => {
    const failed = progress?.failed.get(path);
    if (!failed) return [String(line), words.attached, "", neutralised(path)];
    const why = typeof failed === "string" ? words.fileReason(failed, line) : words.error(failed);
    return [String(line), words.outcomes.left_out, neutralised(why), neutralised(path)];
  });
  const leftOut = plan.leftOut.map(({ path, reason, line }) => [
    String(line ?? ""),
    words.outcomes.left_out,
    neutralised(words.fileReason(reason, line)),
    neutralised(path),
  ]);
  return [...attach, ...leftOut];
}
