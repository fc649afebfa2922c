import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps } from "react-aria-components";

type Look = "primary" | "plain" | "quiet" | "danger" | "icon";

interface Props extends Omit<ButtonProps, "className" | "children" | "style"> {
  look?: Look;
  children: ReactNode;
}

/** A button. While its work goes on it says so and takes no second press. */
export function Button({ look = "plain", children, isPending, ...props }: Props) {
  return (
    <AriaButton {...props} isPending={isPending ?? false} className={`button ${look}`}>
      {isPending ? <span className="spinner" aria-hidden="true" /> : null}
      {children}
    </AriaButton>
  );
}
