import { getRouteApi, Outlet, useChildMatches, useNavigate, useParams } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useCallback, useDeferredValue, useEffect, useRef, useState, type RefObject } from "react";
import { useIntl } from "react-intl";
import { NotFound } from "../app/not-found";
import { useRecords, useTables, useVaults } from "../app/queries";
import { readSetting, writeSetting } from "../app/settings-store";
import type { FieldDefinition, FieldValue, TableDefinition, Vault } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice, Notice } from "../ui/notice";
import { narrows, type ColumnFilter } from "./filter";
import { Grid } from "./grid";
import { firstView, useRecordTable, type TableView } from "./record-table";
import { Toolbar } from "./toolbar";
import { titlesIn } from "./values";

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
  const intl = useIntl();
  const navigate = useNavigate();
  const records = useRecords(vault.vault, table.name);
  const [search, setSearch] = useState("");
  const [view, setView] = useSavedView(table);
  const shown = useCallback(
    (field: FieldDefinition, value: FieldValue | undefined) =>
      titlesIn(intl).value(table, field, value),
    [intl, table],
  );
  const rows = useRecordTable({
    table,
    records: records.data ?? nothing,
    search: useDeferredValue(search),
    view,
    locale: intl.locale,
    shown,
  });
  const open = useParams({ strict: false }).record;
  const panel = useHasPanel();
  const place = useRef<HTMLDivElement>(null);
  useFocusBack(place, open);

  const add = () =>
    void navigate({
      to: "/vaults/$vault/table/$table/new",
      params: { vault: vault.vault, table: table.name },
    });
  const all = records.data?.length ?? 0;
  const visible = rows.getRowModel().rows.length;
  return (
    <div className={panel ? "records with-panel" : "records"} ref={place}>
      <div className="records-main">
        <Toolbar
          table={table}
          search={search}
          onSearch={setSearch}
          view={view}
          onView={setView}
          onTrash={() =>
            void navigate({
              to: "/vaults/$vault/table/$table/trash",
              params: { vault: vault.vault, table: table.name },
            })
          }
          {...(canWrite(vault, table) ? { onAdd: add } : {})}
        />
        {vault.read_only ? (
          <Notice weight="warning" title={say("records.read_only.title")}>
            <p>
              <Text id="records.read_only.text" />
            </p>
          </Notice>
        ) : null}
        {table.private ? (
          <p className="muted">
            <Text id="records.private" />
          </p>
        ) : null}
        {records.error ? (
          <ErrorNotice error={records.error} onRetry={() => void records.refetch()} />
        ) : null}
        {records.isPending ? <Loading /> : null}
        {records.data && all === 0 ? (
          <div className="empty">
            <h2>{say("records.empty.title")}</h2>
            <p>
              <Text id={canWrite(vault, table) ? "records.empty.text" : "records.empty.reader"} />
            </p>
            {canWrite(vault, table) ? (
              <Button look="primary" onPress={add}>
                <Plus aria-hidden="true" />
                {say("records.add")}
              </Button>
            ) : null}
          </div>
        ) : null}
        {all > 0 ? (
          <>
            <p className="records-count" role="status">
              {visible === all
                ? say("records.count", { count: all })
                : say("records.count.some", { shown: visible, count: all })}
            </p>
            {visible > 0 ? (
              <Grid
                rows={rows}
                table={table}
                open={open}
                onSort={(sorting) => setView({ ...view, sorting })}
                onOpen={(record) =>
                  void navigate({
                    to: "/vaults/$vault/table/$table/record/$record",
                    params: { vault: vault.vault, table: table.name, record },
                  })
                }
              />
            ) : (
              <div className="empty small">
                <p>
                  <Text id="records.none_fits" />
                </p>
                <Button
                  onPress={() => {
                    setSearch("");
                    setView({ ...view, filters: [] });
                  }}
                >
                  {say("records.show_all")}
                </Button>
              </div>
            )}
          </>
        ) : null}
      </div>
      <Outlet />
    </div>
  );
}

const nothing: never[] = [];

/** Whether a record or a form is open beside the table. */
function useHasPanel(): boolean {
  return useChildMatches({ select: (matches) => matches.length > 0 });
}

/** The view of a table; which columns it has is remembered, what it is narrowed to is not. */
function useSavedView(table: TableDefinition): [TableView, (view: TableView) => void] {
  const setting = `columns.${table.name}` as const;
  const [view, setView] = useState<TableView>(() => ({
    ...firstView(table),
    ...savedVisibility(readSetting(setting)),
  }));
  const change = (next: TableView) => {
    if (next.visibility !== view.visibility) {
      writeSetting(setting, JSON.stringify(next.visibility));
    }
    setView({
      ...next,
      filters: next.filters.filter((filter) => narrows(filter.value as ColumnFilter)),
    });
  };
  return [view, change];
}

function savedVisibility(text: string | null): Pick<TableView, "visibility"> | object {
  try {
    const saved: unknown = JSON.parse(text ?? "null");
    return typeof saved === "object" && saved !== null ? { visibility: saved } : {};
  } catch {
    return {};
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
