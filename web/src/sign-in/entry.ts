/**
 * Which form somebody sees who is not signed in, before the core is there to say it. The core is
 * larger than the page and loads beside it; a passphrase can be typed meanwhile.
 */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { dropSetting, readSetting, writeSetting } from "../app/settings-store";
import type { Status } from "../core/api";

/** What the form depends on. */
export type Entry = Pick<Status, "needs_setup" | "device_known" | "name" | "passkeys" | "server_answers">;

/** Notes whose browser this is, as the core has just told. Nothing of it is a secret. */
export function rememberEntry({ device_known, name, passkeys }: Entry): void {
  if (device_known && name !== null) writeSetting("entry", JSON.stringify({ name, passkeys }));
  else forgetEntry();
}

/** This browser is nobody's. */
export const forgetEntry = (): void => dropSetting("entry");

function recallEntry(): Entry | null {
  try {
    const kept = JSON.parse(readSetting("entry") ?? "null") as Partial<Entry> | null;
    if (typeof kept?.name !== "string" || typeof kept.passkeys !== "number") return null;
    const { name, passkeys } = kept;
    return { needs_setup: false, device_known: true, name, passkeys, server_answers: true };
  } catch {
    return null;
  }
}

/** Nobody is known here: only the server knows whether it waits for its first person. */
async function askServer(): Promise<Entry | null> {
  try {
    const { data } = await api.GET("/v1/server");
    // What promises to be JSON may still be of a stranger in between.
    if (typeof data?.setup_open !== "boolean") return null;
    const needs_setup = data.setup_open;
    return { needs_setup, device_known: false, name: null, passkeys: 0, server_answers: true };
  } catch {
    // The core will say in words what is wrong.
    return null;
  }
}

/** What the core will probably say; nothing where that cannot be known without it. */
export function useExpectedEntry(wanted: boolean): Entry | undefined {
  const [kept] = useState(recallEntry);
  const asked = useQuery({
    queryKey: ["entry"],
    queryFn: askServer,
    enabled: wanted && kept === null,
    staleTime: Infinity,
  });
  return kept ?? asked.data ?? undefined;
}
