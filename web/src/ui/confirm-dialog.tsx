import type { ReactNode } from "react";
import { useText } from "../i18n/text";
import type { CoreError } from "../core/problem";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { ErrorNotice } from "./notice";

interface Props {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** What the button says that does it. */
  submit: string;
  /** What it starts: while it runs the button is busy, and why it failed is shown. */
  change: { isPending: boolean; error: CoreError | null };
  onConfirm: () => void;
  /** What it means, in plain words. */
  children: ReactNode;
}

/** Asks before something is ended that does not come back by itself. */
export function ConfirmDialog(props: Props) {
  const { title, isOpen, onClose, submit, change, onConfirm, children } = props;
  const say = useText();
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose} role="alertdialog">
      {children}
      {change.error ? <ErrorNotice error={change.error} /> : null}
      <div className="actions end">
        <Button look="quiet" onPress={onClose}>
          {say("cancel")}
        </Button>
        <Button look="danger" isPending={change.isPending} onPress={onConfirm}>
          {submit}
        </Button>
      </div>
    </Dialog>
  );
}
