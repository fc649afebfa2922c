import { Eye, EyeOff } from "lucide-react";
import { useState, type HTMLInputAutoCompleteAttribute, type ReactNode, type Ref } from "react";
import {
  FieldError,
  Input,
  Label,
  Text as AriaText,
  TextArea,
  TextField as AriaTextField,
  ToggleButton,
} from "react-aria-components";
import { useText } from "../i18n/text";

export interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What to know before typing. */
  hint?: ReactNode;
  /** What is wrong with what was typed. */
  error?: string | undefined;
  isRequired?: boolean;
  isReadOnly?: boolean;
  isDisabled?: boolean;
  autoFocus?: boolean;
}

interface TextFieldProps extends FieldProps {
  type?: "text" | "date" | "search";
  lines?: number;
  inputMode?: "text" | "decimal" | "numeric";
  autoComplete?: HTMLInputAutoCompleteAttribute;
  /** Codes are typed letter by letter, in a face in which 0 and O differ. */
  code?: boolean;
  maxLength?: number;
  inputRef?: Ref<HTMLInputElement>;
  children?: ReactNode;
}

/** One line or several lines of text with a label, a hint and a place for what is wrong. */
export function TextField(props: TextFieldProps) {
  const { label, hint, error, lines, type = "text", code, inputMode, inputRef, children } = props;
  const className = code ? "input code" : "input";
  return (
    <AriaTextField
      className="field"
      value={props.value}
      onChange={props.onChange}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      isRequired={props.isRequired ?? false}
      isReadOnly={props.isReadOnly ?? false}
      isDisabled={props.isDisabled ?? false}
      autoComplete={props.autoComplete ?? "off"}
      {...(props.autoFocus ? { autoFocus: true } : {})}
      {...(props.maxLength ? { maxLength: props.maxLength } : {})}
      {...(code ? { spellCheck: "false", autoCapitalize: "characters" } : {})}
    >
      <FieldLabel label={label} isRequired={props.isRequired} />
      {lines ? (
        <TextArea className={className} rows={lines} />
      ) : (
        <Input
          className={className}
          type={type}
          {...(inputMode ? { inputMode } : {})}
          {...(inputRef ? { ref: inputRef } : {})}
        />
      )}
      <FieldNotes hint={hint} error={error} />
      {children}
    </AriaTextField>
  );
}

interface PassphraseFieldProps extends FieldProps {
  /** Tells the browser's own password store what this is. */
  purpose: "current-password" | "new-password";
  children?: ReactNode;
}

/** A passphrase: hidden, with a button that shows it. */
export function PassphraseField({ purpose, children, ...props }: PassphraseFieldProps) {
  const say = useText();
  const [shown, setShown] = useState(false);
  return (
    <AriaTextField
      className="field"
      type={shown ? "text" : "password"}
      value={props.value}
      onChange={props.onChange}
      isInvalid={props.error !== undefined}
      validationBehavior="aria"
      isRequired={props.isRequired ?? false}
      autoComplete={purpose}
      spellCheck="false"
      {...(props.autoFocus ? { autoFocus: true } : {})}
    >
      <FieldLabel label={props.label} isRequired={props.isRequired} />
      <div className="input-with-button">
        <Input className="input" />
        <ToggleButton
          className="button icon inside"
          isSelected={shown}
          onChange={setShown}
          aria-label={say("passphrase.show")}
        >
          {shown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
        </ToggleButton>
      </div>
      <FieldNotes hint={props.hint} error={props.error} />
      {children}
    </AriaTextField>
  );
}

/** The label of a field; says which are needed in words, not with a star. */
export function FieldLabel({ label, isRequired }: { label: string; isRequired?: boolean | undefined }) {
  const say = useText();
  return (
    <Label className="label">
      {label}
      {isRequired ? <span className="needed">{say("field.needed")}</span> : null}
    </Label>
  );
}

export function FieldNotes({ hint, error }: { hint?: ReactNode; error?: string | undefined }) {
  return (
    <>
      {hint ? (
        <AriaText slot="description" className="hint">
          {hint}
        </AriaText>
      ) : null}
      <FieldError className="field-error">{error}</FieldError>
    </>
  );
}
