import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { ErrorNotice } from "../ui/notice";
import type { OfMember } from "./change-role";
import { useVaultChange } from "./queries";

/** Removes a member, after a plain word on what that can and cannot do. */
export function RemoveMember({ vault, member, isOpen, onClose }: OfMember) {
  const say = useText();
  const remove = useVaultChange("remove_member", vault.vault);
  const { name, identity } = member;
  return (
    <Dialog
      title={say("sharing.remove.title", { name })}
      isOpen={isOpen}
      onClose={onClose}
      role="alertdialog"
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
      {remove.error ? <ErrorNotice error={remove.error} /> : null}
      <div className="actions end">
        <Button look="quiet" onPress={onClose}>
          {say("cancel")}
        </Button>
        <Button
          look="danger"
          isPending={remove.isPending}
          onPress={() => remove.mutate({ vault: vault.vault, identity }, { onSuccess: onClose })}
        >
          {say("sharing.remove.submit")}
        </Button>
      </div>
    </Dialog>
  );
}
