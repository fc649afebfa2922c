/** The worker that holds the keys. The page sees answers, never what they were opened with. */
import type { CallMessage, CoreEvent, MethodName, WorkerMessage } from "./api";
import { deviceName } from "./device-name";
import init, { Core } from "./generated/strongroom_wasm.js";
import wasmAddress from "./generated/strongroom_wasm_bg.wasm?url";
import { exit, toProblem } from "./problem";
import { browserStorage } from "./storage";
import { port } from "./transfer/port";
import { answerTransfer } from "./transfer/transfers";

/** Pauses before the stream of events is asked for again, growing while the server is away. */
const WATCH_PAUSES_MS = [2_000, 5_000, 15_000, 30_000];

const tell = (message: WorkerMessage) => self.postMessage(message);

/** Made once; a failure to load answers every call. */
const loading: Promise<Core> = init({ module_or_path: wasmAddress }).then(
  () =>
    new Core(
      self.location.origin,
      browserStorage(),
      (event: CoreEvent) => tell(event),
      deviceName(navigator.userAgent),
    ),
);

/** Made before the first call; transfers do not hold the core. */
const transferring = loading.then((core) => core.transfers(port));

/** Counts sign-ins: a watch of an earlier one ends itself. */
let signIn = 0;

/** Hears what changes at the server for as long as somebody is signed in. */
async function watch(core: Core, mine: number): Promise<void> {
  for (let failures = 0; mine === signIn; failures += 1) {
    const started = Date.now();
    try {
      await core.watch();
    } catch {
      // offline, or the session has ended: calls tell the page so
    }
    if (Date.now() - started > 60_000) failures = 0;
    const pause = WATCH_PAUSES_MS[Math.min(failures, WATCH_PAUSES_MS.length - 1)];
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const begins: readonly MethodName[] = ["sign_up", "log_in", "recover", "unlock"];
const ends: readonly MethodName[] = ["lock", "sign_out"];

async function answer({ id, method, args }: CallMessage): Promise<void> {
  let core: Core;
  try {
    core = await loading;
  } catch (thrown) {
    tell({ id, problem: { ...toProblem(thrown), code: "core_not_loaded", exit: exit.failed } });
    return;
  }
  try {
    const given = await answerTransfer(await transferring, method, args);
    if (given) {
      self.postMessage({ id, answer: given.answer }, { transfer: given.transfer });
      return;
    }
    if (ends.includes(method)) {
      signIn += 1;
      (await transferring).stopAll();
    }
    tell({ id, answer: await core.call(method, args as object) });
    if (begins.includes(method)) {
      signIn += 1;
      void watch(core, signIn);
    }
  } catch (thrown) {
    tell({ id, problem: toProblem(thrown) });
  }
}

self.onmessage = (message: MessageEvent<CallMessage>) => void answer(message.data);
