import { useText } from "../i18n/text";

/** Something is read and decrypted. */
export function Loading() {
  const say = useText();
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" /> {say("loading")}
    </p>
  );
}
