// The plane that the map is drawn on: the Earth projected once (Equal Earth), then only moved and scaled. Panning and zooming cost
// no projection: a cached path is drawn under another transform.
import { geoEqualEarth, type GeoProjection } from "d3-geo";

export const PLANE_WIDTH = 1000;
export const PLANE_HEIGHT = 487; // Equal Earth is 2.05 times as wide as high

const projection: GeoProjection = geoEqualEarth().scale(PLANE_WIDTH / 5.4134).translate([PLANE_WIDTH / 2, PLANE_HEIGHT / 2]);

export type Point = [number, number];

export function toPlane(lon: number, lat: number): Point {
  return projection([lon, lat]) ?? [0, 0];
}

export function fromPlane(x: number, y: number): Point {
  return projection.invert?.([x, y]) ?? [0, 0];
}

// What part of the plane is on the canvas: its centre, and CSS pixels for each unit of the plane.
export class Camera {
  x = PLANE_WIDTH / 2;
  y = PLANE_HEIGHT / 2;
  scale = 1;
  width = 1;
  height = 1;

  get least(): number {
    return Math.min(this.width / PLANE_WIDTH, this.height / PLANE_HEIGHT) * 0.98;
  }

  resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.clamp();
  }

  home(): void {
    [this.x, this.y, this.scale] = [PLANE_WIDTH / 2, PLANE_HEIGHT / 2, this.least];
  }

  toScreen([x, y]: Point): Point {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  toPlane([sx, sy]: Point): Point {
    return [(sx - this.width / 2) / this.scale + this.x, (sy - this.height / 2) / this.scale + this.y];
  }

  pan(dx: number, dy: number): void {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.clamp();
  }

  // The point under (sx, sy) stays where it is.
  zoom(factor: number, sx = this.width / 2, sy = this.height / 2): void {
    const before = this.toPlane([sx, sy]);
    this.scale *= factor;
    this.clamp();
    const after = this.toPlane([sx, sy]);
    this.x += before[0] - after[0];
    this.y += before[1] - after[1];
    this.clamp();
  }

  // Shows these points with a margin; a single point gets a country around it.
  fit(points: Point[]): void {
    if (!points.length) return this.home();
    const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
    const [left, right] = [Math.min(...xs), Math.max(...xs)], [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    this.x = (left + right) / 2;
    this.y = (top + bottom) / 2;
    const margin = 24;
    this.scale = Math.min((this.width - 2 * margin) / Math.max(right - left, margin), (this.height - 2 * margin) / Math.max(bottom - top, margin));
    this.clamp();
  }

  // West, south, east, north of what is on the canvas, in degrees.
  bounds(): [number, number, number, number] {
    const corners = [0, 0.5, 1].flatMap((u) => [0, 0.5, 1].map((v) => this.degreesAt(u * this.width, v * this.height)));
    const lons = corners.map((c) => c[0]), lats = corners.map((c) => c[1]);
    return [Math.max(-180, Math.min(...lons)), Math.max(-90, Math.min(...lats)), Math.min(180, Math.max(...lons)), Math.min(90, Math.max(...lats))];
  }

  // The zoom that the server aggregates by: each step doubles the scale; 0 shows the world on 256 pixels.
  get level(): number {
    return Math.max(0, Math.min(18, Math.round(Math.log2((this.scale * PLANE_WIDTH) / 256))));
  }

  private degreesAt(sx: number, sy: number): Point {
    const [x, y] = this.toPlane([sx, sy]);
    if (x <= 0 || x >= PLANE_WIDTH || y <= 0 || y >= PLANE_HEIGHT)
      return [x < PLANE_WIDTH / 2 ? -180 : 180, y < PLANE_HEIGHT / 2 ? 90 : -90];
    const [lon, lat] = fromPlane(x, y);
    return [Number.isFinite(lon) ? lon : 0, Number.isFinite(lat) ? lat : 0];
  }

  private clamp(): void {
    this.scale = Math.max(this.least, Math.min(this.scale, 400));
    const halfWidth = this.width / this.scale / 2, halfHeight = this.height / this.scale / 2;
    this.x = halfWidth * 2 >= PLANE_WIDTH ? PLANE_WIDTH / 2 : Math.max(halfWidth, Math.min(PLANE_WIDTH - halfWidth, this.x));
    this.y = halfHeight * 2 >= PLANE_HEIGHT ? PLANE_HEIGHT / 2 : Math.max(halfHeight, Math.min(PLANE_HEIGHT - halfHeight, this.y));
  }
}
