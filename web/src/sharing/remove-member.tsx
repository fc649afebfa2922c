import { Text, useText } from "../i18n/text";
import { ConfirmDialog } from "../ui/confirm-dialog";
import type { OfMember } from "./change-role";
import { useVaultChange } from "./queries";

/** Removes a member, after a plain word on what that can and cannot do. */
export function RemoveMember({ vault, member, isOpen, onClose }: OfMember) {
  const say = useText();
  const remove = useVaultChange("remove_member", vault.vault);
  const { name, identity } = member;
  return (
    <ConfirmDialog
      title={say("sharing.remove.title", { name })}
      isOpen={isOpen}
      onClose={onClose}
      submit={say("sharing.remove.submit")}
      change={remove}
      onConfirm={() => remove.mutate({ vault: vault.vault, identity }, { onSuccess: onClose })}
    >
      <ul className="plain-points">
        <li>
          <Text id="sharing.remove.future" values={{ name, vault: vault.name }} />
        </li>
        <li>
          <Text id="sharing.remove.keys" />
        </li>
        <li>
          <Text id="sharing.remove.copies" values={{ name }} />
        </li>
      </ul>
    </ConfirmDialog>
  );
}
