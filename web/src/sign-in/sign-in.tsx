import { useEffect, useRef, useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { Recover } from "../account/recover";
import { UnlockWithPasskey } from "../account/unlock";
import { passkeysPossible } from "../account/webauthn";
import { useLockedOut } from "../app/locked-out";
import { keys, useChange } from "../app/queries";
import { Entrance } from "../first-run/entrance";
import { SignUp } from "../first-run/sign-up";
import { Text, useText } from "../i18n/text";
import { WithoutServer } from "../offline/without-server";
import { Button } from "../ui/button";
import { PassphraseField, TextField } from "../ui/fields";
import { ErrorNotice, Notice } from "../ui/notice";
import { forgetInvitation, invitationCode } from "../sharing/invitation-link";
import type { Entry } from "./entry";
import { ForgetBrowser } from "./forget-browser";
import { KitField } from "./kit-field";

/**
 * Signing in: with the passphrase where this browser is known, with the kit besides where it is new.
 * Which of both is first expected and then told by the core: what was typed outlives the answer.
 */
export function SignIn({ status }: { status: Entry }) {
  const say = useText();
  const logIn = useChange("log_in", [keys.status]);
  const lockedOut = useLockedOut();
  const [recovering, setRecovering] = useState(false);
  const [invitation] = useState(invitationCode);
  const [signsUp, setSignsUp] = useState<boolean>();
  const invited = signsUp ?? (invitation !== undefined && !status.device_known);
  // Whoever has begun to type a name is somebody else than who this browser belongs to.
  const [typedName, setTypedName] = useState<string>();
  const name = typedName ?? status.name ?? "";
  const known = status.device_known && status.name !== null && typedName === undefined;
  // A browser can be known and still be asked for the kit: after its storage was half cleared.
  const [kitWanted, setKitWanted] = useState(false);
  const needsKit = !known || kitWanted;
  const [passphrase, setPassphrase] = useState("");
  const [kit, setKit] = useState("");
  const [tried, setTried] = useState(false);

  const errors = {
    name: name.trim() === "" ? say("sign_up.name.missing") : undefined,
    passphrase: passphrase === "" ? say("sign_in.passphrase.missing") : undefined,
    kit: needsKit && kit.trim() === "" ? say("sign_in.kit.missing") : undefined,
  };
  const shown = tried ? errors : { name: undefined, passphrase: undefined, kit: undefined };

  const form = useRef<HTMLFormElement>(null);
  // What has the focus keeps it: nobody's passphrase goes on in a field that others can read.
  useEffect(() => {
    if (document.activeElement !== document.body) return;
    form.current?.querySelector<HTMLElement>("input:not([hidden])")?.focus();
  }, [known, recovering, invited]);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (errors.name ?? errors.passphrase ?? errors.kit) {
      event.currentTarget.querySelector<HTMLElement>("[aria-invalid], [data-invalid] input")?.focus();
      return;
    }
    logIn.mutate(
      { name: name.trim(), passphrase, ...(needsKit ? { kit } : {}) },
      { onError: (error) => setKitWanted(kitWanted || error.code === "kit_required") },
    );
  };

  const byPasskey = known && status.passkeys > 0 && passkeysPossible();
  if (recovering) return <Recover onBack={() => setRecovering(false)} />;
  if (invited) {
    return (
      <SignUp
        by="invitation"
        code={invitationCode()}
        onBack={() => {
          forgetInvitation();
          setSignsUp(false);
        }}
      />
    );
  }
  return (
    <Entrance title={known ? say("sign_in.title.known", { name }) : say("sign_in.title.new")}>
      {status.server_answers ? (
        <p className="lead">
          <Text id={known ? "sign_in.lead.known" : "sign_in.lead.new"} />
        </p>
      ) : null}
      {lockedOut ? <ErrorNotice error={lockedOut} /> : null}
      {status.server_answers ? null : <WithoutServer byPasskey={byPasskey} />}
      {byPasskey ? <UnlockWithPasskey /> : null}
      {status.device_known && invitationCode() ? (
        <Notice weight="info" title={say("invite.other_account.title")}>
          <p>
            <Text id="invite.other_account.text" values={{ name: status.name ?? "" }} />
          </p>
        </Notice>
      ) : null}
      <Form ref={form} onSubmit={submit} className="form" validationBehavior="aria">
        {known ? (
          // Password stores want to see which account a passphrase is for.
          <input type="text" autoComplete="username" value={name} readOnly hidden />
        ) : (
          <TextField
            label={say("name")}
            value={name}
            onChange={setTypedName}
            error={shown.name}
            autoComplete="username"
          />
        )}
        <PassphraseField
          label={say("passphrase")}
          purpose="current-password"
          value={passphrase}
          onChange={setPassphrase}
          error={shown.passphrase}
        />
        {!needsKit ? null : <KitField value={kit} onChange={setKit} error={shown.kit} />}
        {logIn.error ? <ErrorNotice error={logIn.error} /> : null}
        <Button type="submit" look={byPasskey ? "plain" : "primary"} isPending={logIn.isPending}>
          {say(logIn.isPending ? "sign_in.working" : "sign_in.submit")}
        </Button>
      </Form>
      <div className="actions ways">
        <Button look="quiet" onPress={() => setRecovering(true)}>
          {say("recover.open")}
        </Button>
        {known ? (
          <>
            <Button look="quiet" onPress={() => setTypedName("")}>
              {say("sign_in.other")}
            </Button>
            <ForgetBrowser name={name} />
          </>
        ) : (
          <Button look="quiet" onPress={() => setSignsUp(true)}>
            {say("sign_in.invited")}
          </Button>
        )}
      </div>
    </Entrance>
  );
}
