import { Search } from "lucide-react";
import { Input, SearchField } from "react-aria-components";

interface Props {
  /** What is searched. */
  label: string;
  value: string;
  onChange: (typed: string) => void;
}

/** A field to search a list by. */
export function SearchBox({ label, value, onChange }: Props) {
  return (
    <SearchField className="search" value={value} onChange={onChange} aria-label={label}>
      <Search aria-hidden="true" />
      <Input className="input" placeholder={label} />
    </SearchField>
  );
}
