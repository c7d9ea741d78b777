// The base map: land, boundaries and dots for states too small to draw, from Natural Earth (public domain) through
// world-atlas, with the corrections of corrections.json. A file of one's own in the same shape may replace it.
//
// Out: { land: MultiPolygon rings, borders: lines, dashed: lines, small: [lon, lat, name] } in hundredths of a degree,
// each line delta-encoded as a flat array of integers: half the bytes of TopoJSON for what a canvas needs.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { feature, merge, mesh } from "topojson-client";
import { presimplify, simplify } from "topojson-simplify";
import { geoArea, geoCentroid, geoContains } from "d3-geo";

const here = dirname(fileURLToPath(import.meta.url));
const atlas = (name) => JSON.parse(readFileSync(join(here, "../node_modules/world-atlas", name), "utf8"));
const SMALL_KM2 = 3000;
const EARTH_KM2 = 510072000;
const SIMPLIFY = 5e-3; // square degrees of the planar triangle that a point must span to stay

// A country of the atlas, by ISO number where it has one and by name where it has none (N. Cyprus, Kosovo).
function unit(countries, key) {
  return countries.geometries.find((g) => g.id === key) ?? countries.geometries.find((g) => g.properties.name === key);
}

function polygonsOf(geometry) {
  return geometry.type === "Polygon" ? [geometry.arcs] : geometry.arcs;
}

function move(topology, countries, { at, from, to }) {
  const source = unit(countries, from), target = unit(countries, to);
  const polygons = polygonsOf(source);
  const index = polygons.findIndex((arcs) => geoContains(feature(topology, { type: "Polygon", arcs }), at));
  if (index < 0) throw new Error(`basemap: no ring of ${from} holds ${at}`);
  const moved = polygons.splice(index, 1);
  Object.assign(source, { type: "MultiPolygon", arcs: polygons });
  Object.assign(target, { type: "MultiPolygon", arcs: [...polygonsOf(target), ...moved] });
}

function join_(countries, { into, name }) {
  const source = unit(countries, name), target = unit(countries, into);
  if (!source || !target) throw new Error(`basemap: no unit ${name} or ${into}`);
  Object.assign(target, { type: "MultiPolygon", arcs: [...polygonsOf(target), ...polygonsOf(source)] });
  countries.geometries.splice(countries.geometries.indexOf(source), 1);
}

function correct(topology, countries, corrections) {
  for (const correction of corrections) {
    if (correction.do === "move") move(topology, countries, correction);
    if (correction.do === "join") join_(countries, correction);
  }
}

function isDashed(corrections, a, b) {
  const is = (g, key) => g.id === key || g.properties.name === key;
  return corrections.some(({ do: what, between }) => what === "dash"
    && ((is(a, between[0]) && is(b, between[1])) || (is(a, between[1]) && is(b, between[0]))));
}

// Hundredths of a degree, as differences from the point before.
function pack(line) {
  const out = [];
  let x = 0, y = 0;
  for (const [lon, lat] of line) {
    const nx = Math.round(lon * 100), ny = Math.round(lat * 100);
    if (out.length && nx === x && ny === y) continue;
    out.push(nx - x, ny - y);
    [x, y] = [nx, ny];
  }
  return out.length >= 4 ? out : null;
}

// Longitudes that go on beyond 180 where a line crosses that meridian.
function unrolled(line) {
  let turn = 0;
  return line.map(([lon, lat], i) => {
    if (i && Math.abs(lon - line[i - 1][0]) > 180) turn += lon > line[i - 1][0] ? -360 : 360;
    return [lon + turn, lat];
  });
}

// What lies on one side of a meridian: sign 1 keeps the east. A ring stays one ring, along the edge.
function cut(points, edge, sign, isClosed) {
  const kept = [];
  points.forEach(([ax, ay], i) => {
    const [bx, by] = points[i + 1] ?? (isClosed ? points[0] : points[i]);
    const inside = (ax - edge) * sign >= 0;
    if (inside) kept.push([ax, ay]);
    if (inside !== (bx - edge) * sign >= 0) kept.push([edge, ay + ((by - ay) * (edge - ax)) / (bx - ax)]);
  });
  return kept;
}

// A line as up to three pieces, each within the map: no outline runs back across the whole world.
function pieces(line, isClosed) {
  const points = unrolled(line), [first, last] = [points[0], points[points.length - 1]];
  if (isClosed && Math.abs(last[0] - first[0]) > 180) { // around a pole: closed along it
    const pole = Math.sign(first[1]) * 90;
    points.push([last[0], pole], [first[0], pole]);
  }
  return [-360, 0, 360].map((shift) => points.map(([lon, lat]) => [lon + shift, lat]))
    .filter((moved) => moved.some(([lon]) => lon > -180) && moved.some(([lon]) => lon < 180))
    .map((moved) => moved.every(([lon]) => Math.abs(lon) <= 180) ? moved : cut(cut(moved, -180, 1, isClosed), 180, -1, isClosed))
    .filter((piece) => piece.length > 1);
}

const packAll = (lines, isClosed) => lines.flatMap((line) => pieces(line, isClosed)).map(pack).filter(Boolean);

// The lesser side of the outline: a ring that winds the other way would enclose the rest of the Earth.
function areaKm2(shape) {
  const area = geoArea(shape);
  return (Math.min(area, 4 * Math.PI - area) * EARTH_KM2) / (4 * Math.PI);
}

// States that the map cannot show as areas: from the finer atlas, as dots.
function smallStates(corrections) {
  const topology = atlas("countries-10m.json"), countries = topology.objects.countries;
  correct(topology, countries, corrections.filter((c) => c.do === "join"));
  return countries.geometries
    .map((g) => feature(topology, g))
    .filter((f) => f.id && areaKm2(f) < SMALL_KM2)
    .map((f) => [...geoCentroid(f).map((d) => Math.round(d * 100)), f.properties.name]);
}

export function makeBasemap() {
  const { corrections } = JSON.parse(readFileSync(join(here, "corrections.json"), "utf8"));
  const whole = atlas("countries-50m.json");
  correct(whole, whole.objects.countries, corrections);
  const topology = simplify(presimplify(whole), SIMPLIFY);
  const countries = topology.objects.countries;
  const land = merge(topology, countries.geometries).coordinates.flat();
  const inner = (filter) => mesh(topology, countries, (a, b) => a !== b && filter(a, b)).coordinates;
  return {
    source: "Natural Earth, public domain, through world-atlas; corrections in ui/basemap/corrections.json",
    land: packAll(land, true),
    borders: packAll(inner((a, b) => !isDashed(corrections, a, b)), false),
    dashed: packAll(inner((a, b) => isDashed(corrections, a, b)), false),
    small: smallStates(corrections),
  };
}
