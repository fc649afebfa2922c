import { useDeferredValue, useEffect, useState } from "react";
import { useText } from "../i18n/text";
import type { Strength } from "./strength";

/** Loads the measure when the first letter is typed; null until it is there. */
export function useStrength(passphrase: string, name: string): Strength | null {
  const [measure, setMeasure] = useState<typeof import("./strength").measure>();
  const typed = useDeferredValue(passphrase);
  const wanted = typed !== "";
  useEffect(() => {
    if (!wanted || measure) return;
    void import("./strength").then((module) => setMeasure(() => module.measure));
  }, [wanted, measure]);
  if (!wanted || !measure) return null;
  return measure(typed, name.split(/\s+/).concat("strongroom"));
}

/** Says in plain words how long a passphrase would hold. */
export function StrengthMeter({ strength }: { strength: Strength | null }) {
  const say = useText();
  return (
    <div className="strength" data-score={strength?.score ?? "none"}>
      <div className="strength-bars" aria-hidden="true">
        {[0, 1, 2, 3].map((place) => (
          <span key={place} className={strength && strength.score > place ? "on" : ""} />
        ))}
      </div>
      <p role="status">
        {strength ? (
          <>
            {say(strength.time, { count: strength.count })}{" "}
            {strength.weakness && strength.score < 3 ? say(strength.weakness) : null}
          </>
        ) : (
          say("strength.advice")
        )}
      </p>
    </div>
  );
}
