import { getRouteApi } from "@tanstack/react-router";
import { useTables, useVaults } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { canWrite } from "../records/table-page";
import { Loading } from "../ui/loading";
import { ExportSection } from "./export-section";
import { ImportSection } from "./import-section";

const route = getRouteApi("/vaults/$vault/exchange");

/** A vault's way into files and out of them. Everything happens on this device. */
export default function ExchangePage() {
  const say = useText();
  const { vault: id } = route.useParams();
  const vault = useVaults().data?.find((candidate) => candidate.vault === id);
  const { data: tables } = useTables();
  if (!vault || !tables) return <Loading />;
  const writable = tables.filter((table) => canWrite(vault, table));
  return (
    <div className="page exchange">
      <div>
        <h2>{say("exchange.title")}</h2>
        <p className="lead">
          <Text id="exchange.lead" />
        </p>
      </div>
      <ExportSection vault={vault} tables={tables} />
      {writable.length > 0 ? <ImportSection vault={vault} tables={writable} /> : null}
    </div>
  );
}
