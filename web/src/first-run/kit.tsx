import { Download, Printer } from "lucide-react";
import { useState } from "react";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { Entrance } from "./entrance";
import { KitCheck } from "./kit-check";
import { kitLines, shortKit } from "./kit-page";
import { QrCode } from "./qr-code";

interface ScreensProps {
  kit: string;
  check: readonly number[];
  name: string;
}

/** The kit is shown, printed or saved, then asked back. There is no way around it. */
export function KitScreens({ kit, check, name }: ScreensProps) {
  const [asking, setAsking] = useState(false);
  return asking ? (
    <KitCheck kit={kit} check={check} onBack={() => setAsking(false)} />
  ) : (
    <KitShown kit={kit} name={name} onNext={() => setAsking(true)} />
  );
}

function KitShown({ kit, name, onNext }: { kit: string; name: string; onNext: () => void }) {
  const say = useText();
  const [taken, setTaken] = useState(false);
  return (
    <Entrance title={say("kit.title")} step={say("step", { step: 2, steps: 3 })}>
      <p className="lead">
        <Text id="kit.lead" />
      </p>
      <article className="kit" aria-label={say("kit.page")}>
        <header className="kit-head">
          <div>
            <h2>{kit.split("\n", 1)[0]}</h2>
            <p>
              <Text id="kit.instruction" />
            </p>
          </div>
          <QrCode text={shortKit(kit)} label={say("kit.qr")} />
        </header>
        <dl className="kit-lines">
          {kitLines(kit).map(({ label, value }) => (
            <div key={label} className={value.startsWith("SR-") ? "secret" : undefined}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </article>
      <Notice weight="warning" title={say("kit.warning.title")}>
        <p>
          <Text id="kit.warning.text" />
        </p>
      </Notice>
      <div className="actions">
        <Button
          onPress={() => {
            setTaken(true);
            print();
          }}
        >
          <Printer aria-hidden="true" />
          {say("kit.print")}
        </Button>
        <Button
          onPress={() => {
            setTaken(true);
            saveAsFile(kit, name);
          }}
        >
          <Download aria-hidden="true" />
          {say("kit.save")}
        </Button>
      </div>
      <div className="actions">
        <Button look="primary" isDisabled={!taken} onPress={onNext}>
          {say("kit.next")}
        </Button>
        {taken ? null : (
          <span className="muted">
            <Text id="kit.next.first" />
          </span>
        )}
      </div>
    </Entrance>
  );
}

/** Saves the kit's text as the core wrote it. */
function saveAsFile(kit: string, name: string): void {
  const address = URL.createObjectURL(new Blob([kit], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `strongroom-kit-${name.replaceAll(/[^\p{L}\p{N}]+/gu, "-")}.txt`;
  link.click();
  URL.revokeObjectURL(address);
}
