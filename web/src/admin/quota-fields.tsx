import type { Quota } from "../core/api";
import { useSize } from "../files/sizes";
import { useText } from "../i18n/text";
import { TextField } from "../ui/fields";

/** What is typed for limits: megabytes, empty where another limit counts. */
export interface QuotaDraft {
  total: string;
  file: string;
}

const MEGABYTE = 1_000_000;
const MEGABYTES_MAX = 1_000_000_000;

export const draftOfQuota = (quota: Quota): QuotaDraft => ({
  total: megabytes(quota.total_max_bytes),
  file: megabytes(quota.file_max_bytes),
});

// Rounded up, so that saving without a change takes nothing away.
const megabytes = (bytes: number | null) => (bytes === null ? "" : String(Math.ceil(bytes / MEGABYTE)));

/** The limits that were typed; undefined where something is no number. */
export function readQuota(draft: QuotaDraft, before: Quota): Quota | undefined {
  const [total, file] = [read(draft.total), read(draft.file)];
  if (total === undefined || file === undefined) return undefined;
  const same = (typed: string, bytes: number | null) => typed.trim() === megabytes(bytes);
  return {
    ...before,
    total_max_bytes: same(draft.total, before.total_max_bytes) ? before.total_max_bytes : total,
    file_max_bytes: same(draft.file, before.file_max_bytes) ? before.file_max_bytes : file,
  };
}

function read(typed: string): number | null | undefined {
  const text = typed.replaceAll(/\s/g, "");
  if (text === "") return null;
  const number = Number(text);
  return /^\d+$/.test(text) && number <= MEGABYTES_MAX ? number * MEGABYTE : undefined;
}

interface Props {
  draft: QuotaDraft;
  /** What is set at present. */
  set: Quota;
  /** What counts where nothing is set; undefined while it is not known. */
  otherwise: Quota | undefined;
  onChange: (draft: QuotaDraft) => void;
}

/** Two limits to type, each with what counts at present. */
export function QuotaFields({ draft, set, otherwise, onChange }: Props) {
  const say = useText();
  const size = useSize();
  const wrong = (typed: string) => (read(typed) === undefined ? say("admin.quota.wrong") : undefined);
  const present = (limit: "total_max_bytes" | "file_max_bytes") => {
    if (set[limit] !== null) return say("admin.quota.now", { size: size(set[limit]) });
    if (otherwise === undefined) return undefined;
    const general = otherwise[limit];
    return general === null
      ? say("admin.quota.now.none")
      : say("admin.quota.now.general", { size: size(general) });
  };
  return (
    <div className="exchange-fields">
      <TextField
        label={say("admin.quota.total")}
        hint={present("total_max_bytes")}
        inputMode="numeric"
        value={draft.total}
        onChange={(total) => onChange({ ...draft, total })}
        error={wrong(draft.total)}
      />
      <TextField
        label={say("admin.quota.file")}
        hint={present("file_max_bytes")}
        inputMode="numeric"
        value={draft.file}
        onChange={(file) => onChange({ ...draft, file })}
        error={wrong(draft.file)}
      />
    </div>
  );
}
