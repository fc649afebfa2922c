import type { Disk } from "../core/api";
import { useSize } from "../files/sizes";
import { Text, useText } from "../i18n/text";
import { Notice } from "../ui/notice";

type Holds = "all" | "database" | "files";

const heldBy = ({ database, files }: Disk): Holds => (database && files ? "all" : database ? "database" : "files");

/** What is kept where the server knows no disk: with a store of files elsewhere, say. */
function unknown(disks: Disk[]): Holds | undefined {
  const [database, files] = [disks.some((disk) => disk.database), disks.some((disk) => disk.files)];
  if (database && files) return undefined;
  return database ? "files" : files ? "database" : "all";
}

/** How much room each disk has, as rows of a list of facts. */
export function DiskFacts({ disks }: { disks: Disk[] }) {
  const say = useText();
  const size = useSize();
  const missing = unknown(disks);
  return (
    <>
      {disks.map((disk) => (
        <div key={heldBy(disk)}>
          <dt>{say(`admin.disk.${heldBy(disk)}`)}</dt>
          <dd>{say("admin.disk.free", { free: size(disk.free_bytes), total: size(disk.total_bytes) })}</dd>
        </div>
      ))}
      {missing ? (
        <div>
          <dt>{say(`admin.disk.${missing}`)}</dt>
          <dd>{say("admin.disk.unknown")}</dd>
        </div>
      ) : null}
    </>
  );
}

/** Says where room has to be made, and what happens otherwise. */
export function ShortDisks({ disks }: { disks: Disk[] }) {
  const say = useText();
  const size = useSize();
  const short = disks.filter((disk) => disk.short);
  return short.map((disk) => (
    <Notice key={heldBy(disk)} weight="warning" title={say(`admin.disk.short.${heldBy(disk)}`)}>
      <p>
        <Text
          id="admin.disk.short.text"
          values={{ free: size(disk.free_bytes), total: size(disk.total_bytes) }}
        />
      </p>
    </Notice>
  ));
}
