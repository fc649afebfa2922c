import { Flag as FlagIcon, Star, StickyNote } from "lucide-react";
import type { Row } from "../core/record-methods";
import { useText } from "../i18n/text";

interface Props {
  row: Row;
  name: string;
  selected: boolean;
  onSelect: () => void;
  onStar: () => void;
}

/** Before a row: its selection and one's own star on it. The keyboard reaches both by the row. */
export function RowTools({ row, name, selected, onSelect, onStar }: Props) {
  const say = useText();
  const title = name || say("record.title");
  const star = row.mark?.star ?? false;
  return (
    <div role="gridcell" className="cell tools" onClick={(event) => event.stopPropagation()}>
      <input
        type="checkbox"
        className="row-check"
        checked={selected}
        onChange={onSelect}
        aria-label={say("rows.select", { title })}
        tabIndex={-1}
      />
      <button
        type="button"
        className={star ? "row-star on" : "row-star"}
        aria-pressed={star}
        aria-label={say("marks.star_this", { title })}
        title={say("marks.star")}
        tabIndex={-1}
        onClick={onStar}
      >
        <Star aria-hidden="true" />
      </button>
      {row.mark?.flag ? (
        <span className="row-flag" data-flag={row.mark.flag} title={say(`marks.flag.${row.mark.flag}`)}>
          <FlagIcon aria-hidden="true" />
          <span className="visually-hidden">{say(`marks.flag.${row.mark.flag}`)}</span>
        </span>
      ) : null}
      {row.mark?.note ? (
        <span className="row-note" title={row.mark.note}>
          <StickyNote aria-hidden="true" />
          <span className="visually-hidden">{say("marks.has_note")}</span>
        </span>
      ) : null}
    </div>
  );
}
