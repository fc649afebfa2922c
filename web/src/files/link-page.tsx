import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download, Eye, ShieldCheck } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Form } from "react-aria-components";
import { useIntl } from "react-intl";
import { useAsk } from "../app/queries";
import { Text, useText } from "../i18n/text";
import { LookMenu } from "../settings/look-menu";
import { Brand } from "../ui/brand";
import { Button } from "../ui/button";
import { PassphraseField } from "../ui/fields";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { SaveFile } from "./file-dialogs";
import { fileName, viewKind } from "./kinds";
import { useSize } from "./sizes";
import { TransferPanel } from "./transfer-panel";
import { TransfersProvider } from "./transfers-context";
import { Viewer } from "./viewer";

const route = getRouteApi("/l/$link");

/** What a link leads to, for whoever has its whole address. No account is needed. */
export default function LinkPage() {
  return (
    <TransfersProvider>
      <div className="link-page">
        <header className="link-head">
          <Brand />
          <LookMenu />
        </header>
        <main className="link-main" id="content">
          <Link />
        </main>
        <TransferPanel />
      </div>
    </TransfersProvider>
  );
}

function Link() {
  const say = useText();
  const { link } = route.useParams();
  // Behind the #, which browsers never send: the server has the box and not the key.
  const [secret] = useState(() => location.hash.slice(1));
  return (
    <div className="link-card">
      <h1>{say("link.title")}</h1>
      <p className="lead">
        <Text id="link.lead" />
      </p>
      {secret === "" ? (
        <p className="field-error" role="alert">
          <Text id="link.no_secret" />
        </p>
      ) : (
        <Opening link={link} secret={secret} />
      )}
      <p className="link-promise">
        <ShieldCheck aria-hidden="true" />
        <span>
          <Text id="link.promise" />
        </span>
      </p>
    </div>
  );
}

interface Address {
  link: string;
  secret: string;
}

function Opening({ link, secret }: Address) {
  const say = useText();
  const intl = useIntl();
  const ask = useAsk();
  const [passphrase, setPassphrase] = useState("");
  const needs = useQuery({
    queryKey: ["link", link],
    queryFn: () => ask("link_needs", { link, secret }),
    staleTime: Infinity,
  });
  const open = useMutation({
    mutationFn: () =>
      ask("open_link", {
        link,
        secret,
        ...(needs.data?.passphrase ? { passphrase } : {}),
      }),
  });
  if (open.data) return <Opened {...open.data} />;
  if (needs.error) return <ErrorNotice error={needs.error} onRetry={() => void needs.refetch()} />;
  if (!needs.data) return <Loading />;
  const { expires_ms, uses_left } = needs.data;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (needs.data?.passphrase && passphrase === "") return;
    open.mutate();
  };
  return (
    <Form className="form" onSubmit={submit} validationBehavior="aria">
      {needs.data.passphrase ? (
        <PassphraseField
          label={say("link.passphrase")}
          hint={say("link.passphrase.hint")}
          purpose="current-password"
          value={passphrase}
          onChange={setPassphrase}
          isRequired
          autoFocus
        />
      ) : null}
      <p className="muted">
        {expires_ms === null
          ? say("links.no_end")
          : say("links.until", {
              when: intl.formatDate(expires_ms, { dateStyle: "long", timeStyle: "short" }),
            })}
        {uses_left === null ? "" : ` · ${say("link.uses_left", { count: uses_left })}`}
      </p>
      {open.error ? <ErrorNotice error={open.error} kept /> : null}
      <div className="actions">
        <Button type="submit" look="primary" isPending={open.isPending}>
          {say("link.open")}
        </Button>
      </div>
      {uses_left === null ? null : (
        <p className="footnote">
          <Text id="link.counts" />
        </p>
      )}
    </Form>
  );
}

interface OpenedProps {
  opened: string;
  name: string;
  media_type: string;
  size_bytes: number;
}

function Opened({ opened, name, media_type, size_bytes }: OpenedProps) {
  const say = useText();
  const size = useSize();
  const [over, setOver] = useState<"view" | "save" | null>(null);
  const source = { opened };
  const shown = viewKind(name, media_type) !== "none";
  return (
    <>
      <div className="link-file">
        <p className="save-name">
          <bdi>{fileName(name)}</bdi>
        </p>
        <p className="muted">{size(size_bytes)}</p>
      </div>
      <div className="actions">
        <Button look="primary" onPress={() => setOver("save")}>
          <Download aria-hidden="true" />
          {say("files.save")}
        </Button>
        {shown ? (
          <Button onPress={() => setOver("view")}>
            <Eye aria-hidden="true" />
            {say("link.view")}
          </Button>
        ) : null}
      </div>
      {over === "view" ? (
        <Viewer
          source={source}
          name={name}
          mediaType={media_type}
          sizeBytes={size_bytes}
          onClose={() => setOver(null)}
          onSave={() => setOver("save")}
        />
      ) : null}
      {over === "save" ? (
        <SaveFile source={source} name={name} sizeBytes={size_bytes} onClose={() => setOver(null)} />
      ) : null}
    </>
  );
}
