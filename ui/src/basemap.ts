// The base map: land, boundaries, dots for states too small to draw. Its file is described in ui/basemap/make.mjs.
import { toPlane, type Camera, type Point } from "./plane";

interface BasemapFile {
  land: number[][];
  borders: number[][];
  dashed: number[][];
  small: [number, number, string][];
}

// Delta-encoded hundredths of a degree, projected into a path of the plane.
function addLine(path: Path2D, line: number[], isClosed: boolean): void {
  let lon = 0, lat = 0;
  for (let i = 0; i < line.length; i += 2) {
    lon += line[i];
    lat += line[i + 1];
    const [x, y] = toPlane(lon / 100, lat / 100);
    if (i === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  }
  if (isClosed) path.closePath();
}

function pathOf(lines: number[][], isClosed: boolean): Path2D {
  const path = new Path2D();
  for (const line of lines) addLine(path, line, isClosed);
  return path;
}

export interface Colours {
  sea: string;
  land: string;
  line: string;
  ink: string;
  paper: string;
  marks: string[];
}

export class Basemap {
  private readonly land: Path2D;
  private readonly borders: Path2D;
  private readonly dashed: Path2D;
  private readonly small: Point[];

  constructor(file: BasemapFile) {
    this.land = pathOf(file.land, true);
    this.borders = pathOf(file.borders, false);
    this.dashed = pathOf(file.dashed, false);
    this.small = file.small.map(([lon, lat]) => toPlane(lon / 100, lat / 100));
  }

  static async load(url: string): Promise<Basemap> {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return new Basemap((await response.json()) as BasemapFile);
  }

  draw(context: CanvasRenderingContext2D, camera: Camera, ratio: number, colours: Colours): void {
    const scale = camera.scale * ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = colours.sea;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    context.setTransform(scale, 0, 0, scale, (camera.width / 2) * ratio - camera.x * scale, (camera.height / 2) * ratio - camera.y * scale);
    context.fillStyle = colours.land;
    context.fill(this.land, "evenodd");
    context.strokeStyle = colours.line;
    context.lineWidth = 0.8 / camera.scale;
    context.stroke(this.borders);
    context.setLineDash([3 / camera.scale, 2 / camera.scale]);
    context.stroke(this.dashed);
    context.setLineDash([]);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.line;
    for (const point of this.small) {
      const [x, y] = camera.toScreen(point);
      context.fillRect(x - 1, y - 1, 2, 2);
    }
  }
}
