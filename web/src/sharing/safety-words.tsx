import type { SafetyNumber } from "../core/api-sharing";
import { QrCode } from "../first-run/qr-code";
import { useText } from "../i18n/text";

/** The words in their order, numbered, to be read out and ticked off. */
export function SafetyWords({ words, label }: { words: readonly string[]; label: string }) {
  return (
    <ol className="safety-words" aria-label={label} lang="en" translate="no">
      {words.map((word, place) => (
        <li key={place}>{word}</li>
      ))}
    </ol>
  );
}

/** The same number as digits and as a QR code. */
export function SafetyDigits({ safety }: { safety: SafetyNumber }) {
  const say = useText();
  return (
    <div className="safety-digits">
      <div>
        <h3>{say("safety.digits")}</h3>
        <p className="digits" translate="no">
          {safety.number.split(" ").map((group, place) => (
            <span key={place}>{group}</span>
          ))}
        </p>
      </div>
      <QrCode text={safety.number} label={say("safety.qr")} />
    </div>
  );
}
