import { PencilLine, Trash2, X } from "lucide-react";
import { useText } from "../i18n/text";
import { Button } from "../ui/button";

interface Props {
  count: number;
  /** How many records fit the search and filter. */
  total: number;
  onAll: () => void;
  isPicking: boolean;
  onClear: () => void;
  /** Absent where nothing can be written. */
  onSet?: () => void;
  onTrash?: () => void;
}

/** What can be done with the rows that are selected. */
export function SelectionBar({ count, total, onAll, isPicking, onClear, onSet, onTrash }: Props) {
  const say = useText();
  return (
    <div className="selection-bar" role="toolbar" aria-label={say("batch.bar")}>
      <strong role="status">{say("batch.selected", { count })}</strong>
      {count < total ? (
        <Button look="quiet" onPress={onAll} isPending={isPicking}>
          {say("batch.all", { count: total })}
        </Button>
      ) : null}
      <span className="selection-actions">
        {onSet ? (
          <Button onPress={onSet}>
            <PencilLine aria-hidden="true" />
            {say("batch.set")}
          </Button>
        ) : null}
        {onTrash ? (
          <Button onPress={onTrash}>
            <Trash2 aria-hidden="true" />
            {say("batch.trash")}
          </Button>
        ) : null}
        <Button look="icon" onPress={onClear} aria-label={say("batch.clear")}>
          <X aria-hidden="true" />
        </Button>
      </span>
    </div>
  );
}
