/** What a file is, by its name and its media type: both come from whoever put it there. */

/** How a file is shown. Nothing of a file is ever run: pages and drawings are shown as text. */
export type ViewKind = "image" | "pdf" | "text" | "audio" | "video" | "none";

const BY_ENDING: Record<string, string> = {
  avif: "image/avif",
  bmp: "image/bmp",
  gif: "image/gif",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  svg: "image/svg+xml",
  pdf: "application/pdf",
  txt: "text/plain",
  log: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  htm: "text/html",
  xml: "text/xml",
  json: "application/json",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  flac: "audio/flac",
  wav: "audio/wav",
  mp4: "video/mp4",
  m4v: "video/mp4",
  webm: "video/webm",
  mov: "video/quicktime",
  ogv: "video/ogg",
  zip: "application/zip",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  odt: "application/vnd.oasis.opendocument.text",
};

/** Pictures that a browser draws and that cannot hold a script. */
const DRAWN = new Set([
  "image/avif",
  "image/bmp",
  "image/gif",
  "image/jpeg",
  "image/png",
  "image/webp",
]);

const TEXT = new Set([
  "application/json",
  "application/xml",
  "application/javascript",
  "application/xhtml+xml",
  "image/svg+xml",
]);

function ending(name: string): string {
  const last = fileName(name);
  const dot = last.lastIndexOf(".");
  return dot > 0 ? last.slice(dot + 1).toLowerCase() : "";
}

/** The media type to store: what the browser says, else what the ending says. */
export function mediaType(name: string, told = ""): string {
  const [type = ""] = told.toLowerCase().split(";");
  return type.trim() || BY_ENDING[ending(name)] || "application/octet-stream";
}

/** How a file is shown in the page. */
export function viewKind(name: string, mediaTypeTold: string): ViewKind {
  let type = mediaType(name, mediaTypeTold);
  if (type === "application/octet-stream") type = mediaType(name);
  if (DRAWN.has(type)) return "image";
  if (type === "application/pdf") return "pdf";
  if (type.startsWith("text/") || TEXT.has(type)) return "text";
  if (type.startsWith("audio/")) return "audio";
  if (type.startsWith("video/")) return "video";
  return "none";
}

/** The last part of a name that may hold a path. */
export const fileName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** What stands before the last part, without its slash. */
export const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf("/")));
