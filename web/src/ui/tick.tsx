import type { ReactNode } from "react";
import { Checkbox } from "react-aria-components";

interface Props {
  isSelected: boolean;
  onChange: (selected: boolean) => void;
  children: ReactNode;
}

/** One thing that is so or not. */
export function Tick({ isSelected, onChange, children }: Props) {
  return (
    <Checkbox className="check" isSelected={isSelected} onChange={onChange}>
      <TickBox />
      {children}
    </Checkbox>
  );
}

/** What is seen of a checkbox. */
export function TickBox() {
  return (
    <span className="check-box" aria-hidden="true">
      <svg viewBox="0 0 16 16">
        <path d="M3.5 8.5l3 3 6-7" />
      </svg>
    </span>
  );
}
