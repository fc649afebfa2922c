import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { EllipsisVertical, KeyRound, LogOut, Pencil, ScanEye } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Form, MenuItem } from "react-aria-components";
import { keys, useChange } from "../app/queries";
import type { Vault } from "../core/api";
import type { Member } from "../core/api-sharing";
import { Text, useText } from "../i18n/text";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { TextField } from "../ui/fields";
import { MenuButton } from "../ui/menu-button";
import { ErrorNotice } from "../ui/notice";
import { PictureDialog } from "./picture-dialog";
import { useVaultChange } from "./queries";
import { mayLeave, rolesToGive } from "./rights";

interface Props {
  vault: Vault;
  members: readonly Member[];
}

/** What can be done with a vault itself: its name, its keys, leaving it. */
export function VaultMenu({ vault, members }: Props) {
  const say = useText();
  const [open, setOpen] = useState<"rename" | "keys" | "picture" | "leave">();
  const close = () => setOpen(undefined);
  const manages = vault.read_only === null && rolesToGive(vault.role).length > 0;
  return (
    <>
      <MenuButton
        label={say("sharing.vault_menu")}
        look="icon"
        button={<EllipsisVertical aria-hidden="true" />}
      >
        {manages ? (
          <MenuItem className="list-item" onAction={() => setOpen("rename")}>
            <Pencil aria-hidden="true" />
            {say("sharing.rename")}
          </MenuItem>
        ) : null}
        <MenuItem className="list-item" onAction={() => setOpen("picture")}>
          <ScanEye aria-hidden="true" />
          {say("picture.open")}
        </MenuItem>
        {manages ? (
          <MenuItem className="list-item" onAction={() => setOpen("keys")}>
            <KeyRound aria-hidden="true" />
            {say("sharing.renew_keys")}
          </MenuItem>
        ) : null}
        {vault.read_only === null && mayLeave(members) ? (
          <MenuItem className="list-item" onAction={() => setOpen("leave")}>
            <LogOut aria-hidden="true" />
            {say("sharing.leave")}
          </MenuItem>
        ) : null}
      </MenuButton>
      <Dialog title={say("sharing.rename")} isOpen={open === "rename"} onClose={close}>
        {open === "rename" ? <RenameForm vault={vault} onClose={close} /> : null}
      </Dialog>
      <PictureDialog vault={vault} isOpen={open === "picture"} onClose={close} />
      <RenewKeys vault={vault} isOpen={open === "keys"} onClose={close} />
      <LeaveVault vault={vault} isOpen={open === "leave"} onClose={close} />
    </>
  );
}

interface OfVault {
  vault: Vault;
  isOpen: boolean;
  onClose: () => void;
}

function RenameForm({ vault, onClose }: { vault: Vault; onClose: () => void }) {
  const say = useText();
  const rename = useVaultChange("rename_vault", vault.vault);
  const [name, setName] = useState(vault.name);
  const missing = name.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!missing) rename.mutate({ vault: vault.vault, name: name.trim() }, { onSuccess: onClose });
  };
  return (
    <Form onSubmit={submit} className="form" validationBehavior="aria">
      <TextField
        label={say("vaults.name")}
        hint={<Text id="sharing.rename.hint" />}
        value={name}
        onChange={setName}
        error={missing ? say("vaults.name.missing") : undefined}
        autoFocus
      />
      {rename.error ? <ErrorNotice error={rename.error} kept /> : null}
      <DialogActions
        onCancel={onClose}
        submit={say("sharing.rename.submit")}
        isPending={rename.isPending}
      />
    </Form>
  );
}

function RenewKeys({ vault, isOpen, onClose }: OfVault) {
  const say = useText();
  const renew = useVaultChange("renew_vault_keys", vault.vault);
  return (
    <Dialog title={say("sharing.renew_keys")} isOpen={isOpen} onClose={onClose}>
      <p>
        <Text id="sharing.renew_keys.text" />
      </p>
      {renew.error ? <ErrorNotice error={renew.error} /> : null}
      <DialogActions
        onCancel={onClose}
        submit={say("sharing.renew_keys.submit")}
        isPending={renew.isPending}
        onSubmit={() => renew.mutate({ vault: vault.vault }, { onSuccess: onClose })}
      />
    </Dialog>
  );
}

function LeaveVault({ vault, isOpen, onClose }: OfVault) {
  const say = useText();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const leave = useChange("leave_vault");
  return (
    <ConfirmDialog
      title={say("sharing.leave.title", { vault: vault.name })}
      isOpen={isOpen}
      onClose={onClose}
      submit={say("sharing.leave.submit")}
      change={leave}
      onConfirm={() =>
        leave.mutate(
          { vault: vault.vault },
          {
            onSuccess: async () => {
              await navigate({ to: "/" });
              await queries.invalidateQueries({ queryKey: keys.vaults });
            },
          },
        )
      }
    >
      <p>
        <Text id="sharing.leave.text" />
      </p>
    </ConfirmDialog>
  );
}
