import type { ReactNode } from "react";
import type { CoreError } from "../core/problem";
import { Dialog } from "./dialog";
import { DialogActions } from "./dialog-actions";
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
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose} role="alertdialog">
      {children}
      {change.error ? <ErrorNotice error={change.error} /> : null}
      <DialogActions
        onCancel={onClose}
        submit={submit}
        isDanger
        isPending={change.isPending}
        onSubmit={onConfirm}
      />
    </Dialog>
  );
}
