import { ListFilter, PencilLine, Plus, Trash2 } from "lucide-react";
import { CheckboxGroup, Label, ToggleButton } from "react-aria-components";
import type { ReactNode } from "react";
import type { FieldDefinition, TableDefinition } from "../core/api";
import { useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { TextField } from "../ui/fields";
import { SearchBox } from "../ui/search-box";
import { Check } from "./check";
import { ColumnsButton } from "./columns-button";
import { filterKind, offered, type ColumnFilter } from "./filter";
import type { TableView } from "./record-table";
import { ToolbarPopover } from "./toolbar-popover";
import { useTitles } from "./values";

interface Props {
  table: TableDefinition;
  search: string;
  onSearch: (typed: string) => void;
  view: TableView;
  onView: (view: TableView) => void;
  onTrash: () => void;
  onAdd?: () => void;
  /** Whether a click into a cell edits it; absent where nothing can be written. */
  inPlace?: boolean;
  onInPlace?: (inPlace: boolean) => void;
  /** More buttons. */
  children?: ReactNode;
}

/** Search, filter, columns and order of a table, and adding to it. */
export function Toolbar({ table, search, onSearch, view, onView, onTrash, onAdd, ...more }: Props) {
  const say = useText();
  return (
    <div className="toolbar" role="toolbar" aria-label={say("toolbar.name")}>
      <SearchBox label={say("toolbar.search")} value={search} onChange={onSearch} />
      <FilterButton table={table} view={view} onView={onView} />
      <ColumnsButton table={table} view={view} onView={onView} />
      {more.children}
      {more.onInPlace ? (
        <ToggleButton
          className={more.inPlace ? "button plain active" : "button plain"}
          isSelected={more.inPlace ?? false}
          onChange={more.onInPlace}
          aria-label={say("inline.toggle")}
        >
          <PencilLine aria-hidden="true" />
          <span className="wide-only">{say("inline.short")}</span>
        </ToggleButton>
      ) : null}
      <Button look="icon" onPress={onTrash} aria-label={say("trash.title")}>
        <Trash2 aria-hidden="true" />
      </Button>
      {onAdd ? (
        <Button look="primary" onPress={onAdd}>
          <Plus aria-hidden="true" />
          {say("records.add")}
        </Button>
      ) : null}
    </div>
  );
}

type ViewProps = Pick<Props, "table" | "view" | "onView">;

function FilterButton({ table, view, onView }: ViewProps) {
  const say = useText();
  const active = view.filters.length + (view.marked ? 1 : 0);
  const set = (field: FieldDefinition, filter: ColumnFilter) =>
    onView({
      ...view,
      filters: [
        ...view.filters.filter(({ id }) => id !== field.name),
        { id: field.name, value: filter },
      ],
    });
  return (
    <ToolbarPopover
      title={say("filter.title")}
      label={say("filter.button", { count: active })}
      icon={<ListFilter aria-hidden="true" />}
      isActive={active > 0}
      count={active}
    >
      <div className="form">
        {table.fields.map((field) => (
          <FieldFilter
            key={field.name}
            table={table}
            field={field}
            filter={view.filters.find(({ id }) => id === field.name)?.value as ColumnFilter}
            onChange={(filter) => set(field, filter)}
          />
        ))}
        <Choice
          label={say("marks.title")}
          options={[
            { id: "", label: "—" },
            { id: "star", label: say("marks.filter.star") },
            { id: "flag", label: say("marks.filter.flag") },
            { id: "note", label: say("marks.filter.note") },
          ]}
          value={view.marked ?? ""}
          onChange={(kind) =>
            onView({ ...view, marked: kind === "" ? undefined : (kind as TableView["marked"]) })
          }
        />
      </div>
      {/* Never disabled: it has the keyboard when it has done its work, and Escape must go on. */}
      <Button onPress={() => onView({ ...view, filters: [], marked: undefined })}>{say("filter.clear")}</Button>
    </ToolbarPopover>
  );
}

interface FieldFilterProps {
  table: TableDefinition;
  field: FieldDefinition;
  filter: ColumnFilter | undefined;
  onChange: (filter: ColumnFilter) => void;
}

function FieldFilter({ table, field, filter, onChange }: FieldFilterProps) {
  const say = useText();
  const titles = useTitles();
  const title = titles.field(table, field);
  switch (filterKind(field)) {
    case null:
      return null;
    case "one_of":
      return (
        <CheckboxGroup
          className="checks"
          value={filter?.kind === "one_of" ? filter.values : []}
          onChange={(values) => onChange({ kind: "one_of", values })}
        >
          <Label className="label">{title}</Label>
          {offered(field).map((value) => (
            <Check key={value} value={value}>
              {field.type === "boolean"
                ? say(value === "true" ? "yes" : "no")
                : titles.choice(table, field, value)}
            </Check>
          ))}
        </CheckboxGroup>
      );
    case "between": {
      const range = filter?.kind === "between" ? filter : { from: "", to: "" };
      const type = field.type === "date" ? "date" : "text";
      const number = field.type === "date" ? {} : { inputMode: "decimal" as const };
      const clean = (text: string) =>
        field.type === "date" ? text : text.replace(",", ".").replaceAll(/[^\d.-]/g, "");
      return (
        <fieldset className="range">
          <legend className="label">{title}</legend>
          <TextField
            label={say("filter.from")}
            type={type}
            {...number}
            value={range.from}
            onChange={(from) => onChange({ kind: "between", from: clean(from), to: range.to })}
          />
          <TextField
            label={say("filter.to")}
            type={type}
            {...number}
            value={range.to}
            onChange={(to) => onChange({ kind: "between", from: range.from, to: clean(to) })}
          />
        </fieldset>
      );
    }
  }
}
