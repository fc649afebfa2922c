import { useRef, useState, type ChangeEvent } from "react";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { TextField } from "../ui/fields";

/** Larger files are no kits. */
const KIT_MAX_BYTES = 16_384;

interface KitFieldProps {
  value: string;
  onChange: (text: string) => void;
  error: string | undefined;
}

/** The kit, pasted or from the file that it was saved as. It is read here and goes nowhere. */
export function KitField({ value, onChange, error }: KitFieldProps) {
  const say = useText();
  const chooser = useRef<HTMLInputElement>(null);
  const [tooLarge, setTooLarge] = useState(false);
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = "";
    if (!file) return;
    setTooLarge(file.size > KIT_MAX_BYTES);
    if (file.size <= KIT_MAX_BYTES) onChange(await file.text());
  };
  return (
    <div className="kit-field">
      <TextField
        label={say("sign_in.kit")}
        hint={<Text id="sign_in.kit.hint" />}
        value={value}
        onChange={onChange}
        error={tooLarge ? say("sign_in.kit.not_a_kit") : error}
        lines={5}
        code
      />
      <input
        ref={chooser}
        type="file"
        accept=".txt,text/plain"
        hidden
        onChange={(event) => void read(event)}
      />
      <Button onPress={() => chooser.current?.click()}>{say("sign_in.kit.file")}</Button>
    </div>
  );
}
