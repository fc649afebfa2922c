import {
  getDocument,
  PDFDataRangeTransport,
  PDFWorker,
  version,
  type PDFDocumentLoadingTask,
  type PDFDocumentProxy,
  type PDFPageProxy,
  type RenderTask,
} from "pdfjs-dist";
import workerAddress from "pdfjs-dist/build/pdf.worker.min.mjs?worker&url";
import { useEffect, useRef, useState } from "react";
import type { FileSource } from "../core/api-files";
import type { Core } from "../core/client";
import { toCoreError, type CoreError } from "../core/problem";
import { trustedAddress } from "../core/trusted-address";
import { useText } from "../i18n/text";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import type { ViewProps } from "./viewer";

const PARTS = `/assets/pdf-${version}`;
const PIECE_BYTES = 256 << 10;
/** Pictures in a document beyond this are left out: they are made to fill the memory. */
const PICTURE_MAX_PIXELS = 100_000_000;
const WIDEST_PIXELS = 1_100;
/** Pages are drawn a little before they come into sight. */
const AHEAD = "600px";

/** Gives pdf.js the bytes that it asks for, and no others are read. */
class Ranges extends PDFDataRangeTransport {
  constructor(
    private readonly core: Core,
    private readonly source: FileSource,
    size: number,
    private readonly failed: (error: CoreError) => void,
  ) {
    super(size, null);
  }

  override requestDataRange(begin: number, end: number): void {
    const wanted = { ...this.source, offset: begin, length: end - begin };
    this.core.call("read_file", wanted).then(
      ({ bytes }) => this.onDataRange(begin, new Uint8Array(bytes)),
      (thrown: unknown) => this.failed(toCoreError(thrown)),
    );
  }
}

type Opened = { document: PDFDocumentProxy } | { error: CoreError } | { reason: "password" | "broken" };

/** The pages of a PDF, drawn by pdf.js. Nothing in the document is run. */
export default function PdfView({ core, source, sizeBytes }: ViewProps) {
  const say = useText();
  const [opened, setOpened] = useState<Opened>();
  useEffect(() => {
    let task: PDFDocumentLoadingTask | undefined;
    let current = true;
    const port = new Worker(trustedAddress(workerAddress), { type: "module", name: "pdf" });
    const worker = PDFWorker.create({ port });
    const fail = (error: CoreError) => {
      if (current) setOpened({ error });
    };
    task = getDocument({
      range: new Ranges(core, source, sizeBytes, fail),
      rangeChunkSize: PIECE_BYTES,
      disableAutoFetch: true,
      disableStream: true,
      worker,
      isEvalSupported: false,
      enableXfa: false,
      maxImageSize: PICTURE_MAX_PIXELS,
      useSystemFonts: false,
      useWorkerFetch: true,
      cMapUrl: `${PARTS}/cmaps/`,
      iccUrl: `${PARTS}/iccs/`,
      standardFontDataUrl: `${PARTS}/standard_fonts/`,
      wasmUrl: `${PARTS}/wasm/`,
      verbosity: 0,
    });
    task.promise.then(
      (document) => {
        if (current) setOpened({ document });
      },
      (thrown: unknown) => {
        const locked = thrown instanceof Error && thrown.name === "PasswordException";
        const reason = locked ? "password" : "broken";
        if (current) setOpened((before) => before ?? { reason });
      },
    );
    return () => {
      current = false;
      void task?.destroy().finally(() => {
        worker.destroy();
        port.terminate();
      });
    };
    // A view is of one file for as long as it is open.
    // eslint-disable-next-line
  }, [core, sizeBytes]);
  if (!opened) return <Loading />;
  if ("error" in opened) return <ErrorNotice error={opened.error} />;
  if ("reason" in opened) {
    return (
      <p className="viewer-note">
        {say(opened.reason === "password" ? "viewer.pdf_password" : "viewer.broken")}
      </p>
    );
  }
  const { document } = opened;
  return (
    <ol className="pdf-pages" tabIndex={0} aria-label={say("viewer.pages", { count: document.numPages })}>
      {Array.from({ length: document.numPages }, (_, index) => (
        <PdfPage key={index} document={document} number={index + 1} />
      ))}
    </ol>
  );
}

/** One page: drawn when it comes near, with its words for those who listen. */
function PdfPage({ document, number }: { document: PDFDocumentProxy; number: number }) {
  const say = useText();
  const place = useRef<HTMLLIElement>(null);
  const [near, setNear] = useState(number === 1);
  const [words, setWords] = useState("");
  const [broken, setBroken] = useState(false);

  useEffect(() => {
    const element = place.current;
    if (!element || near) return undefined;
    const watch = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setNear(true);
      },
      { rootMargin: AHEAD },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, [near]);

  useEffect(() => {
    if (!near) return undefined;
    let current = true;
    let page: PDFPageProxy | undefined;
    let task: RenderTask | undefined;
    const canvas = window.document.createElement("canvas");
    const draw = async () => {
      page = await document.getPage(number);
      const width = Math.min(place.current?.clientWidth ?? WIDEST_PIXELS, WIDEST_PIXELS);
      const scale = (width / page.getViewport({ scale: 1 }).width) * window.devicePixelRatio;
      const viewport = page.getViewport({ scale });
      canvas.width = Math.floor(viewport.width);
      canvas.height = Math.floor(viewport.height);
      canvas.className = "pdf-page";
      canvas.setAttribute("aria-hidden", "true");
      if (!current) return;
      task = page.render({ canvas, viewport });
      await task.promise;
      const { items } = await page.getTextContent();
      if (!current) return;
      place.current?.append(canvas);
      setWords(items.map((item) => ("str" in item ? item.str : "")).join(" "));
    };
    draw().catch(() => {
      if (current) setBroken(true);
    });
    return () => {
      current = false;
      task?.cancel();
      page?.cleanup();
      canvas.remove();
    };
  }, [document, number, near]);

  return (
    <li className="pdf-place" ref={place}>
      <p className="visually-hidden">
        {say("viewer.page", { number })} {words}
      </p>
      {broken ? <p className="viewer-note">{say("viewer.page_broken")}</p> : null}
    </li>
  );
}
