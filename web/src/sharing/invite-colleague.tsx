import { UserPlus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Form, Label, Radio, RadioGroup } from "react-aria-components";
import { useIntl } from "react-intl";
import { useChange } from "../app/queries";
import type { InvitationMade, OrganisationRole } from "../core/api-sharing";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { TextField } from "../ui/fields";
import { ErrorNotice, Notice } from "../ui/notice";
import { CopyButton } from "./copy-button";
import { peopleKeys } from "./queries";

const DAY_MS = 86_400_000;
const days = ["1", "7", "30"] as const;
const roles: readonly OrganisationRole[] = ["member", "admin"];

/** Makes an invitation to the organisation, as a link to pass on. */
export function InviteColleague() {
  const say = useText();
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<InvitationMade>();
  const close = () => {
    setOpen(false);
    setMade(undefined);
  };
  return (
    <>
      <Button look="primary" onPress={() => setOpen(true)}>
        <UserPlus aria-hidden="true" />
        {say("invite.open")}
      </Button>
      {/* Once made, the code is shown only here: a press beside the dialog must not lose it. */}
      <Dialog
        title={say(made ? "invite.made.title" : "invite.open")}
        isOpen={open}
        onClose={close}
        role={made ? "alertdialog" : "dialog"}
      >
        {made ? (
          <PassItOn invitation={made} onDone={close} />
        ) : (
          <InviteForm onMade={setMade} onClose={close} />
        )}
      </Dialog>
    </>
  );
}

interface FormProps {
  onMade: (made: InvitationMade) => void;
  onClose: () => void;
}

function InviteForm({ onMade, onClose }: FormProps) {
  const say = useText();
  const invite = useChange("invite_colleague", [peopleKeys.invitations]);
  const [role, setRole] = useState<OrganisationRole>("member");
  const [valid, setValid] = useState<string>("7");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate({ account_role: role, valid_ms: Number(valid) * DAY_MS }, { onSuccess: onMade });
  };
  return (
    <Form onSubmit={submit} className="form">
      <RadioGroup
        className="radios"
        value={role}
        onChange={(chosen) => setRole(chosen as OrganisationRole)}
      >
        <Label className="label">{say("invite.role")}</Label>
        {roles.map((id) => (
          <Radio key={id} value={id} className="radio explained">
            <span className="radio-text">
              <span className="radio-name">{say(`people.role.${id}`)}</span>
              <span className="hint">{say(`people.role.${id}.can`)}</span>
            </span>
          </Radio>
        ))}
      </RadioGroup>
      <Choice
        label={say("invite.valid")}
        value={valid}
        onChange={setValid}
        options={days.map((id) => ({ id, label: say("invite.days", { count: Number(id) }) }))}
      />
      {invite.error ? <ErrorNotice error={invite.error} kept /> : null}
      <DialogActions
        onCancel={onClose}
        submit={say("invite.submit")}
        isPending={invite.isPending}
      />
    </Form>
  );
}

function PassItOn({ invitation, onDone }: { invitation: InvitationMade; onDone: () => void }) {
  const say = useText();
  const intl = useIntl();
  const end = intl.formatDate(invitation.expires_ms, { dateStyle: "long", timeStyle: "short" });
  const none = () => {};
  return (
    <>
      <p>
        <Text id="invite.made.text" values={{ end }} />
      </p>
      <div className="with-copy">
        <TextField label={say("invite.link")} value={invitation.link} onChange={none} isReadOnly code />
        <CopyButton text={invitation.link} label={say("invite.link.copy")} />
      </div>
      <div className="with-copy">
        <TextField label={say("invite.code")} value={invitation.code} onChange={none} isReadOnly code />
        <CopyButton text={invitation.code} label={say("invite.code.copy")} />
        <p className="hint">
          <Text id="invite.code.hint" />
        </p>
      </div>
      <Notice weight="warning" title={say("invite.secret.title")}>
        <p>
          <Text id="invite.secret.text" />
        </p>
      </Notice>
      <div className="actions end">
        <Button look="primary" onPress={onDone}>
          {say("invite.done")}
        </Button>
      </div>
    </>
  );
}
