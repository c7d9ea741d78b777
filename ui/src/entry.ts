// entry.ts: the form of an entry, checked while somebody types. The server checks, by its own rules; this only asks it and puts what it
// says where it belongs. Without it, the form's own buttons do the same.

const WAIT_MS = 600; // after the last key, so that a thin line is not kept busy
const form = document.querySelector<HTMLFormElement>("#entry form");

let timer = 0;
let asked: AbortController | null = null;

// The names of fields hold dots, so elements are found by id.
function put(finding: Element): void {
  const old = document.getElementById(finding.id);
  if (!old) return;
  // What was faulty when the page was checked stays told until it is mended: an answer without words says that it is.
  old.className = finding.className;
  old.replaceChildren(...Array.from(finding.childNodes));
  const input = document.getElementById("k-" + finding.id.slice(2));
  if (finding.classList.contains("fault")) input?.setAttribute("aria-invalid", "true");
  else input?.removeAttribute("aria-invalid");
}

// The section of what looks alike is changed only where it says something else, so that no choice is lost while one makes it.
function putAlike(fresh: Element | null): void {
  const old = document.getElementById("alike");
  const names = (part: Element): string => Array.from(part.querySelectorAll("input"), (input) => input.name).join();
  if (fresh && old && names(fresh) !== names(old)) old.replaceWith(document.adoptNode(fresh));
}

async function look(): Promise<void> {
  if (!form) return;
  asked?.abort();
  asked = new AbortController();
  const sent = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") sent.append(name, value);
  sent.set("do", "look");
  try {
    const response = await fetch(form.action, { method: "POST", body: sent, signal: asked.signal });
    if (!response.ok) return;
    const said = new DOMParser().parseFromString(await response.text(), "text/html");
    said.querySelectorAll(".finding").forEach((finding) => put(document.adoptNode(finding)));
    putAlike(said.getElementById("alike"));
  } catch {
    // A line that is down says nothing; saving will.
  }
}

function soon(): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(look, WAIT_MS);
}

form?.addEventListener("input", (event) => {
  if ((event.target as HTMLInputElement).type !== "radio") soon();
});

// Leaving with what was not saved asks first. Whatever the form sends is no leaving.
let isChanged = false;
form?.addEventListener("input", () => { isChanged = true; });
form?.addEventListener("submit", () => { isChanged = false; });
window.addEventListener("beforeunload", (event) => { if (isChanged) event.preventDefault(); });
