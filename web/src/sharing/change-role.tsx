import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import type { Role, Vault } from "../core/api";
import type { Member } from "../core/api-sharing";
import { useText } from "../i18n/text";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { ErrorNotice } from "../ui/notice";
import { useVaultChange } from "./queries";
import { rolesToGive } from "./rights";
import { RoleChoice } from "./role-choice";

export interface OfMember {
  vault: Vault;
  member: Member;
  isOpen: boolean;
  onClose: () => void;
}

/** Gives a member another role. */
export function ChangeRole({ isOpen, ...props }: OfMember) {
  const say = useText();
  return (
    <Dialog
      title={say("sharing.change_role.title", { name: props.member.name })}
      isOpen={isOpen}
      onClose={props.onClose}
    >
      {isOpen ? <RoleForm {...props} /> : null}
    </Dialog>
  );
}

function RoleForm({ vault, member, onClose }: Omit<OfMember, "isOpen">) {
  const say = useText();
  const change = useVaultChange("set_member_role", vault.vault);
  const [role, setRole] = useState<Role>(member.role);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (role === member.role) {
      onClose();
      return;
    }
    change.mutate(
      { vault: vault.vault, identity: member.identity, role },
      { onSuccess: onClose },
    );
  };
  return (
    <Form onSubmit={submit} className="form">
      <RoleChoice roles={rolesToGive(vault.role)} value={role} onChange={setRole} />
      {change.error ? <ErrorNotice error={change.error} kept /> : null}
      <DialogActions
        onCancel={onClose}
        submit={say("sharing.change_role.submit")}
        isPending={change.isPending}
      />
    </Form>
  );
}
