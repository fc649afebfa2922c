import { useQuery } from "@tanstack/react-query";
import { keys, useAsk } from "../app/queries";
import type { FileRow } from "../core/api-files";

const fileKeys = {
  record: (vault: string, record: string) => [...keys.vault(vault), "files", record] as const,
  history: (vault: string, file: string) => [...keys.vault(vault), "file-history", file] as const,
  links: (vault: string, file: string) => [...keys.vault(vault), "file-links", file] as const,
  // Not under the vault: a revision never changes.
  thumbnail: (file: string, revision: string) => ["thumbnail", file, revision] as const,
};

/** The files of a record, hidden ones and those in the trash too; by name. */
export function useFiles(vault: string, record: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: fileKeys.record(vault, record),
    queryFn: async () => {
      const { files } = await ask("files", { vault, record });
      return files.toSorted((one, other) => one.name.localeCompare(other.name));
    },
  });
}

export function useFileHistory(vault: string, file: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: fileKeys.history(vault, file),
    queryFn: async () => (await ask("file_history", { vault, file })).revisions,
  });
}

export function useFileLinks(vault: string, file: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: fileKeys.links(vault, file),
    queryFn: async () => (await ask("links", { vault, file })).links,
  });
}

/** The small picture of a file; null where it has none. */
export function useThumbnail(vault: string, { file, revision, thumbnail }: FileRow) {
  const ask = useAsk();
  return useQuery({
    queryKey: fileKeys.thumbnail(file, revision),
    queryFn: async () => (await ask("file_thumbnail", { vault, file })).bytes ?? null,
    enabled: thumbnail,
    staleTime: Infinity,
  });
}
