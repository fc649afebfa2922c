import { Link } from "@tanstack/react-router";
import { UserPlus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import type { Role, Vault } from "../core/api";
import type { Colleague, Member } from "../core/api-sharing";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { Loading } from "../ui/loading";
import { ErrorNotice, Notice } from "../ui/notice";
import { ColleagueField } from "./colleague-field";
import { useColleagues, useSafetyNumber, useVaultChange } from "./queries";
import { rolesToGive } from "./rights";
import { RoleChoice } from "./role-choice";
import { SafetyWords } from "./safety-words";

interface Props {
  vault: Vault;
  members: readonly Member[];
}

/** Lets a colleague into a vault. */
export function LetIn({ vault, members }: Props) {
  const say = useText();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="primary" onPress={() => setOpen(true)}>
        <UserPlus aria-hidden="true" />
        {say("sharing.let_in")}
      </Button>
      <Dialog title={say("sharing.let_in.title", { vault: vault.name })} isOpen={open} onClose={() => setOpen(false)}>
        {open ? <LetInForm vault={vault} members={members} onClose={() => setOpen(false)} /> : null}
      </Dialog>
    </>
  );
}

function LetInForm({ vault, members, onClose }: Props & { onClose: () => void }) {
  const say = useText();
  const colleagues = useColleagues();
  const letIn = useVaultChange("invite_member", vault.vault);
  const [identity, setIdentity] = useState<string | null>(null);
  const [role, setRole] = useState<Role>("reader");
  const [tried, setTried] = useState(false);
  if (colleagues.error) {
    return <ErrorNotice error={colleagues.error} onRetry={() => void colleagues.refetch()} />;
  }
  if (!colleagues.data) return <Loading />;
  const inside = new Set(members.map((member) => member.identity));
  const others = colleagues.data.filter(({ identity: id, retired }) => !retired && !inside.has(id));
  if (others.length === 0) return <NobodyLeft />;
  const chosen = others.find((colleague) => colleague.identity === identity);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!chosen) return;
    letIn.mutate(
      { vault: vault.vault, identity: chosen.identity, role },
      { onSuccess: onClose },
    );
  };
  return (
    <Form onSubmit={submit} className="form" validationBehavior="aria">
      <ColleagueField
        colleagues={others}
        value={identity}
        onChange={setIdentity}
        error={tried && !chosen ? say("sharing.colleague.missing") : undefined}
      />
      <RoleChoice roles={rolesToGive(vault.role)} value={role} onChange={setRole} />
      <p className="hint">
        <Text id="sharing.let_in.reads_all" />
      </p>
      {chosen ? <IsItReallyThem colleague={chosen} /> : null}
      {letIn.error ? <ErrorNotice error={letIn.error} kept /> : null}
      <DialogActions
        onCancel={onClose}
        submit={say("sharing.let_in.submit")}
        isPending={letIn.isPending}
      />
    </Form>
  );
}

/** Everybody is in already, or there is nobody else: the way on is an invitation. */
function NobodyLeft() {
  const say = useText();
  return (
    <>
      <p>
        <Text id="sharing.nobody_left" />
      </p>
      <div className="actions end">
        <Link to="/people" className="button plain">
          {say("people.title")}
        </Link>
      </div>
    </>
  );
}

/** What is known of the chosen person's key, before anything is shared with it. */
function IsItReallyThem({ colleague }: { colleague: Colleague }) {
  const say = useText();
  const safety = useSafetyNumber(colleague.identity);
  const { name, comparison } = colleague;
  if (comparison === "compared") {
    return (
      <Notice weight="info">
        <p>
          <Text id="safety.compared.text" values={{ name }} />
        </p>
      </Notice>
    );
  }
  const changed = comparison === "changed";
  return (
    <Notice
      weight={changed ? "warning" : "info"}
      title={say(changed ? "safety.changed.title" : "sharing.really.title", { name })}
    >
      <p>
        <Text id={changed ? "sharing.really.changed" : "sharing.really.text"} values={{ name }} />
      </p>
      <details>
        <summary>{say("sharing.really.show")}</summary>
        {safety.data ? (
          <SafetyWords words={safety.data.words} label={say("safety.words")} />
        ) : safety.error ? (
          <ErrorNotice error={safety.error} onRetry={() => void safety.refetch()} />
        ) : (
          <Loading />
        )}
      </details>
    </Notice>
  );
}
