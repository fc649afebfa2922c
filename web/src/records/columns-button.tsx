import { ArrowLeft, ArrowRight, Columns3, Minus, Plus } from "lucide-react";
import { useState, type ReactNode } from "react";
import { CheckboxGroup } from "react-aria-components";
import type { TableDefinition } from "../core/api";
import { useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { Check } from "./check";
import { shownWidth } from "./column-handle";
import { columnOrder, fittingWidth, moveColumn, ownOrder, WIDTH_STEP_REM } from "./columns";
import { narrowest } from "./grid-cell";
import type { TableView } from "./record-table";
import { ToolbarPopover } from "./toolbar-popover";
import { useTitles } from "./values";

interface Props {
  table: TableDefinition;
  view: TableView;
  onView: (view: TableView) => void;
}

/** Which columns there are, in which order and how wide; and the order of the rows. */
export function ColumnsButton({ table, view, onView }: Props) {
  const say = useText();
  const titles = useTitles();
  const [told, setTold] = useState("");
  const names = columnOrder(table, view.order);
  const fieldOf = (name: string) => table.fields.find((candidate) => candidate.name === name);
  const title = (name: string) => {
    const field = fieldOf(name);
    return field ? titles.field(table, field) : say("records.changed");
  };
  const move = (name: string, way: -1 | 1) => {
    const order = moveColumn(table, view.order, name, way);
    onView({ ...view, order });
    setTold(
      say("columns.place", { column: title(name), place: order.indexOf(name) + 1, count: order.length }),
    );
  };
  const resize = (name: string, way: -1 | 1) => {
    const now = view.widths[name] ?? shownWidth(name) ?? narrowest(fieldOf(name));
    const rem = fittingWidth(now + way * WIDTH_STEP_REM);
    onView({ ...view, widths: { ...view.widths, [name]: rem } });
    setTold(say("columns.width", { column: title(name), width: rem }));
  };
  const [sorted] = view.sorting;
  return (
    <ToolbarPopover title={say("columns.title")} icon={<Columns3 aria-hidden="true" />}>
      <CheckboxGroup
        className="checks"
        aria-label={say("columns.title")}
        value={names.filter((name) => view.visibility[name] !== false)}
        onChange={(shown) =>
          onView({
            ...view,
            visibility: Object.fromEntries(ownOrder(table).map((name) => [name, shown.includes(name)])),
          })
        }
      >
        {names.map((name, place) => (
          <div key={name} className="column-choice">
            {/* The first column names the record; without it a row is nothing. */}
            <Check value={name} isDisabled={place === 0}>
              {title(name)}
            </Check>
            {place > 0 ? (
              <>
                <Tool
                  label={say("columns.left", { column: title(name) })}
                  ends={place === 1}
                  onPress={() => move(name, -1)}
                >
                  <ArrowLeft aria-hidden="true" />
                </Tool>
                <Tool
                  label={say("columns.right", { column: title(name) })}
                  ends={place === names.length - 1}
                  onPress={() => move(name, 1)}
                >
                  <ArrowRight aria-hidden="true" />
                </Tool>
              </>
            ) : null}
            <Tool label={say("columns.narrower", { column: title(name) })} onPress={() => resize(name, -1)}>
              <Minus aria-hidden="true" />
            </Tool>
            <Tool label={say("columns.wider", { column: title(name) })} onPress={() => resize(name, 1)}>
              <Plus aria-hidden="true" />
            </Tool>
          </div>
        ))}
      </CheckboxGroup>
      <p className="visually-hidden" role="status">
        {told}
      </p>
      <Button onPress={() => onView({ ...view, order: [], widths: {} })}>{say("columns.usual")}</Button>
      <Choice
        label={say("columns.order")}
        options={names.flatMap((name) => [
          { id: `${name} up`, label: say("columns.up", { column: title(name) }) },
          { id: `${name} down`, label: say("columns.down", { column: title(name) }) },
        ])}
        value={sorted ? `${sorted.id} ${sorted.desc ? "down" : "up"}` : ""}
        onChange={(chosen) => {
          const [id = "", way] = chosen.split(" ");
          onView({ ...view, sorting: [{ id, desc: way === "down" }] });
        }}
      />
    </ToolbarPopover>
  );
}

interface ToolProps {
  label: string;
  /** It goes no further. It stays a button: it can have the keyboard. */
  ends?: boolean;
  onPress: () => void;
  children: ReactNode;
}

function Tool({ label, ends = false, onPress, children }: ToolProps) {
  return (
    <button
      type="button"
      className="column-tool"
      aria-label={label}
      title={label}
      aria-disabled={ends}
      onClick={() => {
        if (!ends) onPress();
      }}
    >
      {children}
    </button>
  );
}
