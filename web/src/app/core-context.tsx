import { createContext, use } from "react";
import type { Core } from "../core/client";

/** The core of this page; tests give another. */
export const CoreContext = createContext<Core | null>(null);

export function useCore(): Core {
  const core = use(CoreContext);
  if (!core) throw new Error("there is no core around this part of the page");
  return core;
}
