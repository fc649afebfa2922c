import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { keys } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { useTryingAgain } from "./outbox";

/** Before somebody is in: that the server does not answer, and which way in is left. */
export function WithoutServer({ byPasskey }: { byPasskey: boolean }) {
  const say = useText();
  const queries = useQueryClient();
  const again = useCallback(() => void queries.invalidateQueries({ queryKey: keys.status }), [queries]);
  useTryingAgain(true, again);
  return (
    <Notice
      weight="info"
      title={say("error.offline.title")}
      actions={<Button onPress={again}>{say("way.retry")}</Button>}
    >
      <p>
        <Text id={byPasskey ? "unlock.away.passkey" : "unlock.away.passphrase"} />
      </p>
    </Notice>
  );
}
