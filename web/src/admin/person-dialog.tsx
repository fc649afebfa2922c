import { useState } from "react";
import { Label, Radio, RadioGroup } from "react-aria-components";
import { useChange } from "../app/queries";
import type { AccountRole, OrganisationPerson } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Dialog } from "../ui/dialog";
import { Loading } from "../ui/loading";
import { ErrorNotice, Notice } from "../ui/notice";
import { adminKeys, usePersonDevices, useRoleQuota } from "./queries";
import { draftOfQuota, QuotaFields, readQuota } from "./quota-fields";

type Question = "sign_out" | "retire" | { device: string; name: string };

/** Everything an administrator can do for or about a person. */
export function PersonDialog({ person, onClose }: { person: OrganisationPerson; onClose: () => void }) {
  const say = useText();
  const [question, setQuestion] = useState<Question | null>(null);
  const { identity, name } = person;
  return (
    <>
      <Dialog title={name} isOpen={question === null} onClose={onClose}>
        <div className="admin-person">
          {person.retired ? (
            <p>
              <Text id="admin.retired.text" values={{ name }} />
            </p>
          ) : (
            <>
              <RoleForm person={person} />
              <QuotaForm person={person} />
              <Devices person={person} onRevoke={setQuestion} />
              <div>
                <h3>{say("admin.end")}</h3>
                <div className="actions">
                  <Button onPress={() => setQuestion("sign_out")}>{say("admin.sign_out")}</Button>
                  {person.you ? null : (
                    <Button look="danger" onPress={() => setQuestion("retire")}>
                      {say("admin.retire")}
                    </Button>
                  )}
                </div>
              </div>
            </>
          )}
        </div>
      </Dialog>
      {question === "sign_out" ? (
        <Ask method="sign_out_person" args={{ identity }} name={name} onDone={() => setQuestion(null)} />
      ) : null}
      {question === "retire" ? (
        <Ask method="retire" args={{ identity }} name={name} onDone={() => setQuestion(null)} />
      ) : null}
      {question !== null && typeof question === "object" ? (
        <Ask
          method="revoke_person_device"
          args={{ device: question.device }}
          name={question.name}
          onDone={() => setQuestion(null)}
        />
      ) : null}
    </>
  );
}

function RoleForm({ person }: { person: OrganisationPerson }) {
  const say = useText();
  const change = useChange("set_account_role", [adminKeys.all]);
  return (
    <div>
      <RadioGroup
        className="radios"
        value={person.account_role}
        onChange={(role) =>
          change.mutate({ identity: person.identity, account_role: role as AccountRole })
        }
        isDisabled={change.isPending}
      >
        <Label className="label">{say("admin.role")}</Label>
        {(["member", "admin"] as const).map((role) => (
          <Radio key={role} value={role} className="radio explained">
            <span className="radio-text">
              <span className="radio-name">{say(`people.role.${role}`)}</span>
              <span className="hint">{say(`people.role.${role}.can`)}</span>
            </span>
          </Radio>
        ))}
      </RadioGroup>
      {change.error?.code === "rule" ? (
        <Notice weight="error" title={say("admin.last.title")}>
          <p>
            <Text id="admin.last.text" />
          </p>
        </Notice>
      ) : change.error ? (
        <ErrorNotice error={change.error} />
      ) : null}
      {change.isSuccess ? (
        <p className="muted" role="status">
          {say("record.saved")}
        </p>
      ) : null}
    </div>
  );
}

function QuotaForm({ person }: { person: OrganisationPerson }) {
  const say = useText();
  const [draft, setDraft] = useState(() => draftOfQuota(person.quota));
  const change = useChange("set_quota", [adminKeys.people]);
  const quota = readQuota(draft, person.quota);
  // Only for what is said beside the fields: without it the form works.
  const ofRole = useRoleQuota(person.account_role);
  return (
    <div>
      <h3>{say("admin.quota")}</h3>
      <p className="hint">
        <Text id="admin.quota.hint" />
      </p>
      <QuotaFields
        draft={draft}
        set={person.quota}
        otherwise={ofRole.data?.in_force}
        onChange={(next) => {
          setDraft(next);
          change.reset();
        }}
      />
      {change.error ? <ErrorNotice error={change.error} kept /> : null}
      <div className="actions">
        <Button
          isPending={change.isPending}
          isDisabled={quota === undefined}
          onPress={() => {
            if (quota) change.mutate({ identity: person.identity, quota });
          }}
        >
          {say("admin.quota.save")}
        </Button>
        {change.isSuccess ? (
          <span className="muted" role="status">
            {say("record.saved")}
          </span>
        ) : null}
      </div>
    </div>
  );
}

interface DevicesProps {
  person: OrganisationPerson;
  onRevoke: (device: { device: string; name: string }) => void;
}

function Devices({ person, onRevoke }: DevicesProps) {
  const say = useText();
  const devices = usePersonDevices(person.identity);
  const inUse = devices.data?.filter(({ revoked }) => !revoked) ?? [];
  return (
    <div>
      <h3>{say("admin.devices")}</h3>
      {devices.isPending ? <Loading /> : null}
      {devices.error ? (
        <ErrorNotice error={devices.error} onRetry={() => void devices.refetch()} />
      ) : null}
      {devices.data && inUse.length === 0 ? <p className="muted">{say("admin.devices.none")}</p> : null}
      <ul className="admin-devices">
        {inUse.map(({ device, name }) => (
          <li key={device}>
            <bdi>{name}</bdi>
            {person.you ? null : (
              <Button
                look="quiet"
                onPress={() => onRevoke({ device, name })}
                aria-label={say("admin.revoke_device", { name })}
              >
                {say("admin.revoke")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {person.you ? (
        <p className="hint">
          <Text id="admin.devices.own" />
        </p>
      ) : null}
    </div>
  );
}

type Asked =
  | { method: "retire" | "sign_out_person"; args: { identity: string } }
  | { method: "revoke_person_device"; args: { device: string } };

/** What cannot be undone is asked about first. */
function Ask({ method, args, name, onDone }: Asked & { name: string; onDone: () => void }) {
  const say = useText();
  const change = useChange(method, [adminKeys.all]);
  return (
    <ConfirmDialog
      title={say(`admin.ask.${method}.title`, { name })}
      isOpen
      onClose={onDone}
      submit={say(`admin.ask.${method}.submit`)}
      change={change}
      onConfirm={() => change.mutate(args as never, { onSuccess: onDone })}
    >
      <p>
        <Text id={`admin.ask.${method}.text`} values={{ name }} />
      </p>
    </ConfirmDialog>
  );
}
