import { Lock, Star } from "lucide-react";
import { useState } from "react";
import { useChange } from "../app/queries";
import type { Flag, Mark } from "../core/record-methods";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { TextField } from "../ui/fields";
import { ErrorNotice } from "../ui/notice";
import { useReread } from "./rows";

const FLAGS: readonly Flag[] = ["red", "amber", "green", "blue"];

interface Props {
  vault: string;
  /** The id of what is marked. */
  object: string;
  mark: Mark | null;
}

/** A star, a flag and a note of one's own. They lie in the personal vault: nobody else reads them. */
export function OwnMarks({ vault, object, mark }: Props) {
  const say = useText();
  const reread = useReread();
  const set = useChange("set_mark");
  const [note, setNote] = useState<string | null>(null);
  const kept = mark?.note ?? "";
  const typed = note ?? kept;
  const change = (what: { star?: boolean; flag?: Flag | ""; note?: string }) =>
    set.mutate(
      { vault, object, ...what },
      {
        onSuccess: async () => {
          await reread(vault);
          if (what.note !== undefined) setNote(null);
        },
      },
    );
  return (
    <section className="own-marks" aria-label={say("marks.title")}>
      <h3>
        <Lock aria-hidden="true" />
        {say("marks.title")}
      </h3>
      <p className="footnote">
        <Text id="marks.lead" />
      </p>
      <div className="own-marks-row">
        <button
          type="button"
          className={mark?.star ? "button plain row-star on" : "button plain row-star"}
          aria-pressed={mark?.star ?? false}
          onClick={() => change({ star: !mark?.star })}
        >
          <Star aria-hidden="true" />
          {say("marks.star")}
        </button>
        <Choice
          label={say("marks.flag")}
          options={[
            { id: "", label: "—" },
            ...FLAGS.map((flag) => ({ id: flag, label: say(`marks.flag.${flag}`) })),
          ]}
          value={mark?.flag ?? ""}
          onChange={(flag) => change({ flag: flag as Flag | "" })}
        />
      </div>
      <TextField label={say("marks.note")} lines={3} value={typed} onChange={setNote} />
      {set.error ? <ErrorNotice error={set.error} kept /> : null}
      {typed !== kept ? (
        <div className="actions">
          <Button onPress={() => change({ note: typed })} isPending={set.isPending}>
            {say("marks.note.save")}
          </Button>
          <Button look="quiet" onPress={() => setNote(null)}>
            {say("record.undo")}
          </Button>
        </div>
      ) : null}
    </section>
  );
}
