import { useNavigate, useParams } from "@tanstack/react-router";
import { useTables, useVaults } from "../app/queries";

/** The vault and table that the address names, and the way back to the table. */
export function usePlace() {
  const { vault: vaultId = "", table: tableName = "", record } = useParams({ strict: false });
  const navigate = useNavigate();
  const vault = useVaults().data?.find((candidate) => candidate.vault === vaultId);
  const table = useTables().data?.find((candidate) => candidate.name === tableName);
  return {
    vault,
    table,
    record,
    toTable: () =>
      void navigate({
        to: "/vaults/$vault/table/$table",
        params: { vault: vaultId, table: tableName },
      }),
    toRecord: (id: string) =>
      void navigate({
        to: "/vaults/$vault/table/$table/record/$record",
        params: { vault: vaultId, table: tableName, record: id },
      }),
    toHistory: (id: string) =>
      void navigate({
        to: "/vaults/$vault/table/$table/record/$record/history",
        params: { vault: vaultId, table: tableName, record: id },
      }),
  };
}
