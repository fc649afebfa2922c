import type { MessageId } from "../i18n/languages";
import { Text, useText } from "../i18n/text";
import { Button } from "./button";

/** Stands for a list that has something, but nothing that was asked for; one press shows all. */
export function NoneFits({ id, onAll }: { id: MessageId; onAll: () => void }) {
  const say = useText();
  return (
    <div className="empty small">
      <p>
        <Text id={id} />
      </p>
      <Button onPress={onAll}>{say("records.show_all")}</Button>
    </div>
  );
}
