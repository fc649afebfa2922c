import { ChevronDown } from "lucide-react";
import {
  Button as AriaButton,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
} from "react-aria-components";
import { FieldLabel, FieldNotes, type FieldProps } from "./fields";

export interface Option {
  id: string;
  label: string;
}

/** One of a few values. */
export function Choice({ options, ...props }: FieldProps & { options: readonly Option[] }) {
  return (
    <Select
      className="field"
      value={props.value}
      onChange={(key) => props.onChange(String(key))}
      isInvalid={props.error !== undefined}
      validationBehavior="aria"
      isRequired={props.isRequired ?? false}
      isDisabled={(props.isDisabled ?? false) || (props.isReadOnly ?? false)}
    >
      <FieldLabel label={props.label} isRequired={props.isRequired} />
      <AriaButton className="input select">
        <SelectValue className="select-value">
          {({ defaultChildren, isPlaceholder }) => (isPlaceholder ? "—" : defaultChildren)}
        </SelectValue>
        <ChevronDown aria-hidden="true" />
      </AriaButton>
      <FieldNotes hint={props.hint} error={props.error} />
      <Popover className="popover list" offset={4}>
        <ListBox items={options}>
          {(option) => (
            <ListBoxItem className="list-item" textValue={option.label}>
              {option.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
