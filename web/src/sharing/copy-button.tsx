import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useText } from "../i18n/text";
import { Button } from "../ui/button";

/** Copies a text, and says whether that has worked. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const say = useText();
  const [outcome, setOutcome] = useState<"copied" | "failed">();
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome("copied"),
      () => setOutcome("failed"),
    );
  return (
    <>
      <Button onPress={() => void copy()} aria-label={label}>
        {outcome === "copied" ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
        {say(outcome === "copied" ? "sharing.copied" : "sharing.copy")}
      </Button>
      <span role="status" className={outcome === "failed" ? "muted" : "visually-hidden"}>
        {outcome ? say(`sharing.copy.${outcome}`) : ""}
      </span>
    </>
  );
}
