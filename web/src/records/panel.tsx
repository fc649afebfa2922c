import { X } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { useText } from "../i18n/text";
import { Button } from "../ui/button";

interface Props {
  title: string;
  /** A line under the title. */
  note?: string;
  /** Buttons beside the one that closes. */
  tools?: ReactNode;
  onClose: () => void;
  /** Leave the keyboard where the form puts it. */
  keepFocus?: boolean;
  children: ReactNode;
}

/** What is open beside the table; on a phone it is in its place. Escape closes it. */
export function Panel({ title, note, tools, onClose, keepFocus, children }: Props) {
  const say = useText();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!keepFocus) heading.current?.focus();
  }, [keepFocus]);
  return (
    <section
      className="panel"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) onClose();
        // Control and S, or Control and Enter, save from any field, one of many lines too.
        if (!(event.ctrlKey || event.metaKey) || !["s", "Enter"].includes(event.key)) return;
        event.preventDefault();
        event.currentTarget.querySelector("form")?.requestSubmit();
      }}
    >
      <header className="panel-head">
        <div className="panel-title">
          <h2 ref={heading} tabIndex={-1}>
            {title}
          </h2>
          {note ? <p className="muted">{note}</p> : null}
        </div>
        <div className="panel-tools">
          {tools}
          <Button look="icon" onPress={onClose} aria-label={say("close")}>
            <X aria-hidden="true" />
          </Button>
        </div>
      </header>
      {children}
    </section>
  );
}
