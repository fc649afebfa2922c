import { useState, type ReactNode } from "react";
import { Text, useText } from "../i18n/text";
import { searchable } from "../records/filter";
import { SearchBox } from "../ui/search-box";

/** So many are shown at once; the search finds the others. */
const SHOWN_AT_MOST = 200;
/** From so many people on there is a search. */
const SEARCH_FROM = 8;

interface Props<Person> {
  people: readonly Person[];
  /** One of them, as an item of the list. */
  children: (person: Person) => ReactNode;
}

/** A list of people; where they are many, one finds them by their names. */
export function SearchedPeople<Person extends { name: string }>({ people, children }: Props<Person>) {
  const say = useText();
  const [search, setSearch] = useState("");
  const found = people.filter(({ name }) => searchable(name).includes(searchable(search.trim())));
  const shown = found.slice(0, SHOWN_AT_MOST);
  return (
    <>
      {people.length >= SEARCH_FROM ? (
        <SearchBox label={say("people.search")} value={search} onChange={setSearch} />
      ) : null}
      {shown.length ? (
        <ul className="member-list">{shown.map(children)}</ul>
      ) : (
        <p className="muted">
          <Text id="people.none_fits" />
        </p>
      )}
      {found.length > shown.length ? (
        <p className="muted">
          <Text id="people.more" values={{ shown: shown.length, count: found.length }} />
        </p>
      ) : null}
    </>
  );
}
