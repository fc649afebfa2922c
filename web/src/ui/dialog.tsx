import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useText } from "../i18n/text";
import { Button } from "./button";

interface Props {
  title: string;
  isOpen: boolean;
  /** Without it, the dialog must be answered. */
  onClose?: () => void;
  /** For a decision that cannot be taken back. */
  role?: "dialog" | "alertdialog";
  children: ReactNode;
}

/** A dialog over the page. */
export function Dialog({ title, isOpen, onClose, role = "dialog", children }: Props) {
  const say = useText();
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      isDismissable={onClose !== undefined && role === "dialog"}
      isKeyboardDismissDisabled={onClose === undefined}
      onOpenChange={(open) => {
        if (!open) onClose?.();
      }}
    >
      <Modal className="modal">
        <AriaDialog className="dialog" role={role}>
          <header className="dialog-head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {onClose ? (
              <Button look="icon" onPress={onClose} aria-label={say("close")}>
                <X aria-hidden="true" />
              </Button>
            ) : null}
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
