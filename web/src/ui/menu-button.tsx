import type { ComponentProps, ReactNode } from "react";
import { Button as AriaButton, Menu, MenuTrigger, Popover } from "react-aria-components";

interface Props extends Omit<ComponentProps<typeof Menu>, "className"> {
  label: string;
  /** How the button looks. */
  look: string;
  /** What the button shows. */
  button: ReactNode;
}

/** A button that opens a menu. */
export function MenuButton({ label, look, button, ...menu }: Props) {
  return (
    <MenuTrigger>
      <AriaButton className={`button ${look}`} aria-label={label}>
        {button}
      </AriaButton>
      <Popover className="popover list" placement="bottom end">
        <Menu className="menu" {...menu} />
      </Popover>
    </MenuTrigger>
  );
}
