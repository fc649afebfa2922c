import { getRouteApi } from "@tanstack/react-router";
import { ArrowDownUp, Paperclip } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useIntl } from "react-intl";
import { useVaults } from "../app/queries";
import type { Vault } from "../core/api";
import type { FileQuery, VaultFile } from "../core/api-files";
import { Text, useText } from "../i18n/text";
import { ChoiceMenu } from "../ui/choice-menu";
import { Loading } from "../ui/loading";
import { NoneFits } from "../ui/none-fits";
import { ErrorNotice } from "../ui/notice";
import { SearchBox } from "../ui/search-box";
import { Tick } from "../ui/tick";
import { FileDialogs, type FileDialog } from "./file-dialogs";
import { FileGrid } from "./file-grid";
import { COLUMNS, useVaultFiles, type Column } from "./vault-files";

const route = getRouteApi("/vaults/$vault/files");

/** All files of a vault. */
export default function VaultFilesPage() {
  const { vault: id } = route.useParams();
  const vault = useVaults().data?.find((candidate) => candidate.vault === id);
  // Search and order of one vault are not those of the next.
  return vault ? <VaultFiles key={id} vault={vault} /> : <Loading />;
}

/** The list: to search, to sort, and to open a file or its record. */
export function VaultFiles({ vault }: { vault: Vault }) {
  const say = useText();
  const { locale } = useIntl();
  const vaults = useVaults().data ?? [];
  const [typed, setTyped] = useState("");
  const [sort, setSort] = useState("-changed");
  const [hidden, setHidden] = useState(false);
  const [dialog, setDialog] = useState<FileDialog | null>(null);
  const search = useDeferredValue(typed.trim());
  const query = useMemo(
    (): FileQuery => ({ vault: vault.vault, search, sort, locale, hidden }),
    [vault.vault, search, sort, locale, hidden],
  );
  const files = useVaultFiles(query);
  const list = files.data;
  // Files of what is private lie in one's own vault.
  const lies = dialog && (dialog.file as VaultFile).vault;
  const holder = vaults.find((one) => one.vault === lies) ?? vault;
  return (
    <div className="records all-files">
      <div className="records-main">
        <div className="toolbar" role="toolbar" aria-label={say("all_files.tools")}>
          <SearchBox label={say("all_files.search")} value={typed} onChange={setTyped} />
          <OrderButton sort={sort} onSort={setSort} />
        </div>
        {files.error ? <ErrorNotice error={files.error} onRetry={() => void files.refetch()} /> : null}
        {files.isPending ? <Loading /> : null}
        {list?.all === 0 ? (
          <div className="empty">
            <Paperclip aria-hidden="true" />
            <h2>{say("all_files.empty.title")}</h2>
            <p>
              <Text id="all_files.empty.text" />
            </p>
          </div>
        ) : null}
        {list && list.all > 0 ? (
          <>
            <div className="all-files-facts">
              <p className="records-count" role="status">
                {list.total === list.all
                  ? say("all_files.count", { count: list.all })
                  : say("all_files.count.some", { shown: list.total, count: list.all })}
              </p>
              {list.hidden > 0 ? (
                <Tick isSelected={hidden} onChange={setHidden}>
                  {say("files.show_hidden", { count: list.hidden })}
                </Tick>
              ) : null}
            </div>
            {list.total > 0 ? (
              <FileGrid
                vault={vault.vault}
                of={query}
                list={list}
                sort={sort}
                onSort={setSort}
                onSee={files.seeFrom}
                onOpen={(file) => setDialog({ kind: "view", file })}
              />
            ) : (
              <NoneFits
                id="all_files.none_fits"
                onAll={() => {
                  setTyped("");
                  setHidden(true);
                }}
              />
            )}
          </>
        ) : null}
      </div>
      <FileDialogs vault={holder} dialog={dialog} onChange={setDialog} />
    </div>
  );
}

/** The order of the list, also where its head is not seen. */
function OrderButton({ sort, onSort }: { sort: string; onSort: (sort: string) => void }) {
  const say = useText();
  const title = (column: Column) => say(`all_files.${column}`);
  return (
    <ChoiceMenu
      label={say("columns.order")}
      look="plain"
      options={COLUMNS.flatMap((column) => [
        { id: column, label: say("columns.up", { column: title(column) }) },
        { id: `-${column}`, label: say("columns.down", { column: title(column) }) },
      ])}
      value={sort}
      onChange={onSort}
    >
      <ArrowDownUp aria-hidden="true" />
      <span className="wide-only">{say("columns.order")}</span>
    </ChoiceMenu>
  );
}
