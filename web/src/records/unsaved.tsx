import { useBlocker } from "@tanstack/react-router";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

/** Asks before something typed is left behind; `isDirty` is asked at the moment of leaving. */
export function Unsaved({ isDirty }: { isDirty: () => boolean }) {
  const say = useText();
  const blocker = useBlocker({
    shouldBlockFn: isDirty,
    enableBeforeUnload: isDirty,
    withResolver: true,
  });
  const blocked = blocker.status === "blocked";
  return (
    <Dialog
      title={say("unsaved.title")}
      isOpen={blocked}
      role="alertdialog"
      onClose={() => blocker.reset?.()}
    >
      <p>
        <Text id="unsaved.text" />
      </p>
      <div className="actions end">
        <Button look="danger" onPress={() => blocker.proceed?.()}>
          {say("unsaved.discard")}
        </Button>
        <Button look="primary" onPress={() => blocker.reset?.()}>
          {say("unsaved.stay")}
        </Button>
      </div>
    </Dialog>
  );
}
