import {
  ArrowDownToLine,
  ArrowUpFromLine,
  Check,
  ChevronDown,
  ChevronUp,
  Copy,
  FileUp,
  Pause,
  Play,
  RotateCw,
  X,
} from "lucide-react";
import { useState } from "react";
import { FileTrigger } from "react-aria-components";
import { sentenceFor } from "../core/error-sentences";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { useSize } from "./sizes";
import { secondsLeft, type Transfer } from "./transfers";
import { useTransferList, useTransfers } from "./transfers-context";

/** What travels, at the foot of every page. */
export function TransferPanel() {
  const say = useText();
  const transfers = useTransfers();
  const list = useTransferList();
  const [fold, setFold] = useState<boolean | null>(null);
  if (list.length === 0) return null;
  const going = list.filter(({ state }) => ["queued", "preparing", "running", "waiting"].includes(state));
  const waiting = list.filter(({ state }) => ["failed", "unfinished"].includes(state));
  // What is done and without a word to say makes itself small.
  const quiet = list.every(({ state, problem }) => state === "done" && problem === null);
  const folded = fold ?? quiet;
  const ordered = [...list.filter(notDone), ...list.filter((one) => !notDone(one))];
  const total = going.reduce((sum, one) => sum + one.total_bytes, 0);
  const done = going.reduce((sum, one) => sum + one.done_bytes, 0);
  const title = titleOf(going.length, waiting.length, list);
  return (
    <aside className="transfers" aria-label={say("transfer.title")}>
      <header className="transfers-head">
        <p className="transfers-title" role="status">
          {say(title.id, title.values)}
          {going.length > 0 && total > 0 ? (
            <span className="muted"> {say("transfer.percent", { part: done / total })}</span>
          ) : null}
        </p>
        {list.some(({ state }) => state === "done") ? (
          <Button look="quiet" onPress={() => transfers.clearDone()}>
            {say("transfer.clear")}
          </Button>
        ) : null}
        <Button
          look="icon"
          onPress={() => setFold(!folded)}
          aria-expanded={!folded}
          aria-label={say(folded ? "transfer.unfold" : "transfer.fold")}
        >
          {folded ? <ChevronUp aria-hidden="true" /> : <ChevronDown aria-hidden="true" />}
        </Button>
      </header>
      {folded ? null : (
        <ul className="transfer-list" tabIndex={0} aria-label={say("transfer.title")}>
          {ordered.map((transfer) => (
            <TransferRow key={transfer.id} transfer={transfer} />
          ))}
        </ul>
      )}
    </aside>
  );
}

const icons = {
  upload: ArrowUpFromLine,
  download: ArrowDownToLine,
  copy: Copy,
  move: Copy,
} as const satisfies Record<Transfer["kind"], unknown>;

/** What still wants something stands above what is done. */
const notDone = ({ state }: Transfer) => state !== "done";

function titleOf(going: number, waiting: number, list: readonly Transfer[]) {
  if (going > 0) return { id: "transfer.going", values: { count: going } } as const;
  if (waiting > 0) return { id: "transfer.stopped", values: { count: waiting } } as const;
  const done = list.filter(({ state }) => state === "done").length;
  if (done < list.length) return { id: "transfer.still", values: { count: list.length - done } } as const;
  return { id: "transfer.all_done", values: { count: done } } as const;
}

function TransferRow({ transfer }: { transfer: Transfer }) {
  const say = useText();
  const size = useSize();
  const transfers = useTransfers();
  const { id, kind, name, state, done_bytes, total_bytes, problem, wanted } = transfer;
  const Icon = icons[kind];
  const sentence = problem ? sentenceFor(problem) : null;
  const percent = total_bytes > 0 ? (100 * done_bytes) / total_bytes : state === "done" ? 100 : 0;
  return (
    <li className={`transfer ${state}`}>
      {state === "done" ? <Check aria-hidden="true" /> : <Icon aria-hidden="true" />}
      <div className="transfer-body">
        <p className="transfer-name">
          <span className="visually-hidden">{say(`transfer.kind.${kind}`)} </span>
          <bdi>{name}</bdi>
        </p>
        {state === "done" ? null : (
          <progress
            className="progress"
            value={percent}
            max={100}
            aria-label={say("transfer.progress", { name })}
          />
        )}
        <p className="muted">
          {state === "done"
            ? say(`transfer.done.${kind}`, { size: size(total_bytes) })
            : say("transfer.of", { done: size(done_bytes), total: size(total_bytes) })}
          <Pace transfer={transfer} />
        </p>
        {sentence ? (
          <p className="transfer-problem" role="alert">
            <strong>{say(sentence.title)}</strong> <Text id={sentence.text} />
          </p>
        ) : null}
        {state === "unfinished" && wanted ? (
          <p>
            <Text id="transfer.choose_again" />
          </p>
        ) : null}
      </div>
      <div className="transfer-tools">
        {["running", "waiting", "queued"].includes(state) ? (
          <Button
            look="icon"
            onPress={() => void transfers.pause(id)}
            aria-label={say("transfer.pause", { name })}
          >
            <Pause aria-hidden="true" />
          </Button>
        ) : null}
        {state === "paused" ? (
          <Button
            look="icon"
            onPress={() => void transfers.resume(id)}
            aria-label={say("transfer.resume", { name })}
          >
            <Play aria-hidden="true" />
          </Button>
        ) : null}
        {state === "failed" ? (
          <Button
            look="icon"
            onPress={() => void transfers.resume(id)}
            aria-label={say("transfer.retry", { name })}
          >
            <RotateCw aria-hidden="true" />
          </Button>
        ) : null}
        {state === "unfinished" ? (
          <FileTrigger
            onSelect={(files) => {
              const [file] = files ?? [];
              if (file) void transfers.resumeWith(id, file);
            }}
          >
            <Button aria-label={say("transfer.choose", { name })}>
              <FileUp aria-hidden="true" />
              {say("transfer.choose.short")}
            </Button>
          </FileTrigger>
        ) : null}
        {state === "done" ? null : (
          <Button
            look="icon"
            onPress={() => void transfers.cancel(id)}
            aria-label={say("transfer.cancel", { name })}
          >
            <X aria-hidden="true" />
          </Button>
        )}
      </div>
    </li>
  );
}

/** What a transfer does now: how fast, and how long it still takes. */
function Pace({ transfer }: { transfer: Transfer }) {
  const say = useText();
  const size = useSize();
  const seconds = secondsLeft(transfer);
  const { state } = transfer;
  if (state === "running") {
    if (!transfer.bytes_per_second || seconds === null) return null;
    const left =
      seconds < 60
        ? say("transfer.left.seconds", { count: seconds })
        : seconds < 3_600
          ? say("transfer.left.minutes", { count: Math.round(seconds / 60) })
          : say("transfer.left.hours", { count: Math.round(seconds / 3_600) });
    return ` · ${size(transfer.bytes_per_second, true)} · ${left}`;
  }
  return state === "done" || state === "failed" ? null : ` · ${say(`transfer.state.${state}`)}`;
}
