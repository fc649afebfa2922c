import { Label, Radio, RadioGroup } from "react-aria-components";
import type { Role } from "../core/api";
import { useText } from "../i18n/text";

interface Props {
  roles: readonly Role[];
  value: Role;
  onChange: (role: Role) => void;
}

/** A role, each with what it may do. */
export function RoleChoice({ roles, value, onChange }: Props) {
  const say = useText();
  return (
    <RadioGroup className="radios" value={value} onChange={(role) => onChange(role as Role)}>
      <Label className="label">{say("sharing.role")}</Label>
      {roles.map((role) => (
        <Radio key={role} value={role} className="radio explained">
          <span className="radio-text">
            <span className="radio-name">{say(`role.${role}`)}</span>
            <span className="hint">{say(`role.${role}.can`)}</span>
          </span>
        </Radio>
      ))}
    </RadioGroup>
  );
}
