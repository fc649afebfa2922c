import { Checkbox } from "react-aria-components";

interface Props {
  value: string;
  isDisabled?: boolean;
  children: string;
}

/** One of several things that can be chosen together. */
export function Check({ value, isDisabled, children }: Props) {
  return (
    <Checkbox className="check" value={value} isDisabled={isDisabled ?? false}>
      <span className="check-box" aria-hidden="true">
        <svg viewBox="0 0 16 16">
          <path d="M3.5 8.5l3 3 6-7" />
        </svg>
      </span>
      {children}
    </Checkbox>
  );
}
