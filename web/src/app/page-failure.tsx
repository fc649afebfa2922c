import type { ErrorComponentProps } from "@tanstack/react-router";
import { toCoreError } from "../core/problem";
import { useText } from "../i18n/text";
import { ErrorNotice } from "../ui/notice";

/** The page itself fell over: said, with a way on, instead of an empty window. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  const say = useText();
  return (
    <main className="page narrow">
      <h1>{say("page_failure.title")}</h1>
      <ErrorNotice error={toCoreError(error)} onRetry={reset} />
    </main>
  );
}
