import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { keys, useChange } from "../app/queries";
import type { Vault, VaultRecord } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";

interface Props {
  vault: Vault;
  record: VaultRecord;
  title: string;
  onDeleted: () => void;
}

/** Moves a record to the trash, after a plain word on what that does and does not do. */
export function DeleteRecord({ vault, record, title, onDeleted }: Props) {
  const say = useText();
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const remove = useChange("delete_record");
  return (
    <>
      <Button look="icon" onPress={() => setAsking(true)} aria-label={say("delete.open")}>
        <Trash2 aria-hidden="true" />
      </Button>
      <ConfirmDialog
        title={say("delete.title")}
        isOpen={asking}
        onClose={() => setAsking(false)}
        submit={say("delete.submit")}
        change={remove}
        onConfirm={() =>
          remove.mutate(
            { vault: vault.vault, record: record.record, version: record.version },
            {
              onSuccess: () => {
                // First away from the record, then out of the table.
                onDeleted();
                void queries.invalidateQueries({ queryKey: keys.vault(vault.vault) });
                void queries.invalidateQueries({ queryKey: keys.vaults });
              },
            },
          )
        }
      >
        <p>
          <Text id="delete.text" values={{ title: title || say("record.title") }} />
        </p>
        <p>
          <Text id="delete.copies" />
        </p>
      </ConfirmDialog>
    </>
  );
}
