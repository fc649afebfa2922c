import type { TableDefinition } from "../core/api";
import type { CoreError } from "../core/problem";
import { useText } from "../i18n/text";
import { useTitles } from "../records/values";
import { csvLines, neutralised } from "./csv";
import type { Reason, Step } from "./plan";
import type { Progress } from "./run";

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

interface ReportWords {
  line: string;
  outcome: string;
  why: string;
  outcomes: Record<Step["kind"], string>;
  reason: (reason: Reason) => string;
  error: (error: CoreError) => string;
}

/** Every row of the file, what became of it, and why. */
export function reportCsv(steps: readonly Step[], progress: Progress | null, words: ReportWords): string {
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
  // The mark tells spreadsheet programs that it is UTF-8.
  return `\u{feff}${csvLines([[words.line, words.outcome, words.why], ...rows], ",")}`;
}
