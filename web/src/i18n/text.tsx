import { useCallback, type ReactNode } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import type { MessageId } from "./languages";

export type TextValues = Record<string, string | number | Date>;
export type Say = (id: MessageId, values?: TextValues) => string;

/** Gives the sentence for an id, as plain text: for names, labels and titles. */
export function useText(): Say {
  const intl = useIntl();
  return useCallback((id, values) => intl.formatMessage({ id }, values), [intl]);
}

/** A sentence in the page; `<b>` and `<code>` in it are kept. */
export function Text({ id, values }: { id: MessageId; values?: Record<string, ReactNode> }) {
  return (
    <FormattedMessage
      id={id}
      values={{
        ...values,
        b: (parts: ReactNode) => <strong>{parts}</strong>,
        code: (parts: ReactNode) => <code>{parts}</code>,
      }}
    />
  );
}
