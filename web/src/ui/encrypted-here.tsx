import { ShieldCheck } from "lucide-react";
import { Button as AriaButton, Dialog, DialogTrigger, Heading, Popover } from "react-aria-components";
import { Text, useText } from "../i18n/text";

/** Says on every page that content is encrypted on this device, and what that does not hide. */
export function EncryptedHere() {
  const say = useText();
  return (
    <DialogTrigger>
      <AriaButton className="encrypted-here">
        <ShieldCheck aria-hidden="true" />
        <span className="wide-only">{say("encrypted.short")}</span>
        <span className="narrow-only">{say("encrypted.shortest")}</span>
      </AriaButton>
      <Popover className="popover" placement="bottom end" offset={6}>
        <Dialog className="popover-dialog">
          <Heading slot="title" level={2}>
            {say("encrypted.title")}
          </Heading>
          <p>
            <Text id="encrypted.content" />
          </p>
          <p>
            <Text id="encrypted.visible" />
          </p>
          <p>
            <Text id="encrypted.trust" />
          </p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
