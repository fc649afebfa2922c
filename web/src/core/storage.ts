import { openDB, type IDBPDatabase } from "idb";
import { exit } from "./problem";
import type { CoreProblem } from "./api";

/** The key-value port that the core keeps its sealed state behind. */
export interface Storage {
  /**
   * Waits until no other page of this browser is at work with the storage, and gives what ends
   * that: two pages have a core each, and one storage.
   */
  alone(): Promise<(() => void) | undefined>;
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  /** Takes everything away: this browser is nobody's then. */
  clear(): Promise<void>;
}

const STORE = "values";

/** A browser gives a lock back by itself where the page that has it is closed. */
function alone(): Promise<(() => void) | undefined> {
  const { locks } = navigator;
  if (!locks) return Promise.resolve(undefined);
  return new Promise((held, failed) => {
    const whenMine = () => new Promise<void>((release) => held(release));
    locks.request("strongroom-storage", whenMine).catch(failed);
  });
}

/** Opens the browser's database at the first use, so that a refusal is an error of that use. */
export function browserStorage(): Storage {
  let opened: Promise<IDBPDatabase> | undefined;
  const database = () => {
    opened ??= openDB("strongroom", 1, {
      upgrade: (fresh) => {
        fresh.createObjectStore(STORE);
      },
      // A newer page wants to change the database: let go, and open again at the next use.
      blocking: () => {
        void opened?.then((old) => old.close());
        opened = undefined;
      },
      terminated: () => {
        opened = undefined;
      },
    });
    return opened;
  };
  const use = async <T>(work: (database: IDBPDatabase) => Promise<T>): Promise<T> => {
    try {
      return await work(await database());
    } catch (thrown) {
      opened = undefined;
      throw storageProblem(thrown);
    }
  };
  return {
    alone,
    get: (key) => use((db) => db.get(STORE, key) as Promise<Uint8Array | undefined>),
    put: (key, bytes) =>
      use(async (db) => {
        // The core's memory moves under a view: what is stored must be a copy.
        const store = db.transaction(STORE, "readwrite", { durability: durabilityOf(key) });
        await store.store.put(bytes.slice(), key);
        await store.done;
      }),
    delete: (key) => use((db) => db.delete(STORE, key)),
    clear: () => use((db) => db.clear(STORE)),
  };
}

/**
 * What was journalled of an upload must be on the disk before its bytes travel, also if the
 * machine loses power: it is what keeps a nonce from sealing other bytes.
 */
const durabilityOf = (key: string) => (key.startsWith("kept/upload/") ? "strict" : "default");

function storageProblem(thrown: unknown): CoreProblem {
  const full = thrown instanceof DOMException && thrown.name === "QuotaExceededError";
  return {
    code: full ? "storage_full" : "storage_unavailable",
    message: thrown instanceof Error ? thrown.message : String(thrown),
    exit: exit.failed,
  };
}
