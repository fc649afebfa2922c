import { getRouteApi, Link, Navigate, Outlet } from "@tanstack/react-router";
import { ArrowLeft, ArrowLeftRight, Lock, Paperclip, Users } from "lucide-react";
import { NotFound } from "../app/not-found";
import { useTables, useVaults } from "../app/queries";
import { CoreError, exit } from "../core/problem";
import { useText } from "../i18n/text";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { AccessEnded } from "../sharing/access-ended";
import { useTitles } from "../records/values";

const route = getRouteApi("/vaults/$vault");

/** A vault: its name, its tables, its people. */
export function VaultPage() {
  const say = useText();
  const titles = useTitles();
  const { vault: id } = route.useParams();
  const vaults = useVaults();
  const tables = useTables();
  const vault = vaults.data?.find((candidate) => candidate.vault === id);
  const error = vaults.error ?? tables.error;
  if (error && !(vault && tables.data)) {
    return (
      <div className="page narrow">
        <ErrorNotice
          error={error}
          onRetry={() => void Promise.all([vaults.refetch(), tables.refetch()])}
        />
      </div>
    );
  }
  if (!vaults.data || !tables.data) return <Loading />;
  if (!vault) return vaults.isFetching ? <Loading /> : <NotFound />;
  return (
    <div className="vault">
      <div className="vault-head">
        <Link to="/" className="button icon" aria-label={say("nav.home")}>
          <ArrowLeft aria-hidden="true" />
        </Link>
        <h1>{vault.name}</h1>
        {vault.ended ? <AccessEnded name={vault.name} /> : null}
        <nav className="tabs" aria-label={say("nav.vault")}>
          {tables.data.map((table) => (
            <Link
              key={table.name}
              to="/vaults/$vault/table/$table"
              params={{ vault: id, table: table.name }}
              className="tab"
            >
              {table.private ? <Lock aria-hidden="true" /> : null}
              {titles.table(table)}
            </Link>
          ))}
          <Link to="/vaults/$vault/files" params={{ vault: id }} className="tab">
            <Paperclip aria-hidden="true" />
            {say("files.title")}
          </Link>
          <Link to="/vaults/$vault/members" params={{ vault: id }} className="tab">
            <Users aria-hidden="true" />
            {say("members.title")}
            <span className="count">{vault.members}</span>
          </Link>
          <Link to="/vaults/$vault/exchange" params={{ vault: id }} className="tab">
            <ArrowLeftRight aria-hidden="true" />
            {say("exchange.tab")}
          </Link>
        </nav>
      </div>
      {vault.trouble ? (
        <div className="page narrow">
          <ErrorNotice
            error={new CoreError({ ...vault.trouble, exit: exit.integrity })}
            onRetry={() => void vaults.refetch()}
          />
        </div>
      ) : (
        <Outlet />
      )}
    </div>
  );
}

/** A vault opens with its first table. */
export function FirstTable() {
  const { vault: id } = route.useParams();
  const [first] = useTables().data ?? [];
  return first ? (
    <Navigate to="/vaults/$vault/table/$table" params={{ vault: id, table: first.name }} replace />
  ) : null;
}
