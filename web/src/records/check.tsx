import { Checkbox } from "react-aria-components";
import { TickBox } from "../ui/tick";

interface Props {
  value: string;
  isDisabled?: boolean;
  children: string;
}

/** One of several things that can be chosen together. */
export function Check({ value, isDisabled, children }: Props) {
  return (
    <Checkbox className="check" value={value} isDisabled={isDisabled ?? false}>
      <TickBox />
      {children}
    </Checkbox>
  );
}
