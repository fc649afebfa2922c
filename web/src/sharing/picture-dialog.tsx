import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import type { Vault } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { TextField } from "../ui/fields";
import { Loading } from "../ui/loading";
import { ErrorNotice, Notice } from "../ui/notice";
import { CopyButton } from "./copy-button";
import { usePicture, useVaultChange } from "./queries";

interface Props {
  vault: Vault;
  isOpen: boolean;
  onClose: () => void;
}

/** Two members compare what the server has shown them of a vault. */
export function PictureDialog({ vault, isOpen, onClose }: Props) {
  const say = useText();
  return (
    <Dialog title={say("picture.title")} isOpen={isOpen} onClose={onClose}>
      {isOpen ? <ComparePictures vault={vault} onClose={onClose} /> : null}
    </Dialog>
  );
}

function ComparePictures({ vault, onClose }: { vault: Vault; onClose: () => void }) {
  const say = useText();
  const own = usePicture(vault.vault);
  const confirm = useVaultChange("confirm_picture", vault.vault);
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (code.trim()) confirm.mutate({ vault: vault.vault, code });
  };
  const unreadable = confirm.error?.code === "no_head_code";
  const error = unreadable
    ? say("picture.unreadable")
    : tried && code.trim() === ""
      ? say("picture.missing")
      : undefined;
  if (confirm.data) {
    return (
      <>
        <Notice weight="info" title={say("picture.same.title")}>
          <p>
            <Text id="picture.same.text" />
          </p>
        </Notice>
        <div className="actions end">
          <Button look="primary" onPress={onClose}>
            {say("close")}
          </Button>
        </div>
      </>
    );
  }
  return (
    <Form onSubmit={submit} className="form" validationBehavior="aria">
      <p>
        <Text id="picture.how" />
      </p>
      <div className="own-code">
        <h3>{say("picture.own")}</h3>
        {own.error ? <ErrorNotice error={own.error} onRetry={() => void own.refetch()} /> : null}
        {own.isPending ? <Loading /> : null}
        {own.data ? (
          <>
            <p className="digits one-line" translate="no">
              {own.data.code}
            </p>
            <div className="actions">
              <CopyButton text={own.data.code} label={say("picture.copy")} />
            </div>
          </>
        ) : null}
      </div>
      <TextField
        label={say("picture.theirs")}
        hint={<Text id="picture.theirs.hint" />}
        value={code}
        onChange={setCode}
        error={error}
        lines={2}
        code
      />
      {confirm.error && !unreadable ? <ErrorNotice error={confirm.error} kept /> : null}
      <DialogActions
        onCancel={onClose}
        submit={say("picture.submit")}
        isPending={confirm.isPending}
      />
    </Form>
  );
}
