import { useQuery } from "@tanstack/react-query";
import { Bookmark, Check, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { keys, useAsk, useChange } from "../app/queries";
import type { TableDefinition } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { TextField } from "../ui/fields";
import { ErrorNotice } from "../ui/notice";
import { readView, writeView } from "./saved-views";
import type { TableView } from "./record-table";
import { ToolbarPopover } from "./toolbar-popover";

interface Props {
  vault: string;
  table: TableDefinition;
  view: TableView;
  search: string;
  onUse: (view: TableView, search: string) => void;
}

/** Views that a person saved for themselves, and saving the present one. */
export function ViewsButton({ vault, table, view, search, onUse }: Props) {
  const say = useText();
  const ask = useAsk();
  const key = keys.views(vault, table.name);
  const views = useQuery({
    queryKey: key,
    queryFn: async () => (await ask("views", { vault, table: table.name })).views,
  });
  const save = useChange("save_view", [key]);
  const remove = useChange("delete_view", [key]);
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const now = writeView(table, view, search);
  const used = views.data?.find((one) => one.definition === now);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const wanted = name.trim();
    if (wanted === "") return;
    // A name that is there already is that view, saved anew.
    const known = views.data?.find((one) => one.name === wanted)?.view;
    save.mutate(
      { vault, table: table.name, name: wanted, definition: now, ...(known ? { view: known } : {}) },
      {
        onSuccess: () => {
          setName("");
          setTried(false);
        },
      },
    );
  };
  return (
    <ToolbarPopover
      title={say("views.title")}
      icon={<Bookmark aria-hidden="true" />}
      caption={used?.name}
      isActive={used !== undefined}
    >
      {(close) => (
        <>
          {views.error ? <ErrorNotice error={views.error} onRetry={() => void views.refetch()} /> : null}
          {views.data?.length === 0 ? (
            <p className="muted">
              <Text id="views.empty" />
            </p>
          ) : null}
          <ul className="saved-views">
            {views.data?.map((one) => (
              <li key={one.view}>
                <button
                  type="button"
                  className="saved-view"
                  aria-pressed={one === used}
                  onClick={() => {
                    const read = readView(table, one.definition);
                    onUse(read.view, read.search);
                    close();
                  }}
                >
                  <Check aria-hidden="true" className={one === used ? "on" : undefined} />
                  <bdi>{one.name}</bdi>
                </button>
                <Button
                  look="icon"
                  aria-label={say("views.delete", { name: one.name })}
                  isPending={remove.isPending && remove.variables.view === one.view}
                  onPress={() => remove.mutate({ vault, view: one.view })}
                >
                  <Trash2 aria-hidden="true" />
                </Button>
              </li>
            ))}
          </ul>
          <Form className="form save-view" onSubmit={submit} validationBehavior="aria">
            <TextField
              label={say("views.name")}
              hint={<Text id="views.hint" />}
              value={name}
              onChange={setName}
              maxLength={80}
              error={tried && name.trim() === "" ? say("views.name.missing") : undefined}
            />
            {save.error ? <ErrorNotice error={save.error} kept /> : null}
            {remove.error ? <ErrorNotice error={remove.error} /> : null}
            <Button type="submit" isPending={save.isPending}>
              {say("views.save")}
            </Button>
          </Form>
        </>
      )}
    </ToolbarPopover>
  );
}
