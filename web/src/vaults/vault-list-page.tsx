import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronRight, Plus, Vault as VaultIcon } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { keys, useChange, useVaults } from "../app/queries";
import type { Vault } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { TextField } from "../ui/fields";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";

/** All vaults of a person. */
export function VaultListPage() {
  const say = useText();
  const vaults = useVaults();
  const listed = vaults.data?.filter((vault) => !vault.ended);
  const [creating, setCreating] = useState(false);
  const create = () => setCreating(true);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{say("vaults.title")}</h1>
        {listed?.length ? (
          <Button look="primary" onPress={create}>
            <Plus aria-hidden="true" />
            {say("vaults.create")}
          </Button>
        ) : null}
      </div>
      {vaults.error ? (
        <ErrorNotice error={vaults.error} onRetry={() => void vaults.refetch()} />
      ) : null}
      {vaults.isPending ? <Loading /> : null}
      {listed?.length === 0 ? <NoVaults onCreate={create} /> : null}
      {listed?.length ? (
        <ul className="vault-list">
          {listed.map((vault) => (
            <VaultItem key={vault.vault} vault={vault} />
          ))}
        </ul>
      ) : null}
      <CreateVault isOpen={creating} onClose={() => setCreating(false)} />
    </div>
  );
}

function VaultItem({ vault }: { vault: Vault }) {
  const say = useText();
  return (
    <li>
      <Link to="/vaults/$vault" params={{ vault: vault.vault }} className="vault-item">
        <span className="vault-icon" aria-hidden="true">
          <VaultIcon />
        </span>
        <span className="vault-text">
          <span className="vault-name">
            {vault.name}
            {vault.kind === "personal" ? (
              <span className="badge">{say("vaults.personal")}</span>
            ) : null}
            {vault.unread > 0 ? (
              <span className="badge unread">{say("vaults.unread", { count: vault.unread })}</span>
            ) : null}
            {vault.trouble ? <span className="badge danger">{say("vaults.trouble")}</span> : null}
            {vault.read_only ? (
              <span className="badge conflict">{say("vaults.read_only")}</span>
            ) : null}
          </span>
          <span className="vault-facts">
            <span>{say(`role.${vault.role}`)}</span>
            <span>{say("vaults.members", { count: vault.members })}</span>
            <span>{say("vaults.records", { count: vault.records })}</span>
          </span>
        </span>
        <ChevronRight aria-hidden="true" />
      </Link>
    </li>
  );
}

function NoVaults({ onCreate }: { onCreate: () => void }) {
  const say = useText();
  return (
    <div className="empty">
      <VaultIcon aria-hidden="true" />
      <h2>{say("vaults.empty.title")}</h2>
      <p>
        <Text id="vaults.empty.text" />
      </p>
      <Button look="primary" onPress={onCreate}>
        <Plus aria-hidden="true" />
        {say("vaults.create")}
      </Button>
    </div>
  );
}

function CreateVault({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const say = useText();
  const navigate = useNavigate();
  const create = useChange("create_vault", [keys.vaults]);
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const missing = name.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (missing) return;
    create.mutate(
      { name: name.trim() },
      { onSuccess: ({ vault }) => void navigate({ to: "/vaults/$vault", params: { vault } }) },
    );
  };
  return (
    <Dialog title={say("vaults.create")} isOpen={isOpen} onClose={onClose}>
      <Form onSubmit={submit} className="form" validationBehavior="aria">
        <TextField
          label={say("vaults.name")}
          hint={<Text id="vaults.name.hint" />}
          value={name}
          onChange={setName}
          error={tried && missing ? say("vaults.name.missing") : undefined}
          autoFocus
        />
        {create.error ? <ErrorNotice error={create.error} kept /> : null}
        <DialogActions
          onCancel={onClose}
          submit={say("vaults.create.submit")}
          isPending={create.isPending}
        />
      </Form>
    </Dialog>
  );
}
