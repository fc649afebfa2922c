import type { ReactNode } from "react";
import { Button as AriaButton, Dialog, DialogTrigger, Heading, Popover } from "react-aria-components";

interface Props {
  /** What is opened; where there is room, the button shows it beside its icon. */
  title: string;
  /** What the button is called, if it says more than the title. */
  label?: string;
  icon: ReactNode;
  /** Shown instead of the title. */
  caption?: string | undefined;
  /** Whether what is chosen in it is at work. */
  isActive?: boolean;
  /** How much of it is at work. */
  count?: number;
  children: ReactNode | ((close: () => void) => ReactNode);
}

/** A button of the toolbar that opens more to choose from. */
export function ToolbarPopover({ title, label, icon, caption, isActive, count, children }: Props) {
  return (
    <DialogTrigger>
      <AriaButton className={isActive ? "button plain active" : "button plain"} aria-label={label ?? title}>
        {icon}
        <span className="wide-only">{caption ?? title}</span>
        {count ? <span className="count">{count}</span> : null}
      </AriaButton>
      <Popover className="popover" placement="bottom end">
        <Dialog className="popover-dialog">
          {({ close }) => (
            <>
              <Heading slot="title" level={2}>
                {title}
              </Heading>
              {typeof children === "function" ? children(close) : children}
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
