import { Download, X } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useCore } from "../app/core-context";
import type { FileSource } from "../core/api-files";
import type { Core } from "../core/client";
import { toCoreError, type CoreError } from "../core/problem";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { canPlay, play } from "./delivery";
import { fileName, mediaType as mediaTypeOf, viewKind, type ViewKind } from "./kinds";
import { decodeText, readWhole, TEXT_BYTES } from "./read";
import { useSize } from "./sizes";

const PdfView = lazy(() => import("./pdf-view"));

/** Larger pictures are saved and opened elsewhere. */
const PICTURE_MAX_BYTES = 96 << 20;

interface Props {
  source: FileSource;
  name: string;
  mediaType: string;
  sizeBytes: number;
  onClose: () => void;
  onSave: () => void;
}

/** What every kind of view needs. */
export interface ViewProps {
  core: Core;
  source: FileSource;
  name: string;
  mediaType: string;
  sizeBytes: number;
}

/** Shows a file without saving it: it is decrypted into this page's memory alone. */
export function Viewer({ source, name, mediaType, sizeBytes, onClose, onSave }: Props) {
  const say = useText();
  const size = useSize();
  const core = useCore();
  const kind = viewKind(name, mediaType);
  return (
    <ModalOverlay
      className="overlay viewer-overlay"
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className="viewer-modal">
        <AriaDialog className="viewer">
          <header className="viewer-head">
            <div className="viewer-title">
              <Heading slot="title" level={2}>
                <bdi>{fileName(name)}</bdi>
              </Heading>
              <p className="muted">
                {size(sizeBytes)} · {say("viewer.not_saved")}
              </p>
            </div>
            <Button onPress={onSave}>
              <Download aria-hidden="true" />
              <span className="wide-only">{say("files.save")}</span>
              <span className="narrow-only visually-hidden">{say("files.save")}</span>
            </Button>
            <Button look="icon" onPress={onClose} aria-label={say("close")}>
              <X aria-hidden="true" />
            </Button>
          </header>
          <div className={`viewer-body ${kind}`}>
            <View
              kind={sizeBytes === 0 ? "empty" : kind}
              core={core}
              source={source}
              name={name}
              mediaType={mediaType}
              sizeBytes={sizeBytes}
            />
          </div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

function View({ kind, ...props }: ViewProps & { kind: ViewKind | "empty" }) {
  const say = useText();
  switch (kind) {
    case "image":
      return <ImageView {...props} />;
    case "text":
      return <TextView {...props} />;
    case "audio":
    case "video":
      return <PlayedView {...props} kind={kind} />;
    case "pdf":
      return (
        <Suspense fallback={<Loading />}>
          <PdfView {...props} />
        </Suspense>
      );
    case "empty":
      return <p className="viewer-note">{say("viewer.empty")}</p>;
    case "none":
      return (
        <p className="viewer-note">
          <Text id="viewer.none" />
        </p>
      );
  }
}

/** Reads once; what was read is let go with the view. */
function useRead<T>(read: () => Promise<T>, free?: (found: T) => void) {
  const [state, setState] = useState<{ found?: T; error?: CoreError }>({});
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    let kept: T | undefined;
    read().then(
      (found) => {
        if (current) {
          kept = found;
          setState({ found });
        } else {
          free?.(found);
        }
      },
      (thrown: unknown) => {
        if (current) setState({ error: toCoreError(thrown) });
      },
    );
    return () => {
      current = false;
      if (kept !== undefined) free?.(kept);
    };
    // A view is of one file for as long as it is open.
    // eslint-disable-next-line
  }, [attempt]);
  const retry = () => {
    setState({});
    setAttempt(attempt + 1);
  };
  return { ...state, retry };
}

function ImageView({ core, source, name, mediaType, sizeBytes }: ViewProps) {
  const say = useText();
  const [broken, setBroken] = useState(false);
  const [large, setLarge] = useState(false);
  const tooLarge = sizeBytes > PICTURE_MAX_BYTES;
  const { found, error, retry } = useRead(
    async () => {
      if (tooLarge) return "";
      const bytes = await readWhole(core, source, sizeBytes);
      // The address of a picture only: whoever opens it alone gets a picture too.
      const type = viewKind("", mediaType) === "image" ? mediaType : mediaTypeOf(name);
      return URL.createObjectURL(new Blob([bytes], { type }));
    },
    (address) => URL.revokeObjectURL(address),
  );
  if (error) return <ErrorNotice error={error} onRetry={retry} />;
  if (tooLarge) return <p className="viewer-note">{say("viewer.too_large")}</p>;
  if (broken) return <p className="viewer-note">{say("viewer.broken")}</p>;
  if (!found) return <Loading />;
  return (
    <button
      type="button"
      className={large ? "picture large" : "picture"}
      aria-pressed={large}
      aria-label={say("viewer.zoom")}
      onClick={() => setLarge(!large)}
    >
      <img src={found} alt={fileName(name)} onError={() => setBroken(true)} />
    </button>
  );
}

function TextView({ core, source, name, mediaType, sizeBytes }: ViewProps) {
  const say = useText();
  const length = Math.min(sizeBytes, TEXT_BYTES);
  const { found, error, retry } = useRead(async () => {
    const { bytes } = await core.call("read_file", { ...source, offset: 0, length });
    return decodeText(bytes, length < sizeBytes);
  });
  if (error) return <ErrorNotice error={error} onRetry={retry} />;
  if (found === undefined) return <Loading />;
  const type = mediaTypeOf(name, mediaType);
  const isCode = type.includes("html") || type.includes("svg");
  return (
    <>
      {isCode ? (
        <p className="viewer-note">
          <Text id="viewer.shown_as_text" />
        </p>
      ) : null}
      <pre className="viewer-text" dir="auto" tabIndex={0}>
        {found}
      </pre>
      {length < sizeBytes ? <p className="viewer-note">{say("viewer.text_cut")}</p> : null}
    </>
  );
}

function PlayedView({ core, source, name, mediaType, sizeBytes, kind }: ViewProps & { kind: "audio" | "video" }) {
  const say = useText();
  const [address, setAddress] = useState<string>();
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (!canPlay()) return undefined;
    const told = mediaTypeOf("", mediaType);
    const media_type = told.startsWith(kind) ? told : mediaTypeOf(name);
    const played = play({ core, source, size_bytes: sizeBytes, media_type });
    setAddress(played.address);
    return played.close;
  }, [core, source, name, mediaType, sizeBytes, kind]);
  if (!canPlay()) return <p className="viewer-note">{say("viewer.no_worker")}</p>;
  if (broken) return <p className="viewer-note">{say("viewer.not_played")}</p>;
  if (!address) return null;
  const label = fileName(name);
  const fail = () => setBroken(true);
  return kind === "video" ? (
    <video src={address} controls playsInline preload="metadata" aria-label={label} onError={fail} />
  ) : (
    <audio src={address} controls preload="metadata" aria-label={label} onError={fail} />
  );
}
