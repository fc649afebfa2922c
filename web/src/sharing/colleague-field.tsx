import { ChevronDown } from "lucide-react";
import { Button, ComboBox, Input, ListBox, ListBoxItem, Popover } from "react-aria-components";
import type { Colleague } from "../core/api-sharing";
import { useText } from "../i18n/text";
import { FieldLabel, FieldNotes } from "../ui/fields";

interface Props {
  colleagues: readonly Colleague[];
  value: string | null;
  onChange: (identity: string | null) => void;
  error?: string | undefined;
}

/** One colleague, found by typing: an organisation can have thousands. */
export function ColleagueField({ colleagues, value, onChange, error }: Props) {
  const say = useText();
  return (
    <ComboBox
      className="field"
      defaultItems={colleagues}
      value={value}
      onChange={(key) => onChange(key === null ? null : String(key))}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      menuTrigger="focus"
      autoFocus
    >
      <FieldLabel label={say("sharing.colleague")} />
      <div className="input-with-button">
        <Input className="input" autoComplete="off" />
        <Button className="button icon inside">
          <ChevronDown aria-hidden="true" />
        </Button>
      </div>
      <FieldNotes error={error} />
      <Popover className="popover list" offset={4}>
        <ListBox<Colleague> renderEmptyState={() => <p className="list-empty">{say("sharing.colleague.none")}</p>}>
          {(colleague) => (
            <ListBoxItem id={colleague.identity} className="list-item" textValue={colleague.name}>
              {colleague.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
