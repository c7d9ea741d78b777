// <x-situation>: the map of the situation page. The server's own table and drawing stand inside it and stay when anything here fails.
//
//     <x-situation data-src="/situation.json?drug=cocaine" data-records="/records?drug=cocaine" data-basemap="/static/….json"
//                  data-words='{"zoomIn": "…", …}'> … what is shown without scripts … </x-situation>
//
// Pan by dragging, the arrow keys, or a finger; zoom by the wheel, + and −, or two fingers; Home shows all. Tab into the map, then
// n and p (or Shift with an arrow) go from mark to mark, Enter opens the list. The place and zoom are in the address after "#".
import { Basemap, type Colours } from "./basemap";
import { type Mark, type MarkColumns, MarkLayer, readMarks } from "./marks";
import { Camera, fromPlane, toPlane } from "./plane";

interface Words {
  map: string;
  zoomIn: string;
  zoomOut: string;
  home: string;
  close: string;
  records: string; // "{n} records"
  area: string;    // "somewhere in this area"
  open: string;
  failed: string;
  keys: string;
}

interface Answer {
  marks: MarkColumns;
  groups?: { concept: string; label: string }[];
}

const PAN_STEP = 60;
const ZOOM_STEP = 1.6;
const SETTLE_MS = 250;
const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function element<K extends keyof HTMLElementTagNameMap>(name: K, className: string, text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

class Situation extends HTMLElement {
  private readonly camera = new Camera();
  private readonly layer = new MarkLayer();
  private readonly canvas = element("canvas", "map-canvas");
  private readonly status = element("p", "map-status");
  private readonly list = element("div", "map-list");
  private words!: Words;
  private basemap: Basemap | null = null;
  private colours!: Colours;
  private groups: string[] = [];
  private chosen = -1;
  private loadedLevel = -1;
  private loadedBounds = "";
  private settleTimer = 0;
  private frame = 0;
  private readonly pointers = new Map<number, PointerEvent>();
  private moved = 0;
  private request: AbortController | null = null;

  async connectedCallback(): Promise<void> {
    this.words = JSON.parse(this.dataset.words ?? "{}") as Words;
    try {
      const [basemap] = await Promise.all([Basemap.load(this.dataset.basemap ?? ""), this.load(false)]);
      this.basemap = basemap;
    } catch (failure) {
      if ((failure as Error).name !== "AbortError") console.warn("map:", failure);
      return; // what the server drew stays
    }
    this.build();
    this.resize();
    if (!this.readAddress()) this.camera.fit(this.layer.marks.map((mark) => mark.at));
    this.draw();
    this.settle();
  }

  disconnectedCallback(): void {
    this.request?.abort();
    clearTimeout(this.settleTimer);
  }

  // ---- what is on the page ---------------------------------------------------------------------------------------

  private build(): void {
    const box = element("div", "map-box"), tools = element("div", "map-tools");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", `${this.words.map}. ${this.words.keys}`);
    this.status.setAttribute("role", "status");
    this.list.hidden = true;
    tools.append(
      this.button("+", this.words.zoomIn, () => this.zoom(ZOOM_STEP)),
      this.button("−", this.words.zoomOut, () => this.zoom(1 / ZOOM_STEP)),
      this.button("⌂", this.words.home, () => this.goHome()),
    );
    box.append(this.canvas, tools, this.list);
    this.replaceChildren(box, this.status);
    this.readColours();
    this.listen();
  }

  private button(sign: string, label: string, act: () => void): HTMLButtonElement {
    const button = element("button", "map-tool", sign);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.title = label;
    button.addEventListener("click", act);
    return button;
  }

  private readColours(): void {
    const style = getComputedStyle(this);
    const of = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
    this.colours = {
      sea: of("--map-sea", "#e8eef4"),
      land: of("--map-land", "#ffffff"),
      line: of("--map-line", "#9aa5b1"),
      ink: of("--text", "#1c2429"),
      paper: of("--surface", "#ffffff"),
      // Okabe and Ito; the last is for groups beyond and for unknown ones.
      marks: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#7f7f7f"],
    };
  }

  // ---- input -----------------------------------------------------------------------------------------------------

  private listen(): void {
    const canvas = this.canvas;
    canvas.addEventListener("keydown", (event) => this.onKey(event));
    canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    canvas.addEventListener("pointerup", (event) => this.onUp(event));
    canvas.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId));
    this.list.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.closeList();
    });
    new ResizeObserver(() => {
      this.resize();
      this.draw();
    }).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.readColours();
      this.draw();
    });
  }

  private onKey(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrow && event.shiftKey) this.choose(this.layer.neighbour(this.camera, this.chosen, ...arrow));
    else if (arrow) this.pan(-arrow[0] * PAN_STEP, -arrow[1] * PAN_STEP);
    else if (event.key === "+" || event.key === "=") this.zoom(ZOOM_STEP);
    else if (event.key === "-" || event.key === "_") this.zoom(1 / ZOOM_STEP);
    else if (event.key === "Home" || event.key === "0") this.goHome();
    else if (event.key === "n") this.choose(this.chosen + 1);
    else if (event.key === "p") this.choose(this.chosen < 0 ? this.layer.marks.length - 1 : this.chosen - 1);
    else if (event.key === "Enter" && this.chosen >= 0) this.openList();
    else if (event.key === "Escape") this.closeList();
    else return;
    event.preventDefault();
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)), event.offsetX, event.offsetY);
  }

  private onDown(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    if (this.pointers.size === 1) this.moved = 0;
  }

  private onMove(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      this.canvas.style.cursor = this.layer.find(this.camera, event.offsetX, event.offsetY) >= 0 ? "pointer" : "grab";
      return;
    }
    const dx = event.offsetX - before.offsetX, dy = event.offsetY - before.offsetY;
    const other = [...this.pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
    this.moved += Math.abs(dx) + Math.abs(dy);
    if (other) this.pinch(before, event, other);
    else this.pan(dx, dy);
    this.pointers.set(event.pointerId, event);
  }

  private pinch(before: PointerEvent, now: PointerEvent, other: PointerEvent): void {
    const distance = (a: PointerEvent, b: PointerEvent): number => Math.hypot(a.offsetX - b.offsetX, a.offsetY - b.offsetY) || 1;
    this.zoom(distance(now, other) / distance(before, other), (now.offsetX + other.offsetX) / 2, (now.offsetY + other.offsetY) / 2);
  }

  private onUp(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    if (this.moved > 5) return;
    this.choose(this.layer.find(this.camera, event.offsetX, event.offsetY));
    if (this.chosen >= 0) this.openList();
    else this.closeList();
  }

  // ---- moving ----------------------------------------------------------------------------------------------------

  private pan(dx: number, dy: number): void {
    this.camera.pan(dx, dy);
    this.settle();
    this.draw();
  }

  private zoom(factor: number, sx?: number, sy?: number): void {
    this.camera.zoom(factor, sx, sy);
    this.settle();
    this.draw();
  }

  private goHome(): void {
    this.camera.home();
    this.settle();
    this.draw();
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas, ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.camera.resize(width || 1, height || 1);
  }

  // When the map has come to rest: remember where in the address, and ask for marks of this zoom.
  private settle(): void {
    clearTimeout(this.settleTimer);
    this.settleTimer = window.setTimeout(() => {
      this.writeAddress();
      const bounds = this.camera.bounds().map((d) => d.toFixed(1)).join(",");
      if (this.camera.level === this.loadedLevel && bounds === this.loadedBounds) return;
      this.load(true).then(() => this.draw(), (failure: Error) => {
        if (failure.name !== "AbortError") this.status.textContent = this.words.failed;
      });
    }, SETTLE_MS);
  }

  private writeAddress(): void {
    const [lon, lat] = fromPlane(this.camera.x, this.camera.y);
    const place = `#map=${(Math.log2(this.camera.scale) + 4).toFixed(2)}/${lat.toFixed(3)}/${lon.toFixed(3)}`;
    history.replaceState(history.state, "", location.pathname + location.search + place);
  }

  private readAddress(): boolean {
    const match = /^#map=([\d.-]+)\/([\d.-]+)\/([\d.-]+)$/.exec(location.hash);
    if (!match) return false;
    const [zoom, lat, lon] = match.slice(1).map(Number);
    if (![zoom, lat, lon].every(Number.isFinite)) return false;
    [this.camera.x, this.camera.y] = toPlane(lon, lat);
    this.camera.scale = 2 ** (zoom - 4);
    this.camera.pan(0, 0);
    return true;
  }

  // ---- marks -----------------------------------------------------------------------------------------------------

  // `isInView`: only what the canvas shows, at its zoom; otherwise all of it, coarsely.
  private async load(isInView: boolean): Promise<void> {
    const url = new URL(this.dataset.src ?? "", location.href);
    if (isInView) {
      const [west, south, east, north] = this.camera.bounds();
      url.searchParams.set("z", String(this.camera.level));
      if (east - west < 350) url.searchParams.set("bbox", [west, south, east, north].map((d) => d.toFixed(2)).join(","));
      this.loadedLevel = this.camera.level;
      this.loadedBounds = this.camera.bounds().map((d) => d.toFixed(1)).join(",");
    }
    this.request?.abort();
    this.request = new AbortController();
    const response = await fetch(url, { signal: this.request.signal, headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`${url.pathname}: ${response.status}`);
    const answer = (await response.json()) as Answer;
    if (!this.groups.length) this.groups = (this.dataset.groups ?? "").split(" ").filter(Boolean);
    this.layer.set(readMarks(answer.marks, this.groups));
    this.chosen = -1;
  }

  private describe(mark: Mark): string {
    const count = this.words.records.replace("{n}", mark.n.toLocaleString(document.documentElement.lang || "en"));
    return [mark.label, count, mark.isArea ? this.words.area : ""].filter(Boolean).join(", ");
  }

  private choose(index: number): void {
    this.chosen = index >= this.layer.marks.length ? -1 : index;
    if (this.chosen < 0) {
      this.status.textContent = "";
    } else {
      const mark = this.layer.marks[this.chosen], [x, y] = this.camera.toScreen(mark.at);
      if (x < 0 || y < 0 || x > this.camera.width || y > this.camera.height) this.pan(this.camera.width / 2 - x, this.camera.height / 2 - y);
      this.status.textContent = this.describe(mark);
    }
    this.draw();
  }

  // ---- the list of a mark ----------------------------------------------------------------------------------------

  private recordsUrl(mark: Mark): string {
    if (mark.entity) return `/entity/${mark.entity}`;
    const url = new URL(this.dataset.records ?? "/records", location.href);
    const reach = Math.max(this.layer.radius(mark), 4) / this.camera.scale;
    const [west, north] = fromPlane(mark.at[0] - reach, mark.at[1] - reach), [east, south] = fromPlane(mark.at[0] + reach, mark.at[1] + reach);
    url.searchParams.set("bbox", [west, south, east, north].map((d) => d.toFixed(4)).join(","));
    return url.pathname + url.search;
  }

  private openList(): void {
    const mark = this.layer.marks[this.chosen];
    const link = element("a", "map-open", this.words.open);
    link.href = this.recordsUrl(mark);
    const close = this.button("×", this.words.close, () => this.closeList());
    this.list.replaceChildren(element("p", "map-what", this.describe(mark)), link, close);
    this.list.hidden = false;
    link.focus();
  }

  private closeList(): void {
    if (this.list.hidden) return;
    this.list.hidden = true;
    this.canvas.focus();
  }

  private draw(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const context = this.canvas.getContext("2d");
      if (!context || !this.basemap) return;
      this.basemap.draw(context, this.camera, devicePixelRatio || 1, this.colours);
      this.layer.draw(context, this.camera, this.colours, this.chosen);
    });
  }
}

customElements.define("x-situation", Situation);
