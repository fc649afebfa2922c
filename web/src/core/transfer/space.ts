/**
 * Memory for bytes in bulk. The browser notices only late how many buffers nobody needs any more:
 * gigabytes would lie about. Large ones are used again, others are let go at once.
 */
type Bytes = Uint8Array<ArrayBuffer>;

/** Sizes of buffers that are used again are multiples of it. */
const UNIT_BYTES = 1 << 20;
/** So many of a size are kept: one is filled while what lay in another is on its way. */
const SPARE_MAX = 1;

/** After so long nothing moves any more: all of it is freed. */
const IDLE_MS = 1_000;

const spare = new Map<number, ArrayBuffer[]>();
let idle: ReturnType<typeof setTimeout> | undefined;

/** After so much has been let go, the collector is woken. */
const UNSEEN_MAX_BYTES = 256 << 20;
/** Of so much at once Chromium's collector does all its work; of less it only begins with it. */
const RESERVED_BYTES = 512 << 20;
let unseenBytes = 0;

/** Nobody listens at its other end. */
const hole = new MessageChannel();
hole.port2.close();

/** Space for sealed bytes; what lay in it before may still be there. */
export function space(length: number): Bytes {
  const size = Math.ceil(length / UNIT_BYTES) * UNIT_BYTES;
  const buffer = spare.get(size)?.pop() ?? new ArrayBuffer(size);
  return new Uint8Array(buffer, 0, length);
}

/** Takes back space that nobody looks at any more. */
export function giveBack(bytes: Bytes): void {
  const { buffer } = bytes;
  const kept = spare.get(buffer.byteLength) ?? [];
  if (buffer.byteLength % UNIT_BYTES !== 0 || kept.length >= SPARE_MAX) {
    letGo([buffer]);
    return;
  }
  kept.push(buffer);
  spare.set(buffer.byteLength, kept);
  clearTimeout(idle);
  idle = setTimeout(() => {
    letGo([...spare.values()].flat());
    spare.clear();
  }, IDLE_MS);
}

/**
 * Frees memory that nobody looks at any more: what changes hands and arrives nowhere is freed at
 * once. `ArrayBuffer.transfer` only takes what the browser has made out of the collector's sight.
 */
export function letGo(buffers: ArrayBuffer[]): void {
  unseenBytes = buffers.reduce((sum, { byteLength }) => sum + byteLength, unseenBytes);
  hole.port1.postMessage(null, buffers);
  if (unseenBytes > UNSEEN_MAX_BYTES) {
    unseenBytes = 0;
    wakeCollector();
  }
}

/**
 * Has the collector look. It judges by the memory that buffers take, and does not see how many
 * promises and views of chunks lie about: a hundred MiB after some gigabytes. What is reserved
 * here nobody touches, so that it never becomes real memory.
 */
function wakeCollector(): void {
  try {
    hole.port1.postMessage(null, [new ArrayBuffer(RESERVED_BYTES)]);
  } catch {
    // So short of memory the collector has looked already.
  }
}
