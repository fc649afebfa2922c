import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { join } from "node:path";

const folder = join(import.meta.dirname, "screenshots");
const wide = { width: 1280, height: 800 };
const phone = { width: 360, height: 740 };
const narrowest = { width: 320, height: 640 };

/**
 * Looks at a page as it stands: no fault that axe finds, nothing wider than the window down to 320
 * pixels, and pictures of it wide, on a phone and dark, to be looked at by a person.
 */
export async function look(page: Page, name: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "light" });
  const picture = async (kind: string) => {
    // Another scheme or size is on the screen only after it was drawn.
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
    await page.screenshot({ path: join(folder, `${name}-${kind}.png`) });
  };
  await picture("wide");
  await checkAccess(page, `${name}, light`);
  await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "dark" });
  await picture("dark");
  await checkAccess(page, `${name}, dark`);
  await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "light" });
  for (const [kind, size] of [["phone", phone], ["narrowest", narrowest]] as const) {
    await page.setViewportSize(size);
    await picture(kind);
    const beyond = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    expect(beyond, `${name} is wider than ${size.width} pixels`).toBeLessThanOrEqual(0);
    expect(await page.evaluate(cutOff), `${name}: cut off at ${size.width} pixels`).toEqual([]);
  }
  await checkAccess(page, `${name}, 320 pixels`);
  await page.setViewportSize(wide);
}

/** Text and controls that lie beyond the window's edge and cannot be scrolled to. Runs in the page. */
function cutOff(): string[] {
  const reachable = (start: Element) => {
    for (let at: Element | null = start; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const scrolls = style.overflowX === "auto" || style.overflowX === "scroll";
      const shortened = style.textOverflow === "ellipsis" && style.overflowX === "hidden";
      const unseen = style.clipPath !== "none" || style.visibility === "hidden" || style.opacity === "0";
      if (scrolls || shortened || unseen) return true;
    }
    return false;
  };
  return [...document.querySelectorAll("body *")]
    .filter((element) => {
      const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
      const isControl = element.matches("button, a, input, textarea");
      if (!says && !isControl) return false;
      const { width, height, left, right } = element.getBoundingClientRect();
      if (width <= 1 || height <= 1) return false;
      return (right > window.innerWidth + 1 || left < -1) && !reachable(element);
    })
    .map((element) => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent?.slice(0, 60)}`);
}

async function checkAccess(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    // What react-aria has read out loud and not yet taken away.
    .exclude("[data-live-announcer]")
    // Its popovers stand at the end of the page, outside of all landmarks, as dialogs may.
    .disableRules((await page.locator(".popover").count()) > 0 ? ["region"] : [])
    .analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  expect(told, where).toEqual([]);
}
