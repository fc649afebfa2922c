/** Pictures before they are sealed: made smaller, without the place where they were taken. */

/** Files above this are never decoded. */
const SOURCE_MAX_BYTES = 64 << 20;
const THUMBNAIL_PIXELS = 256;
const THUMBNAIL_MAX_BYTES = 64 << 10;
const THUMBNAIL_QUALITIES = [0.7, 0.5, 0.3];
const JPEG_QUALITY = 0.85;
/** The longer side of a picture that is made smaller. */
export const LARGEST_PIXELS = 2_560;
/** Where a camera's notes lie, if a JPEG has them. */
const NOTES_BYTES = 128 << 10;

const PICTURES = new Set(["image/jpeg", "image/png", "image/webp"]);
const GPS_TAG = 0x8825;

/** Width and height after fitting into a square. */
export function fit(width: number, height: number, largest: number): [number, number] {
  const scale = Math.min(1, largest / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** Whether a JPEG says where it was taken. */
export function hasPlace(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (view.getUint16(0) !== 0xffd8) return false;
    let offset = 2;
    while (view.getUint8(offset) === 0xff && view.getUint8(offset + 1) !== 0xda) {
      const isNotes =
        view.getUint8(offset + 1) === 0xe1 && view.getUint32(offset + 4) === 0x45786966;
      if (isNotes) return notesHavePlace(view, offset + 10);
      offset += 2 + view.getUint16(offset + 2);
    }
  } catch {
    // cut short: there is nothing that a reader of the notes would find
  }
  return false;
}

function notesHavePlace(view: DataView, start: number): boolean {
  const little = view.getUint16(start) === 0x4949;
  const directory = start + view.getUint32(start + 4, little);
  const count = view.getUint16(directory, little);
  for (let place = 0; place < count; place += 1) {
    if (view.getUint16(directory + 2 + 12 * place, little) === GPS_TAG) return true;
  }
  return false;
}

/** A picture as it is sealed, and its small one; what cannot be decoded stays as it is. */
export interface Prepared {
  file: File;
  thumbnail?: Blob;
}

/** Makes a picture ready. `keepOriginal` leaves every byte as it is. */
export async function prepare(file: File, mediaType: string, keepOriginal: boolean): Promise<Prepared> {
  const asItIs: Prepared = { file };
  if (!PICTURES.has(mediaType) || file.size === 0 || file.size > SOURCE_MAX_BYTES) return asItIs;
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return asItIs;
  }
  try {
    const thumbnail = await smallPicture(picture);
    const small = thumbnail ? { thumbnail } : {};
    if (keepOriginal) return { ...asItIs, ...small };
    const tooLarge = Math.max(picture.width, picture.height) > LARGEST_PIXELS;
    const tells =
      mediaType === "image/jpeg" &&
      hasPlace(new Uint8Array(await file.slice(0, NOTES_BYTES).arrayBuffer()));
    if (!tooLarge && !tells) return { ...asItIs, ...small };
    const blob = await draw(picture, LARGEST_PIXELS, mediaType, JPEG_QUALITY);
    // A picture that would only grow keeps its bytes, unless they tell too much.
    if (blob.size >= file.size && !tells) return { ...asItIs, ...small };
    const { name, lastModified } = file;
    return { file: new File([blob], name, { type: mediaType, lastModified }), ...small };
  } catch {
    return asItIs;
  } finally {
    picture.close();
  }
}

async function smallPicture(picture: ImageBitmap): Promise<Blob | undefined> {
  for (const quality of THUMBNAIL_QUALITIES) {
    const blob = await draw(picture, THUMBNAIL_PIXELS, "image/jpeg", quality);
    if (blob.size <= THUMBNAIL_MAX_BYTES) return blob;
  }
  return undefined;
}

async function draw(picture: ImageBitmap, largest: number, type: string, quality: number): Promise<Blob> {
  const [width, height] = fit(picture.width, picture.height, largest);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new TypeError("this browser draws nothing");
  if (type === "image/jpeg") {
    // JPEG knows no transparency: it would be black.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  const blob = await canvas.convertToBlob({ type, quality });
  if (blob.type !== type) throw new TypeError(`this browser writes no ${type}`);
  return blob;
}
