import workerAddress from "./worker.ts?worker&url";
import type { CoreEvent, CoreMethods, MethodName, WorkerMessage } from "./api";
import { CoreError, exit } from "./problem";
import { streamOfPieces } from "./transfer/pieces";
import { trustedAddress } from "./trusted-address";

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

/** An answer with a file's bytes has a port, through which they come. */
function unpacked(answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null || !("pieces" in answer)) return answer;
  const { pieces, ...rest } = answer;
  return { ...rest, stream: streamOfPieces(pieces as MessagePort) };
}

/** Starts the worker. */
export function startCore(): Core {
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(event: CoreEvent) => void>();
  let broken: CoreError | undefined;
  let lastId = 0;

  const worker = new Worker(trustedAddress(workerAddress), {
    type: "module",
    name: "strongroom-core",
  });
  worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
    if ("event" in data) {
      for (const listener of listeners) listener(data);
      return;
    }
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ("problem" in data) call?.reject(new CoreError(data.problem));
    else call?.resolve(unpacked(data.answer) as never);
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
