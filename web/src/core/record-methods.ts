/** What the core answers about lists of records, marks and views of one's own. */
import type { Fields, FieldValue, RecordVersion, VaultRecord } from "./api";

export type Flag = "red" | "amber" | "green" | "blue";

/** What a person noted for themselves on an object. Nobody else can read it. */
export interface Mark {
  star: boolean;
  flag: Flag | null;
  note: string;
}

/** A record in a list. */
export interface Row extends VaultRecord {
  mark: Mark | null;
}

/** What to list. */
export interface RowQuery {
  vault: string;
  table: string;
  trash?: boolean;
  /** Words that all must be somewhere in a record. */
  search?: string;
  /** In the language of the program's `--where`. */
  filter?: string;
  /** `field` or `-field`; also `created` and `updated`. */
  sort?: string;
  /** The reader's language: texts sort as it has them. */
  locale?: string;
  /** What choices are called in it, by field and value: the search looks at what is seen. */
  labels?: Record<string, Record<string, string>>;
  marked?: "star" | "flag" | "note";
}

export interface RowPage {
  /** Records of the table. */
  all: number;
  /** Those that fit. */
  total: number;
  rows: Row[];
}

/** A record to be changed with others. */
export interface PickedRecord {
  record: string;
  version: string;
  value: FieldValue;
}

/** Versions that stand beside each other, and how they could be one again. */
export interface SideBySide {
  versions: RecordVersion[];
  proposal: Fields;
  /** Fields that were changed differently: a person decides. */
  undecided: string[];
}

/** A view of a table that a person saved for themselves. */
export interface SavedView {
  view: string;
  name: string;
  definition: string;
}

type Nothing = Record<string, never>;

export interface RecordMethods {
  query_records: {
    takes: { query: RowQuery; offset: number; count: number };
    answers: RowPage;
  };
  pick_records: {
    takes: { query: RowQuery; only?: string[]; field?: string };
    answers: { records: PickedRecord[] };
  };
  record: { takes: { vault: string; record: string }; answers: Row };
  side_by_side: { takes: { vault: string; record: string }; answers: SideBySide };
  marks: { takes: { vault: string }; answers: { marks: Record<string, Mark> } };
  set_mark: {
    /** What is absent stays; an empty flag takes it away. */
    takes: { vault: string; object: string; star?: boolean; flag?: Flag | ""; note?: string };
    answers: Mark;
  };
  views: { takes: { vault: string; table: string }; answers: { views: SavedView[] } };
  save_view: {
    takes: { vault: string; table: string; view?: string; name: string; definition: string };
    answers: { view: string };
  };
  delete_view: { takes: { vault: string; view: string }; answers: Nothing };
  /** What is in a vault now was shown. */
  mark_seen: { takes: { vault: string }; answers: Nothing };
}
