import { Lock, ShieldCheck } from "lucide-react";
import { useEffect, useState } from "react";
import type { FileLease } from "../core/api-files";
import { useText } from "../i18n/text";

/** Says that a file is end-to-end encrypted. */
export function EncryptedBadge() {
  const say = useText();
  return (
    <span className="badge" title={say("files.encrypted.long")}>
      <ShieldCheck aria-hidden="true" />
      {say("files.encrypted.one")}
    </span>
  );
}

/** Who has locked a file, and for how long still. */
export function LeaseBadge({ lease }: { lease: FileLease }) {
  const say = useText();
  const now = useMinute();
  const minutes = Math.max(0, Math.ceil((lease.until_ms - now) / 60_000));
  return (
    <span className="badge">
      <Lock aria-hidden="true" />
      {lease.you
        ? say("files.locked_by_you", { count: minutes })
        : say("files.locked_by", { name: lease.holder, count: minutes })}
    </span>
  );
}

/** The time, renewed often enough for what counts minutes. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
