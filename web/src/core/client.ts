import workerAddress from "./worker.ts?worker&url";
import type { CoreEvent, CoreMethods, MethodName, WorkerMessage } from "./api";
import { CoreError, exit } from "./problem";

/** The core as the page knows it. */
export interface Core {
  call<M extends MethodName>(
    method: M,
    args: CoreMethods[M]["takes"],
  ): Promise<CoreMethods[M]["answers"]>;
  /** Hears what the core tells unasked; gives back what ends it. */
  listen(listener: (event: CoreEvent) => void): () => void;
}

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: CoreError) => void;
}

/** Starts the worker. */
export function startCore(): Core {
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(event: CoreEvent) => void>();
  let broken: CoreError | undefined;
  let lastId = 0;

  const worker = openWorker();
  worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
    if ("event" in data) {
      for (const listener of listeners) listener(data);
      return;
    }
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ("problem" in data) call?.reject(new CoreError(data.problem));
    else call?.resolve(data.answer as never);
  };
  // The worker's script itself could not be loaded or fell over: nothing will answer any more.
  worker.onerror = (event) => {
    broken = new CoreError({
      code: "core_not_loaded",
      message: event.message || "the worker could not be started",
      exit: exit.failed,
    });
    for (const call of waiting.values()) call.reject(broken);
    waiting.clear();
  };

  return {
    call: (method, args) =>
      new Promise((resolve, reject) => {
        if (broken) {
          reject(broken);
          return;
        }
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        worker.postMessage({ id: lastId, method, args });
      }),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Trusted Types: the one script address that the page may ever start. */
function openWorker(): Worker {
  const allow = (address: string) => {
    if (new URL(address, location.href).origin !== location.origin) {
      throw new TypeError("a worker of another origin is never started");
    }
    return address;
  };
  const policy = trustedTypesFactory()?.createPolicy("strongroom", { createScriptURL: allow });
  const address = policy?.createScriptURL(workerAddress) ?? allow(workerAddress);
  return new Worker(address as string, { type: "module", name: "strongroom-core" });
}

/** Part of Trusted Types that the library's types do not know yet. */
interface TrustedTypesFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): { createScriptURL(address: string): unknown };
}

function trustedTypesFactory(): TrustedTypesFactory | undefined {
  return (globalThis as { trustedTypes?: TrustedTypesFactory }).trustedTypes;
}
