/** Files as they come into the page: chosen, dropped, pasted, single or in folders. */
import type { DropItem } from "react-aria-components";

/** A file with the name that it gets: the path inside a folder that came whole. */
export interface Arriving {
  file: File;
  name: string;
}

/** Files of a file dialog. Those of a folder know their path. */
export const chosen = (files: FileList | readonly File[] | null): Arriving[] =>
  Array.from(files ?? [], (file) => ({ file, name: file.webkitRelativePath || file.name }));

/** Files that were dropped or pasted, folders with all that is in them. */
export async function dropped(items: Iterable<DropItem>, path = ""): Promise<Arriving[]> {
  // All are asked at once: a browser takes its files back when the drop is over.
  const found = await Promise.all(
    Array.from(items, async (item): Promise<Arriving[]> => {
      switch (item.kind) {
        case "file": {
          const file = await item.getFile();
          return [{ file, name: path + (item.name || file.name) }];
        }
        case "directory": {
          const inside: DropItem[] = [];
          for await (const entry of item.getEntries()) inside.push(entry);
          return dropped(inside, `${path}${item.name}/`);
        }
        case "text":
          return [];
      }
    }),
  );
  return found.flat();
}

/** A picture out of the clipboard has no name of its own. */
export function pastedName(file: File, taken: ReadonlySet<string>, moment: Date): string {
  if (file.name && file.name !== "image.png") return file.name;
  const day = moment.toISOString().slice(0, 10);
  const time = moment.toTimeString().slice(0, 8).replaceAll(":", "-");
  const ending = file.type.split("/")[1]?.replace("jpeg", "jpg") ?? "png";
  let name = `${day} ${time}.${ending}`;
  for (let number = 2; taken.has(name); number += 1) name = `${day} ${time} (${number}).${ending}`;
  return name;
}
