import type { ReactNode } from "react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";

interface Props {
  /** What is chosen by it. */
  label: string;
  look: "plain" | "quiet";
  options: ReadonlyArray<{ id: string; label: string; lang?: string }>;
  value: string;
  onChange: (id: string) => void;
  /** What the button shows. */
  children: ReactNode;
}

/** A button with a menu, in which one thing is chosen of several. */
export function ChoiceMenu({ label, look, options, value, onChange, children }: Props) {
  return (
    <MenuTrigger>
      <AriaButton className={`button ${look}`} aria-label={label}>
        {children}
      </AriaButton>
      <Popover className="popover list" placement="bottom end">
        <Menu
          className="menu"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[value]}
          onAction={(chosen) => onChange(String(chosen))}
        >
          {options.map((option) => (
            <MenuItem key={option.id} id={option.id} className="list-item" lang={option.lang}>
              {option.label}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
