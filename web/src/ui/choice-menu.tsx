import type { ReactNode } from "react";
import { MenuItem } from "react-aria-components";
import { MenuButton } from "./menu-button";

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
    <MenuButton
      label={label}
      look={look}
      button={children}
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
    </MenuButton>
  );
}
