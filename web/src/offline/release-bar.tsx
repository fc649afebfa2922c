import { RefreshCw } from "lucide-react";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { takeRelease, useRelease } from "./release";

/** Says that the server has a newer release than this page; nothing happens before a press. */
export function ReleaseBar() {
  const say = useText();
  const state = useRelease();
  if (state === "current") return null;
  return (
    <section className="bar" aria-label={say("release.label")}>
      <RefreshCw aria-hidden="true" />
      <p role="status">
        <Text id={`release.${state}`} />
      </p>
      <Button onPress={takeRelease}>{say("release.reload")}</Button>
    </section>
  );
}
