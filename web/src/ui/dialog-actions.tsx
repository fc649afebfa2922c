import { useText } from "../i18n/text";
import { Button } from "./button";

interface Props {
  onCancel: () => void;
  /** What the button says that does it. */
  submit: string;
  /** For what does not come back by itself. */
  isDanger?: boolean | undefined;
  isPending?: boolean;
  isDisabled?: boolean;
  /** Does it; without it, the button submits the form that it stands in. */
  onSubmit?: () => void;
}

/** The end of a dialog: to do it, or to leave it. */
export function DialogActions({ onCancel, submit, isDanger, isPending, isDisabled, onSubmit }: Props) {
  const say = useText();
  return (
    <div className="actions end">
      <Button look="quiet" onPress={onCancel}>
        {say("cancel")}
      </Button>
      <Button
        look={isDanger ? "danger" : "primary"}
        isPending={isPending ?? false}
        isDisabled={isDisabled ?? false}
        {...(onSubmit ? { onPress: onSubmit } : { type: "submit" as const })}
      >
        {submit}
      </Button>
    </div>
  );
}
