import type { TableDefinition, VaultRecord } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { changedElsewhere } from "./form";
import { useTitles } from "./values";

interface Props {
  table: TableDefinition;
  base: VaultRecord;
  theirs: VaultRecord;
  /** Goes on from their version, with what was typed here on top. */
  onTakeOver: () => void;
}

/** Somebody else changed the record while it was edited here: what they changed, and the way on. */
export function MeanwhileNotice({ table, base, theirs, onTakeOver }: Props) {
  const say = useText();
  const titles = useTitles();
  const changed = changedElsewhere(table, base.fields, theirs.fields);
  return (
    <Notice
      weight="warning"
      title={say("meanwhile.title", { name: theirs.author })}
      actions={<Button onPress={onTakeOver}>{say("meanwhile.take_over")}</Button>}
    >
      <p>
        <Text id="meanwhile.text" />
      </p>
      <dl className="changes">
        {changed.map((field) => (
          <div key={field.name}>
            <dt>{titles.field(table, field)}</dt>
            <dd>
              <del>{titles.value(table, field, base.fields[field.name]) || "—"}</del>{" "}
              <ins>{titles.value(table, field, theirs.fields[field.name]) || "—"}</ins>
            </dd>
          </div>
        ))}
      </dl>
    </Notice>
  );
}
