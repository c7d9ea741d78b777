// The marks of an answer: where, how many, of which group, how exactly placed.
//
// Area follows the number of entities. A settlement or finer is a filled circle; a subdivision or a country is a dashed ring,
// so that a centre never poses as a point. Colour is the group's; the list beside the map says the same in words.
import { toPlane, type Camera, type Point } from "./plane";
import type { Colours } from "./basemap";

// Columns, as docs/QUERY.md describes them.
export interface MarkColumns {
  lon: number[];
  lat: number[];
  n: number[];
  concept: (string | null)[];
  precision: string[];
  entity: (number | string | null)[];
  label: (string | null)[];
}

export interface Mark {
  at: Point;
  lon: number;
  lat: number;
  n: number;
  group: number;
  concept: string;
  isArea: boolean;
  entity: string;
  label: string;
}

export const AREA_PRECISIONS = new Set(["subdivision", "country", "district"]);
const SMALLEST = 3.5;
const LARGEST = 26;

export function readMarks(columns: MarkColumns, groups: string[]): Mark[] {
  const marks = columns.lon.map((lon, i) => {
    const concept = columns.concept[i] ?? "";
    const entity = columns.entity[i];
    return {
      at: toPlane(lon, columns.lat[i]),
      lon,
      lat: columns.lat[i],
      n: columns.n[i],
      group: groups.indexOf(concept),
      concept,
      isArea: AREA_PRECISIONS.has(columns.precision[i]),
      entity: entity ? String(entity) : "",
      label: columns.label[i] ?? "",
    };
  });
  // Large ones first, so that small ones lie on top.
  return marks.sort((a, b) => b.n - a.n);
}

export class MarkLayer {
  marks: Mark[] = [];
  private most = 1;

  set(marks: Mark[]): void {
    this.marks = marks;
    this.most = marks.reduce((most, mark) => Math.max(most, mark.n), 1);
  }

  radius(mark: Mark): number {
    const share = Math.sqrt(mark.n / Math.max(this.most, 12));
    return SMALLEST + (LARGEST - SMALLEST) * share;
  }

  draw(context: CanvasRenderingContext2D, camera: Camera, colours: Colours, chosen: number): void {
    this.marks.forEach((mark, index) => this.drawOne(context, camera, colours, mark, index === chosen));
    if (chosen >= 0) this.drawOne(context, camera, colours, this.marks[chosen], true);
  }

  // The topmost mark at a place of the canvas, or −1. Small marks have a target of 12 pixels around them.
  find(camera: Camera, sx: number, sy: number): number {
    for (let i = this.marks.length - 1; i >= 0; i--) {
      const [x, y] = camera.toScreen(this.marks[i].at);
      const reach = Math.max(this.radius(this.marks[i]), 12);
      if ((x - sx) ** 2 + (y - sy) ** 2 <= reach * reach) return i;
    }
    return -1;
  }

  // The nearest mark in a direction from another: for the arrow keys.
  neighbour(camera: Camera, from: number, dx: number, dy: number): number {
    const start: Point = from >= 0 ? camera.toScreen(this.marks[from].at) : [camera.width / 2, camera.height / 2];
    let best = -1, bestCost = Infinity;
    this.marks.forEach((mark, i) => {
      if (i === from) return;
      const [x, y] = camera.toScreen(mark.at);
      const along = (x - start[0]) * dx + (y - start[1]) * dy, across = Math.abs((x - start[0]) * dy - (y - start[1]) * dx);
      if (along <= 0.5 || across > along * 2) return;
      const cost = along + 2 * across;
      if (cost < bestCost) [best, bestCost] = [i, cost];
    });
    return best;
  }

  private drawOne(context: CanvasRenderingContext2D, camera: Camera, colours: Colours, mark: Mark, isChosen: boolean): void {
    const [x, y] = camera.toScreen(mark.at), radius = this.radius(mark);
    if (x < -radius || y < -radius || x > camera.width + radius || y > camera.height + radius) return;
    const colour = colours.marks[mark.group >= 0 ? mark.group % colours.marks.length : colours.marks.length - 1];
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.globalAlpha = mark.isArea ? 0.12 : 0.72;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash(mark.isArea ? [4, 3] : []);
    context.lineWidth = isChosen ? 3 : mark.isArea ? 1.8 : 1;
    context.strokeStyle = isChosen || !mark.isArea ? colours.ink : colour;
    context.stroke();
    context.setLineDash([]);
    if (isChosen) {
      context.beginPath();
      context.arc(x, y, radius + 4, 0, 2 * Math.PI);
      context.lineWidth = 2;
      context.strokeStyle = colours.paper;
      context.stroke();
    }
  }
}
