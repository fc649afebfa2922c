import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Outlet, useChildMatches, useNavigate, useParams } from "@tanstack/react-router";
import { Plus, Star } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState, type RefObject } from "react";
import { NotFound } from "../app/not-found";
import { keys, useAsk, useChange, useTables, useVaults } from "../app/queries";
import { readSetting, writeSetting } from "../app/settings-store";
import type { FieldDefinition, FieldValue, TableDefinition, Vault } from "../core/api";
import { sentenceFor } from "../core/error-sentences";
import { toCoreError, type CoreError } from "../core/problem";
import type { Row } from "../core/record-methods";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { NoneFits } from "../ui/none-fits";
import { ErrorNotice } from "../ui/notice";
import { BatchDialog } from "./batch-dialog";
import { narrows, type ColumnFilter } from "./filter";
import { Grid } from "./grid";
import { keptColumns, readColumns, type ColumnChoice } from "./columns";
import { firstView, useRecordTable, type TableView } from "./record-table";
import { ReadOnlyNotice } from "../sharing/read-only-notice";
import { useReread, useRowQuery, useRows, type RowWindow } from "./rows";
import { SelectionBar } from "./selection-bar";
import { Toolbar } from "./toolbar";
import { ViewsButton } from "./views-button";

const route = getRouteApi("/vaults/$vault/table/$table");

/** A table of a vault, with what is open beside it. */
export function TablePage() {
  const { vault: vaultId, table: name } = route.useParams();
  const { data: vaults } = useVaults();
  const { data: tables } = useTables();
  const vault = vaults?.find((candidate) => candidate.vault === vaultId);
  const table = tables?.find((candidate) => candidate.name === name);
  if (!vault || !tables) return <Loading />;
  if (!table) return <NotFound />;
  // A table of its own state: search and filters of one are not those of the next.
  return <Records key={`${vaultId} ${name}`} vault={vault} table={table} />;
}

/** Whether records of a table can be written beside a vault. What is private is one's own. */
export const canWrite = (vault: Vault, table: TableDefinition) =>
  vault.read_only === null && (table.private === true || vault.role !== "reader");

function Records({ vault, table }: { vault: Vault; table: TableDefinition }) {
  const say = useText();
  const navigate = useNavigate();
  const ask = useAsk();
  const reread = useReread();
  const edit = useChange("edit_record");
  const [search, setSearch] = useState("");
  const [view, setView] = useSavedView(table);
  const query = useRowQuery(vault, table, view, useDeferredValue(search));
  const rows = useRows(query);
  // While a cell is edited, rows stay where they are: a new order must not take it away.
  const [held, setHeld] = useState<RowWindow | null>(null);
  const list = held ?? rows.data;
  const columns = useRecordTable(table, list?.rows ?? nothing, view);
  const open = useParams({ strict: false }).record;
  const panel = useHasPanel();
  const place = useRef<HTMLDivElement>(null);
  useFocusBack(place, open);
  useSeen(vault);

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set<string>());
  const [work, setWork] = useState<"set" | "trash" | null>(null);
  const [byClick, setByClick] = useState(false);
  const writes = canWrite(vault, table);
  const star = useChange("set_mark");
  const pick = useMutation<ReadonlySet<string>, CoreError>({
    mutationFn: async () => {
      const { records } = await ask("pick_records", { query });
      return new Set(records.map(({ record }) => record));
    },
    onSuccess: setSelected,
  });
  const select = (record: string) => {
    const next = new Set(selected);
    if (!next.delete(record)) next.add(record);
    setSelected(next);
  };
  const toggleStar = (row: Row) =>
    star.mutate(
      { vault: vault.vault, object: row.record, star: !row.mark?.star },
      { onSuccess: () => void reread(vault.vault) },
    );
  const save = async (row: Row, field: FieldDefinition, value: FieldValue) => {
    try {
      const { version } = await edit.mutateAsync({
        vault: vault.vault,
        record: row.record,
        version: row.version,
        fields: { [field.name]: value },
      });
      const written = { ...row, version, fields: { ...row.fields, [field.name]: value } };
      setHeld((now) =>
        now && { ...now, rows: now.rows.map((one) => (one.record === row.record ? written : one)) },
      );
      return null;
    } catch (thrown) {
      return say(sentenceFor(toCoreError(thrown)).title);
    }
  };
  const isEditing = useRef(false);
  const onEditing = (editing: boolean) => {
    isEditing.current = editing;
    if (editing) return setHeld((now) => now ?? rows.data ?? null);
    // The next cell can be open before everything was read again.
    void reread(vault.vault).then(() => {
      if (!isEditing.current) setHeld(null);
    });
  };

  const params = { vault: vault.vault, table: table.name };
  const add = () => void navigate({ to: "/vaults/$vault/table/$table/new", params });
  const all = list?.all ?? 0;
  const total = list?.total ?? 0;
  return (
    <div className={panel ? "records with-panel" : "records"} ref={place}>
      <div className="records-main">
        <Toolbar
          table={table}
          search={search}
          onSearch={setSearch}
          view={view}
          onView={setView}
          onTrash={() => void navigate({ to: "/vaults/$vault/table/$table/trash", params })}
          {...(writes ? { onAdd: add, inPlace: byClick, onInPlace: setByClick } : {})}
        >
          <ViewsButton
            vault={vault.vault}
            table={table}
            view={view}
            search={search}
            onUse={(next, words) => {
              setView(next);
              setSearch(words);
            }}
          />
        </Toolbar>
        <ReadOnlyNotice vault={vault} />
        {table.private ? (
          <p className="muted">
            <Text id="records.private" />
          </p>
        ) : null}
        {rows.error ? <ErrorNotice error={rows.error} onRetry={() => void rows.refetch()} /> : null}
        {star.error ? <ErrorNotice error={star.error} /> : null}
        {pick.error ? <ErrorNotice error={pick.error} /> : null}
        {rows.isPending ? <Loading /> : null}
        {list && all === 0 ? (
          <div className="empty">
            <h2>{say("records.empty.title")}</h2>
            <p>
              <Text id={writes ? "records.empty.text" : "records.empty.reader"} />
            </p>
            {writes ? (
              <Button look="primary" onPress={add}>
                <Plus aria-hidden="true" />
                {say("records.add")}
              </Button>
            ) : null}
          </div>
        ) : null}
        {list && all > 0 ? (
          <>
            {selected.size > 0 ? (
              <SelectionBar
                count={selected.size}
                total={total}
                onAll={() => pick.mutate()}
                isPicking={pick.isPending}
                onClear={() => setSelected(new Set())}
                {...(writes ? { onSet: () => setWork("set"), onTrash: () => setWork("trash") } : {})}
              />
            ) : (
              <p className="records-count" role="status">
                {total === all
                  ? say("records.count", { count: all })
                  : say("records.count.some", { shown: total, count: all })}
              </p>
            )}
            {total > 0 ? (
              <Grid
                of={query}
                columns={columns}
                table={table}
                list={list}
                open={open}
                onSee={rows.seeFrom}
                onSort={(sorting) => setView({ ...view, sorting })}
                widths={view.widths}
                onWidths={(widths) => setView({ ...view, widths })}
                onOpen={(record) =>
                  void navigate({
                    to: "/vaults/$vault/table/$table/record/$record",
                    params: { ...params, record },
                  })
                }
                selected={selected}
                onSelect={select}
                onStar={toggleStar}
                corner={
                  <button
                    type="button"
                    className={view.marked === "star" ? "row-star on" : "row-star"}
                    aria-pressed={view.marked === "star"}
                    aria-label={say("marks.only_starred")}
                    title={say("marks.only_starred")}
                    onClick={() =>
                      setView({ ...view, marked: view.marked === "star" ? undefined : "star" })
                    }
                  >
                    <Star aria-hidden="true" />
                  </button>
                }
                {...(writes ? { edit: { byClick, save, onEditing } } : {})}
              />
            ) : (
              <NoneFits
                id="records.none_fits"
                onAll={() => {
                  setSearch("");
                  setView({ ...view, filters: [], marked: undefined });
                }}
              />
            )}
          </>
        ) : null}
      </div>
      {work ? (
        <BatchDialog
          vault={vault}
          table={table}
          query={query}
          records={selected}
          work={work}
          onClose={() => setWork(null)}
          onDone={() => {
            setWork(null);
            setSelected(new Set());
          }}
        />
      ) : null}
      <Outlet />
    </div>
  );
}

const nothing: never[] = [];

/** What is shown of a vault is not new any more: when it is opened, and when it is left. */
function useSeen(vault: Vault) {
  const ask = useAsk();
  const queries = useQueryClient();
  const asked = useRef(ask);
  asked.current = ask;
  const { vault: id, unread } = vault;
  useEffect(() => {
    const tell = () =>
      void asked
        .current("mark_seen", { vault: id })
        .then(() => queries.invalidateQueries({ queryKey: keys.vaults }))
        // The count stays for the next time; nothing is lost by it.
        .catch(() => {});
    if (unread > 0 && document.visibilityState === "visible") tell();
  }, [id, unread, queries]);
}

/** Whether a record or a form is open beside the table. */
function useHasPanel(): boolean {
  return useChildMatches({ select: (matches) => matches.length > 0 });
}

/** The view of a table; its columns are remembered, what it is narrowed to is not. */
function useSavedView(table: TableDefinition): [TableView, (view: TableView) => void] {
  const setting = `columns.${table.name}` as const;
  const [view, setView] = useState<TableView>(() => ({
    ...firstView(table),
    ...savedColumns(table, readSetting(setting)),
  }));
  const change = (next: TableView) => {
    const kept = JSON.stringify(keptColumns(table, next));
    if (kept !== JSON.stringify(keptColumns(table, view))) writeSetting(setting, kept);
    setView({
      ...next,
      filters: next.filters.filter((filter) => narrows(filter.value as ColumnFilter)),
    });
  };
  return [view, change];
}

function savedColumns(table: TableDefinition, text: string | null): ColumnChoice {
  try {
    return readColumns(table, JSON.parse(text ?? "null"));
  } catch {
    return readColumns(table, null);
  }
}

/** When a record is closed, the keyboard is back on its row. */
function useFocusBack(place: RefObject<HTMLElement | null>, open: string | undefined) {
  const last = useRef(open);
  useEffect(() => {
    const closed = last.current;
    last.current = open;
    if (open !== undefined || closed === undefined) return;
    place.current?.querySelector<HTMLElement>(`[data-record="${CSS.escape(closed)}"]`)?.focus();
  }, [open, place]);
}
