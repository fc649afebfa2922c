import { useState } from "react";
import { useChange } from "../app/queries";
import type { AccountRole, Policy, RoleQuota } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { TextField } from "../ui/fields";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { adminKeys, usePolicy, useRoleQuota } from "./queries";
import { draftOfQuota, type QuotaDraft, QuotaFields, readQuota } from "./quota-fields";

/** Limits of everybody with a role, and what every client of the organisation obeys. */
export function LimitsPanel() {
  const policy = usePolicy();
  return (
    <>
      <RoleLimits />
      {policy.isPending ? <Loading /> : null}
      {policy.error ? <ErrorNotice error={policy.error} onRetry={() => void policy.refetch()} /> : null}
      {policy.data ? (
        <PolicyForm key={`${policy.data.image_max_pixels} ${policy.data.offline_max_days}`} policy={policy.data} />
      ) : null}
    </>
  );
}

function RoleLimits() {
  const say = useText();
  const [role, setRole] = useState<AccountRole>("member");
  const limits = useRoleQuota(role);
  return (
    <section className="section">
      <h2 className="section-title">{say("admin.role_quota")}</h2>
      <p className="hint">
        <Text id="admin.role_quota.hint" />
      </p>
      <Choice
        label={say("admin.role_quota.role")}
        options={(["member", "admin"] as const).map((id) => ({ id, label: say(`people.role.${id}`) }))}
        value={role}
        onChange={(id) => setRole(id as AccountRole)}
      />
      {limits.isPending ? <Loading /> : null}
      {limits.error ? <ErrorNotice error={limits.error} onRetry={() => void limits.refetch()} /> : null}
      {limits.data ? <RoleQuotaForm key={role} role={role} limits={limits.data} /> : null}
    </section>
  );
}

function RoleQuotaForm({ role, limits }: { role: AccountRole; limits: RoleQuota }) {
  const say = useText();
  // As long as nothing is typed, the form shows what is set, also when somebody else sets it.
  const [typed, setTyped] = useState<QuotaDraft | null>(null);
  const draft = typed ?? draftOfQuota(limits.quota);
  const change = useChange("set_role_quota", [adminKeys.roleQuotas]);
  const quota = readQuota(draft, limits.quota);
  return (
    <>
      <QuotaFields
        draft={draft}
        set={limits.quota}
        otherwise={limits.in_force}
        onChange={(next) => {
          setTyped(next);
          change.reset();
        }}
      />
      {change.error ? <ErrorNotice error={change.error} kept /> : null}
      <div className="actions">
        <Button
          look="primary"
          isPending={change.isPending}
          isDisabled={quota === undefined}
          onPress={() => {
            if (!quota) return;
            const saved = typed;
            const onSuccess = () => setTyped((now) => (now === saved ? null : now));
            change.mutate({ account_role: role, quota }, { onSuccess });
          }}
        >
          {say("admin.role_quota.save")}
        </Button>
        {change.isSuccess ? (
          <span className="muted" role="status">
            {say("record.saved")}
          </span>
        ) : null}
      </div>
    </>
  );
}

const PIXELS_MAX = 100_000;
const DAYS_MAX = 36_500;

function PolicyForm({ policy }: { policy: Policy }) {
  const say = useText();
  const typed = (value: number) => (value === 0 ? "" : String(value));
  const [pixels, setPixels] = useState(() => typed(policy.image_max_pixels));
  const [days, setDays] = useState(() => typed(policy.offline_max_days));
  const change = useChange("set_policy", [adminKeys.policy, adminKeys.log]);
  const read = (text: string, most: number) => {
    if (text.trim() === "") return 0;
    const number = Number(text);
    return /^\s*\d+\s*$/.test(text) && number <= most ? number : undefined;
  };
  const wanted = { image_max_pixels: read(pixels, PIXELS_MAX), offline_max_days: read(days, DAYS_MAX) };
  const { image_max_pixels: wantedPixels, offline_max_days: wantedDays } = wanted;
  const wrong = say("admin.quota.wrong");
  return (
    <section className="section">
      <h2 className="section-title">{say("admin.policy")}</h2>
      <p className="hint">
        <Text id="admin.policy.hint" />
      </p>
      <div className="exchange-fields">
        <TextField
          label={say("admin.policy.pixels")}
          hint={say("admin.policy.none")}
          inputMode="numeric"
          value={pixels}
          onChange={setPixels}
          error={wantedPixels === undefined ? wrong : undefined}
        />
        <TextField
          label={say("admin.policy.days")}
          hint={say("admin.policy.none")}
          inputMode="numeric"
          value={days}
          onChange={setDays}
          error={wantedDays === undefined ? wrong : undefined}
        />
      </div>
      {change.error ? <ErrorNotice error={change.error} kept /> : null}
      <div className="actions">
        <Button
          look="primary"
          isPending={change.isPending}
          isDisabled={wantedPixels === undefined || wantedDays === undefined}
          onPress={() => {
            if (wantedPixels === undefined || wantedDays === undefined) return;
            change.mutate({ image_max_pixels: wantedPixels, offline_max_days: wantedDays });
          }}
        >
          {say("admin.policy.save")}
        </Button>
      </div>
    </section>
  );
}
