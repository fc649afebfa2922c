import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Fingerprint } from "lucide-react";
import { keys, useAsk } from "../app/queries";
import { toCoreError, type CoreError } from "../core/problem";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { ErrorNotice, Notice } from "../ui/notice";
import { askPasskey, PasskeyError } from "./webauthn";

interface Props {
  onDone?: () => void;
}

/** Opens this browser with a passkey, without typing. */
export function UnlockWithPasskey({ onDone }: Props) {
  const say = useText();
  const ask = useAsk();
  const queries = useQueryClient();
  const unlock = useMutation<void, CoreError | PasskeyError>({
    mutationFn: async () => {
      try {
        const answer = await askPasskey(await ask("passkey_question", {}));
        await ask("unlock", answer);
      } catch (thrown) {
        throw thrown instanceof PasskeyError ? thrown : toCoreError(thrown);
      }
    },
    onSuccess: async () => {
      onDone?.();
      await queries.invalidateQueries({ queryKey: keys.status });
    },
  });
  return (
    <div className="unlock">
      <Button look="primary" isPending={unlock.isPending} onPress={() => unlock.mutate()}>
        <Fingerprint aria-hidden="true" />
        {say(unlock.isPending ? "unlock.working" : "unlock.open")}
      </Button>
      {unlock.error ? <UnlockFailed error={unlock.error} /> : null}
      <p className="or" role="separator">
        <span>{say("unlock.or")}</span>
      </p>
    </div>
  );
}

function UnlockFailed({ error }: { error: CoreError | PasskeyError }) {
  const say = useText();
  if (error instanceof PasskeyError) return <PasskeyNotice error={error} />;
  // The session that waited for the passkey is over: only the passphrase makes a new one.
  if (error.sessionEnded) {
    return (
      <Notice weight="warning" title={say("unlock.ended.title")}>
        <p>
          <Text id="unlock.ended.text" />
        </p>
      </Notice>
    );
  }
  return <ErrorNotice error={error} />;
}

/** Why the authenticator did not help. */
export function PasskeyNotice({ error }: { error: PasskeyError }) {
  const say = useText();
  return (
    <Notice weight="error" title={say("passkey.failed.title")}>
      <p>
        <Text id={`passkey.failed.${error.failure}`} />
      </p>
    </Notice>
  );
}
