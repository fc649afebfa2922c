import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { keepDrafts, layOutDrafts, useDraft } from "./drafts";

afterEach(() => {
  cleanup();
  layOutDrafts(null);
});

function Note({ place }: { place: string }) {
  const [text, setText] = useState("");
  useDraft(place, text === "" ? null : text, setText);
  return <input aria-label={place} value={text} onChange={(event) => setText(event.target.value)} />;
}

describe("what is typed", () => {
  it("comes back at its place after a lock, once", async () => {
    const user = userEvent.setup();
    const { unmount } = render(
      <>
        <Note place="one" />
        <Note place="two" />
      </>,
    );
    await user.type(screen.getByLabelText("one"), "half a sentence");
    let kept = "";
    await keepDrafts(async (text) => {
      kept = text;
    });
    unmount();
    expect(JSON.parse(kept)).toEqual({ one: "half a sentence" });

    const again = render(<Note place="one" />);
    act(() => layOutDrafts(kept));
    expect(screen.getByLabelText<HTMLInputElement>("one").value).toBe("half a sentence");
    again.unmount();
    render(<Note place="one" />);
    expect(screen.getByLabelText<HTMLInputElement>("one").value).toBe("");
  });

  it("is not handed on where there is none, and damage is none", async () => {
    const keep = vi.fn();
    render(<Note place="one" />);
    await keepDrafts(keep);
    expect(keep).not.toHaveBeenCalled();
    act(() => layOutDrafts("no JSON"));
    expect(screen.getByLabelText<HTMLInputElement>("one").value).toBe("");
  });
});
