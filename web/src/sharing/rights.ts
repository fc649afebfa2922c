import type { Role } from "../core/api";
import type { Member } from "../core/api-sharing";

const all: readonly Role[] = ["reader", "writer", "manager", "owner"];

/** The roles that somebody with a role may give; none for those who let nobody in. */
export function rolesToGive(own: Role | null): readonly Role[] {
  switch (own) {
    case "owner":
      return all;
    case "manager":
      return ["reader", "writer"];
    default:
      return [];
  }
}

/** Whether somebody may change the role of another member, or remove them. */
export function mayChange(own: Role | null, member: Member): boolean {
  return !member.you && rolesToGive(own).includes(member.role);
}

/** Whether a member may leave: a vault keeps an owner. */
export function mayLeave(members: readonly Member[]): boolean {
  const owners = members.filter((member) => member.role === "owner");
  const you = members.find((member) => member.you);
  return you !== undefined && (you.role !== "owner" || owners.length > 1);
}
