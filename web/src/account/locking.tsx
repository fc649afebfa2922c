import { useState } from "react";
import { Label, Radio, RadioGroup } from "react-aria-components";
import { Text, useText } from "../i18n/text";
import { lockMinutes, readLockMinutes, writeLockMinutes } from "./idle";

/** After how long without a touch the page locks itself. */
export function Locking() {
  const say = useText();
  const [minutes, setMinutes] = useState(readLockMinutes);
  return (
    <section className="section">
      <RadioGroup
        className="radios"
        value={String(minutes)}
        onChange={(text) => {
          const chosen = lockMinutes.find((choice) => String(choice) === text);
          if (chosen === undefined) return;
          writeLockMinutes(chosen);
          setMinutes(chosen);
        }}
      >
        <Label className="section-title">{say("lock.after")}</Label>
        {lockMinutes.map((choice) => (
          <Radio key={choice} value={String(choice)} className="radio">
            {say("lock.minutes", { count: choice })}
          </Radio>
        ))}
      </RadioGroup>
      <p className="muted">
        <Text id="lock.keys" values={{ keys: <kbd>Alt + Shift + L</kbd> }} />
      </p>
    </section>
  );
}
