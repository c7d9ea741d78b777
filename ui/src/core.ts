// core.ts: the small script of every page. Nothing needs it: it only spares reloads and clicks.
//
// Facet links, chips, bars and the search form fetch the next page and swap in the parts that have changed, so that the scroll
// position stays and the map island keeps its base map. Where anything fails, the browser simply follows the link.

const PARTS = ["#facets", "#answer"];
const here = (): string => location.pathname + location.search;
let shown = here(); // what the parts on the page are of

function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;
}

// Only the situation page has parts that can be swapped for those of the same page with another query.
function isSwappable(url: URL): boolean {
  return url.origin === location.origin && url.pathname === location.pathname && url.search !== location.search
    && PARTS.every((part) => document.querySelector(part));
}

function openNames(): Set<string> {
  const open = document.querySelectorAll<HTMLDetailsElement>("#facets details[open]");
  return new Set(Array.from(open, (box) => box.querySelector("summary")?.textContent ?? ""));
}

function keepOpen(names: Set<string>): void {
  for (const box of document.querySelectorAll<HTMLDetailsElement>("#facets details"))
    if (names.has(box.querySelector("summary")?.textContent ?? "")) box.open = true;
}

// Where the reader was: the link of the same text and place after the swap.
function focusKey(): [string, string] | null {
  const at = document.activeElement as HTMLElement | null;
  const part = at?.closest("#facets, #answer");
  return at && part && at.tagName === "A" ? ["#" + part.id, at.firstElementChild?.textContent ?? at.textContent ?? ""] : null;
}

function restoreFocus(key: [string, string] | null): void {
  if (!key) return;
  const links = document.querySelectorAll<HTMLElement>(`${key[0]} a`);
  Array.from(links).find((a) => (a.firstElementChild?.textContent ?? a.textContent) === key[1])?.focus({ preventScroll: true });
}

async function swap(url: URL, isBack: boolean): Promise<void> {
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(response.statusText);
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = PARTS.map((part) => next.querySelector(part));
  if (fresh.some((part) => !part)) throw new Error("no parts");
  const open = openNames(), focus = focusKey();
  if (!isBack) history.pushState(null, "", response.redirected ? response.url : url);
  shown = here();
  PARTS.forEach((part, i) => document.querySelector(part)!.replaceWith(document.adoptNode(fresh[i]!)));
  for (const part of ["header nav", "footer"]) {
    const from = next.querySelector(part), to = document.querySelector(part);
    if (from && to) to.replaceWith(document.adoptNode(from));
  }
  document.title = next.title;
  document.documentElement.dataset.sequence = next.documentElement.dataset.sequence;
  if (latest && latest === next.documentElement.dataset.sequence) {
    const line = document.querySelector<HTMLElement>("#news");
    line?.replaceChildren();
    delete line?.dataset.said;
  }
  keepOpen(open);
  restoreFocus(focus);
  announce(document.querySelector(".sentence")?.textContent ?? "");
}

function announce(text: string): void {
  let line = document.querySelector<HTMLElement>("#said");
  if (!line) {
    line = document.createElement("p");
    line.id = "said";
    line.className = "hidden";
    line.setAttribute("aria-live", "polite");
    document.body.append(line);
  }
  line.textContent = text;
}

async function go(url: URL, isBack = false): Promise<void> {
  const main = document.querySelector("main");
  main?.setAttribute("aria-busy", "true");
  try {
    await swap(url, isBack);
  } catch {
    location.assign(url);
  } finally {
    main?.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest?.("#facets a, .chips a, .doubts a, svg a, tbody th a");
  const href = link?.getAttribute("href");
  if (!href || !isPlain(event)) return;
  const url = new URL(href, location.href);
  if (!isSwappable(url)) return;
  event.preventDefault();
  void go(url);
});

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.getAttribute("role") !== "search") return;
  const url = new URL(form.action);
  url.search = new URLSearchParams(new FormData(form) as unknown as Record<string, string>).toString();
  if (!isSwappable(url)) return;
  event.preventDefault();
  void go(url);
});

window.addEventListener("popstate", () => {
  // The map changes what is behind "#" only: that is no other page.
  if (here() !== shown && document.querySelector(PARTS[0])) void go(new URL(location.href), true);
});

// ---- news: the server tells when what it shows has changed; a page that lies open says so, and leaves it to the reader. ----

const SILENT_AFTER_MS = 300_000; // the server had no place for one more listener: ask again then
let listening: EventSource | null = null;
let latest: string | null = null; // the number of what the server shows
let feedNews: string | null = null; // the number of what feeds had come to when this page began to listen

function sayNews(about: "changed" | "intake"): void {
  const line = document.querySelector<HTMLElement>("#news");
  if (!line || line.dataset.said === about) return;
  line.dataset.said = about;
  const link = document.createElement("a");
  link.href = here();
  link.textContent = line.dataset.show ?? "";
  link.addEventListener("click", (event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    location.reload();
  });
  line.replaceChildren(line.dataset[about] ?? "", " ", link);
}

function hearChange(number: string): void {
  latest = number;
  if (linkingWaits()) return void lookAtLinking(); // what changed is, first of all, what was decided here
  const shownNumber = document.documentElement.dataset.sequence;
  if (shownNumber && shownNumber !== number) sayNews("changed");
}

function hearIntake(number: string): void {
  const isNews = feedNews !== null && feedNews !== number;
  feedNews ??= number;
  if (isNews && location.pathname === "/sources") sayNews("intake");
}

function listen(): void {
  if (listening || document.hidden || !document.documentElement.dataset.sequence) return;
  const source = new EventSource("/events");
  listening = source;
  source.addEventListener("changed", (event) => hearChange((event as MessageEvent<string>).data));
  source.addEventListener("intake", (event) => hearIntake((event as MessageEvent<string>).data));
  source.addEventListener("error", () => {
    // A cut line is taken up again by the browser itself; a refusal is not.
    if (source.readyState !== EventSource.CLOSED || listening !== source) return;
    listening = null;
    setTimeout(listen, SILENT_AFTER_MS);
  });
}

// A browser has only some connections to a server: a page that nobody sees gives its own back.
function unlisten(): void {
  listening?.close();
  listening = null;
}

document.addEventListener("visibilitychange", () => (document.hidden ? unlisten() : listen()));
window.addEventListener("pagehide", unlisten);
window.addEventListener("pageshow", listen);

// ---- decisions: what was decided on a page is linked behind it; the page says so, asks how it goes on, and tells in place what has
// come of it. Only what tells of the linking is exchanged: the doubts stay where they are, under whose hand is on their buttons. ----

const ASK_FIRST_MS = 1000, ASK_MOST_MS = 10_000;
let askAgain: ReturnType<typeof setTimeout> | undefined;
let askMs = ASK_FIRST_MS;
let isAsking = false;

function linkingLine(): HTMLElement | null {
  return document.querySelector<HTMLElement>("#linking");
}

function linkingWaits(): boolean {
  return ["waits", "failed"].includes(linkingLine()?.dataset.linking ?? "");
}

// Contents only, so that a live region speaks and focus stays.
function exchange(next: Document, part: string): void {
  const from = next.querySelector(part), to = document.querySelector(part);
  if (from && to && from.innerHTML !== to.innerHTML) to.replaceChildren(...Array.from(from.childNodes));
}

// On the page of two rows the verdict stands before what is decided.
function exchangeVerdict(next: Document): void {
  const before = (page: Document): Element[] => {
    const all = Array.from(page.querySelector("main")?.children ?? []), end = all.findIndex((part) => part.id === "decide");
    return all.slice(0, Math.max(end, 0));
  };
  const fresh = before(next), old = before(document);
  if (!fresh.length || !old.length || old.some((part) => part.contains(document.activeElement))) return;
  document.title = next.title;
  old.forEach((part) => part.remove());
  document.querySelector("main")!.prepend(...fresh.map((part) => document.adoptNode(part)));
}

// A doubt that was taken back is one again only now: it comes to where the reader is.
function bringBack(next: Document): void {
  const id = `d${new URLSearchParams(location.search).get("next")}`;
  const doubt = next.getElementById(id)?.closest(".doubt"), told = document.querySelector("#judged");
  if (doubt && told && !document.getElementById(id) && !told.querySelector("form")) told.after(document.adoptNode(doubt));
}

function takeIn(next: Document): void {
  const from = next.querySelector<HTMLElement>("#linking"), to = linkingLine();
  if (!from || !to) return;
  const isDone = from.dataset.linking === "done";
  to.dataset.linking = from.dataset.linking;
  exchange(next, "#linking");
  if (!isDone) return;
  exchange(next, "#counts");
  bringBack(next);
  exchangeVerdict(next);
  document.documentElement.dataset.sequence = next.documentElement.dataset.sequence;
  if (latest && Number(latest) > Number(next.documentElement.dataset.sequence)) sayNews("changed");
}

async function lookAtLinking(): Promise<void> {
  clearTimeout(askAgain);
  if (isAsking || !linkingWaits()) return;
  isAsking = true;
  try {
    const response = await fetch(here(), { headers: { Accept: "text/html" } });
    if (response.ok && !response.redirected) takeIn(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    // The server may be away for a moment.
  }
  isAsking = false;
  if (!linkingWaits() || document.hidden) return;
  askAgain = setTimeout(lookAtLinking, askMs);
  askMs = Math.min(askMs * 1.5, ASK_MOST_MS);
}

if (linkingWaits()) askAgain = setTimeout(lookAtLinking, ASK_FIRST_MS);
document.addEventListener("visibilitychange", () => void lookAtLinking());

// The rows of a doubt are open where there is room. The stylesheet does it, but in browsers of before 2025.
if (!CSS.supports("selector(details::details-content)") && matchMedia("(min-width: 60rem)").matches)
  for (const rows of document.querySelectorAll<HTMLDetailsElement>(".doubt details")) rows.open = true;

// "/" leads to the search field, as on many pages; never while somebody types.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if ((event.target as Element).matches("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector<HTMLInputElement>("input[type=search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
});
