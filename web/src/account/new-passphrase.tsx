import { useState } from "react";
import { useText } from "../i18n/text";
import { StrengthMeter, useStrength } from "../first-run/strength-meter";
import type { Strength } from "../first-run/strength";
import { PassphraseField } from "../ui/fields";

const FEWEST_CHARACTERS = 8;
const LOWEST_SCORE = 2;

interface NewPassphrase {
  passphrase: string;
  again: string;
  strength: Strength | null;
  errors: { passphrase: string | undefined; again: string | undefined };
  setPassphrase: (text: string) => void;
  setAgain: (text: string) => void;
  fine: boolean;
  clear: () => void;
}

/** A passphrase that is chosen anew: long and strong enough, and typed twice the same. */
export function useNewPassphrase(name: string): NewPassphrase {
  const say = useText();
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const strength = useStrength(passphrase, name);
  const errors = {
    passphrase:
      [...passphrase].length < FEWEST_CHARACTERS
        ? say("sign_up.passphrase.short", { count: FEWEST_CHARACTERS })
        : strength && strength.score < LOWEST_SCORE
          ? say("sign_up.passphrase.weak")
          : undefined,
    again: again !== passphrase ? say("sign_up.again.differs") : undefined,
  };
  return {
    passphrase,
    again,
    strength,
    errors,
    setPassphrase,
    setAgain,
    fine: errors.passphrase === undefined && errors.again === undefined,
    clear: () => {
      setPassphrase("");
      setAgain("");
    },
  };
}

/** Its two fields with the measure of its strength. */
export function NewPassphraseFields({ chosen, tried }: { chosen: NewPassphrase; tried: boolean }) {
  const say = useText();
  return (
    <>
      <PassphraseField
        label={say("new_passphrase")}
        purpose="new-password"
        value={chosen.passphrase}
        onChange={chosen.setPassphrase}
        error={tried ? chosen.errors.passphrase : undefined}
      >
        <StrengthMeter strength={chosen.strength} />
      </PassphraseField>
      <PassphraseField
        label={say("new_passphrase.again")}
        purpose="new-password"
        value={chosen.again}
        onChange={chosen.setAgain}
        error={tried ? chosen.errors.again : undefined}
      />
    </>
  );
}
