import { Link } from "@tanstack/react-router";
import { CircleAlert, Info, OctagonAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { CoreError } from "../core/problem";
import { sentenceFor, type WayOn } from "../core/error-sentences";
import { setSessionEnded } from "../app/session-ended";
import { Text, useText } from "../i18n/text";
import { Button } from "./button";

type Weight = "info" | "warning" | "error" | "stop";
const icons = { info: Info, warning: TriangleAlert, error: CircleAlert, stop: OctagonAlert };

interface NoticeProps {
  weight: Weight;
  title?: string;
  children: ReactNode;
  actions?: ReactNode;
}

/** A notice may come up far from where somebody is typing. */
function bringIntoSight(notice: HTMLElement | null): void {
  notice?.scrollIntoView?.({ block: "nearest" });
}

/** A few sentences that stand out from the page. Failures are read out at once. */
export function Notice({ weight, title, children, actions }: NoticeProps) {
  const Icon = icons[weight];
  const urgent = weight === "error" || weight === "stop";
  return (
    <div className={`notice ${weight}`} role={urgent ? "alert" : "note"} ref={bringIntoSight}>
      <Icon aria-hidden="true" />
      <div className="notice-body">
        {title ? <p className="notice-title">{title}</p> : null}
        {children}
        {actions ? <div className="actions">{actions}</div> : null}
      </div>
    </div>
  );
}

interface ErrorNoticeProps {
  error: CoreError;
  /** Does again what failed. */
  onRetry?: (() => void) | undefined;
  /** Whether what the person typed is still there: said, so that nobody copies it away in fear. */
  kept?: boolean;
}

/** What went wrong, in a sentence, with a way on. The core's own words are one press away. */
export function ErrorNotice({ error, onRetry, kept }: ErrorNoticeProps) {
  const say = useText();
  const sentence = sentenceFor(error);
  return (
    <Notice
      weight={sentence.tampered ? "stop" : "error"}
      title={say(sentence.title)}
      actions={<Way way={sentence.way} onRetry={onRetry} />}
    >
      <p>
        <Text id={sentence.text} />
      </p>
      {sentence.tampered ? (
        <p>
          <Text id="error.tampered.then" />
        </p>
      ) : null}
      {kept ? (
        <p>
          <Text id="error.kept" />
        </p>
      ) : null}
      <details>
        <summary>{say("error.details")}</summary>
        <p className="technical">
          {error.code}: {error.message}
          {error.hint ? ` (${error.hint})` : ""}
        </p>
      </details>
    </Notice>
  );
}

function Way({ way, onRetry }: { way: WayOn; onRetry?: (() => void) | undefined }) {
  const say = useText();
  switch (way) {
    case "retry":
      return onRetry ? <Button onPress={onRetry}>{say("way.retry")}</Button> : null;
    case "sign_in":
      return <Button onPress={() => setSessionEnded(true)}>{say("way.sign_in")}</Button>;
    case "vaults":
      return (
        <Link className="button plain" to="/">
          {say("way.vaults")}
        </Link>
      );
    case "reload":
      return <Button onPress={() => location.reload()}>{say("way.reload")}</Button>;
    case "none":
      return null;
  }
}
