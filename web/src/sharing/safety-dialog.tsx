import { useState } from "react";
import { useIntl } from "react-intl";
import { useChange } from "../app/queries";
import type { SafetyNumber } from "../core/api-sharing";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Loading } from "../ui/loading";
import { ErrorNotice, Notice } from "../ui/notice";
import { useReadPeopleAgain, useSafetyNumber } from "./queries";
import { SafetyDigits, SafetyWords } from "./safety-words";

interface Props {
  identity: string;
  name: string;
  isOpen: boolean;
  onClose: () => void;
}

/** The number that two people compare, to be sure that nobody stands between them. */
export function SafetyDialog({ identity, name, isOpen, onClose }: Props) {
  const say = useText();
  return (
    <Dialog title={say("safety.title", { name })} isOpen={isOpen} onClose={onClose}>
      {isOpen ? <Comparing identity={identity} onClose={onClose} /> : null}
    </Dialog>
  );
}

function Comparing({ identity, onClose }: { identity: string; onClose: () => void }) {
  const safety = useSafetyNumber(identity);
  if (safety.error) {
    return <ErrorNotice error={safety.error} onRetry={() => void safety.refetch()} />;
  }
  return safety.data ? <Compare safety={safety.data} onClose={onClose} /> : <Loading />;
}

function Compare({ safety, onClose }: { safety: SafetyNumber; onClose: () => void }) {
  const say = useText();
  const again = useReadPeopleAgain();
  const mark = useChange("set_compared");
  const [differs, setDiffers] = useState(false);
  const { identity, name, number } = safety;
  const set = (compared: boolean) =>
    mark.mutate(
      { identity, number, compared },
      {
        onSuccess: async () => {
          await again();
          if (compared) onClose();
        },
      },
    );
  if (differs) return <TheyDiffer name={name} onBack={() => setDiffers(false)} />;
  return (
    <>
      {safety.comparison === "changed" ? <KeyChanged safety={safety} /> : null}
      <p>
        <Text id="safety.how" values={{ name }} />
      </p>
      <SafetyWords words={safety.words} label={say("safety.words")} />
      <SafetyDigits safety={safety} />
      {mark.error ? <ErrorNotice error={mark.error} onRetry={() => void again()} /> : null}
      {safety.comparison === "compared" ? (
        <>
          <Notice weight="info">
            <p>
              <Text id="safety.compared.text" values={{ name }} />
            </p>
          </Notice>
          <div className="actions end">
            <Button look="quiet" isPending={mark.isPending} onPress={() => set(false)}>
              {say("safety.unmark")}
            </Button>
            <Button look="primary" onPress={onClose}>
              {say("close")}
            </Button>
          </div>
        </>
      ) : (
        <div className="actions end">
          <Button look="quiet" onPress={() => setDiffers(true)}>
            {say("safety.differs")}
          </Button>
          <Button look="primary" isPending={mark.isPending} onPress={() => set(true)}>
            {say("safety.mark")}
          </Button>
        </div>
      )}
    </>
  );
}

/** Somebody was compared, and has another key now. */
function KeyChanged({ safety }: { safety: SafetyNumber }) {
  const say = useText();
  const intl = useIntl();
  const { name, renewed_ms: renewedMs } = safety;
  const day = renewedMs === null ? "" : intl.formatDate(renewedMs, { dateStyle: "long" });
  return (
    <Notice weight="warning" title={say("safety.changed.title", { name })}>
      <p>
        <Text id="safety.changed.text" values={{ name, day }} />
      </p>
    </Notice>
  );
}

/** What it means that two people see other words, and what to do. */
function TheyDiffer({ name, onBack }: { name: string; onBack: () => void }) {
  const say = useText();
  return (
    <>
      <Notice weight="stop" title={say("safety.differs.title")}>
        <p>
          <Text id="safety.differs.first" values={{ name }} />
        </p>
        <p>
          <Text id="safety.differs.then" values={{ name }} />
        </p>
      </Notice>
      <div className="actions end">
        <Button onPress={onBack}>{say("safety.differs.back")}</Button>
      </div>
    </>
  );
}
