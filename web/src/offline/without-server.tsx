import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { keys } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";

/** Before somebody is in: that the server does not answer, and which way in is left. */
export function WithoutServer({ byPasskey }: { byPasskey: boolean }) {
  const say = useText();
  const queries = useQueryClient();
  useEffect(() => {
    const again = () => void queries.invalidateQueries({ queryKey: keys.status });
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, [queries]);
  return (
    <Notice
      weight="info"
      title={say("error.offline.title")}
      actions={
        <Button onPress={() => void queries.invalidateQueries({ queryKey: keys.status })}>
          {say("way.retry")}
        </Button>
      }
    >
      <p>
        <Text id={byPasskey ? "unlock.away.passkey" : "unlock.away.passphrase"} />
      </p>
    </Notice>
  );
}
