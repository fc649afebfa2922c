import { Copy } from "lucide-react";
import { useState } from "react";
import { useIntl } from "react-intl";
import { keys, useChange } from "../app/queries";
import type { Vault } from "../core/api";
import type { FileLink, FileRow } from "../core/api-files";
import { Text, useText } from "../i18n/text";
import { useMoment } from "../records/values";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { Dialog } from "../ui/dialog";
import { PassphraseField, TextField } from "../ui/fields";
import { ErrorNotice, Notice } from "../ui/notice";
import { fileName } from "./kinds";
import { useFileLinks } from "./queries";

const DAY_MS = 24 * 3_600_000;
const LASTS_DAYS = [1, 7, 30, 365] as const;

interface Props {
  vault: Vault;
  file: FileRow;
  onClose: () => void;
}

/** Links to a file: make one, see which there are, end one. */
export function Links({ vault, file, onClose }: Props) {
  const say = useText();
  const [made, setMade] = useState<string | null>(null);
  return (
    <Dialog title={say("links.title", { name: fileName(file.name) })} isOpen onClose={onClose}>
      <Notice weight="warning" title={say("links.meaning.title")}>
        <p>
          <Text id="links.meaning.text" />
        </p>
      </Notice>
      {made ? (
        <NewAddress address={made} onDone={() => setMade(null)} />
      ) : (
        <MakeLink vault={vault} file={file} onMade={setMade} />
      )}
      <LinkList vault={vault} file={file} />
    </Dialog>
  );
}

function MakeLink({
  vault,
  file,
  onMade,
}: {
  vault: Vault;
  file: FileRow;
  onMade: (address: string) => void;
}) {
  const say = useText();
  const [days, setDays] = useState("7");
  const [count, setCount] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const make = useChange("create_link", [keys.vault(vault.vault)]);
  const wrong = count !== "" && !/^[1-9]\d{0,5}$/.test(count);
  return (
    <div className="form">
      <Choice
        label={say("links.lasts")}
        value={days}
        onChange={setDays}
        options={[
          ...LASTS_DAYS.map((number) => ({
            id: String(number),
            label: say("links.days", { count: number }),
          })),
          { id: "ever", label: say("links.ever") },
        ]}
      />
      <TextField
        label={say("links.count")}
        hint={say("links.count.hint")}
        value={count}
        onChange={setCount}
        inputMode="numeric"
        error={wrong ? say("form.error.integer") : undefined}
      />
      <PassphraseField
        label={say("links.passphrase")}
        hint={say("links.passphrase.hint")}
        purpose="new-password"
        value={passphrase}
        onChange={setPassphrase}
      />
      {make.error ? <ErrorNotice error={make.error} kept /> : null}
      <div className="actions">
        <Button
          look="primary"
          isDisabled={wrong}
          isPending={make.isPending}
          onPress={() =>
            make.mutate(
              {
                vault: vault.vault,
                file: file.file,
                expires_ms: days === "ever" ? null : Date.now() + Number(days) * DAY_MS,
                max_downloads: count === "" ? null : Number(count),
                ...(passphrase ? { passphrase } : {}),
              },
              { onSuccess: ({ url }) => onMade(url) },
            )
          }
        >
          {say("links.make")}
        </Button>
      </div>
    </div>
  );
}

function NewAddress({ address, onDone }: { address: string; onDone: () => void }) {
  const say = useText();
  const [copied, setCopied] = useState(false);
  return (
    <div className="form">
      <TextField
        label={say("links.address")}
        value={address}
        onChange={() => undefined}
        hint={say("links.address.hint")}
        lines={3}
        isReadOnly
      />
      <div className="actions">
        <Button
          look="primary"
          onPress={() => void navigator.clipboard.writeText(address).then(() => setCopied(true))}
        >
          <Copy aria-hidden="true" />
          {say("links.copy")}
        </Button>
        <Button look="quiet" onPress={onDone}>
          {say("links.another")}
        </Button>
        <span className="saved" role="status">
          {copied ? say("links.copied") : ""}
        </span>
      </div>
    </div>
  );
}

function LinkList({ vault, file }: { vault: Vault; file: FileRow }) {
  const say = useText();
  const links = useFileLinks(vault.vault, file.file);
  if (links.error) return <ErrorNotice error={links.error} onRetry={() => void links.refetch()} />;
  if (!links.data || links.data.length === 0) return null;
  return (
    <section className="links">
      <h3>{say("links.list")}</h3>
      <ul className="versions">
        {links.data.map((link) => (
          <OneLink key={link.link} vault={vault} link={link} />
        ))}
      </ul>
    </section>
  );
}

function OneLink({ vault, link }: { vault: Vault; link: FileLink }) {
  const say = useText();
  const intl = useIntl();
  const moment = useMoment();
  const end = useChange("end_link", [keys.vault(vault.vault)]);
  const over = link.ended || (link.expires_ms !== null && link.expires_ms <= Date.now());
  return (
    <li className="version">
      <p className="version-head">
        <strong>{link.creator}</strong> <span className="muted">{moment(link.created_ms)}</span>
        {over ? <span className="badge">{say("links.ended")}</span> : null}
        {link.passphrase ? <span className="badge">{say("links.with_passphrase")}</span> : null}
      </p>
      <p className="muted">
        {link.expires_ms === null
          ? say("links.no_end")
          : say("links.until", {
              when: intl.formatDate(link.expires_ms, { dateStyle: "medium", timeStyle: "short" }),
            })}
        {link.max_downloads === null ? "" : ` · ${say("links.times", { count: link.max_downloads })}`}
      </p>
      {end.error ? <ErrorNotice error={end.error} /> : null}
      {over ? null : (
        <div className="actions">
          <Button
            isPending={end.isPending}
            onPress={() => end.mutate({ vault: vault.vault, link: link.link })}
          >
            {say("links.end")}
          </Button>
        </div>
      )}
    </li>
  );
}
