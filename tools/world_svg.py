#!/usr/bin/env python3
"""Draws the base map as an SVG picture in the projection and size of src/page/chart_map.c.

usage: world_svg.py BASEMAP.json OUT.svg
The base map: lists of lines, each a flat list of differences in hundredths of a degree (ui/basemap).
"""
import json
import math
import sys

WIDTH, HEIGHT = 1200, 584


def project(lon, lat):
    a1, a2, a3, a4, m = 1.340264, -0.081106, 0.000893, 0.003796, math.sqrt(3) / 2
    t = math.asin(m * math.sin(math.radians(lat)))
    x = math.radians(lon) * math.cos(t) / (m * (a1 + 3 * a2 * t**2 + t**6 * (7 * a3 + 9 * a4 * t**2)))
    y = t * (a1 + a2 * t**2 + t**6 * (a3 + a4 * t**2))
    scale = WIDTH / (2 * 2.70663)
    return round((WIDTH / 2 + x * scale) * 2), round((HEIGHT / 2 - y * scale) * 2)  # half pixels


def unpack(line):
    """Degrees, with longitudes that go on beyond 180 where the line crosses that meridian."""
    lon = lat = turn = 0
    points = []
    for i in range(0, len(line), 2):
        before = lon
        lon, lat = lon + line[i], lat + line[i + 1]
        if i and abs(lon - before) > 18000:
            turn -= 36000 if lon > before else -36000
        points.append(((lon + turn) / 100, lat / 100))
    return points


def cut(points, edge, sign, is_closed):
    """What lies on one side of a meridian: sign 1 keeps the east. A ring stays one ring, along the edge."""
    kept = []
    pairs = list(zip(points, points[1:] + points[:1] if is_closed else points[1:] + points[-1:]))
    for (ax, ay), (bx, by) in pairs:
        inside, next_inside = (ax - edge) * sign >= 0, (bx - edge) * sign >= 0
        if inside:
            kept.append((ax, ay))
        if inside != next_inside:
            kept.append((edge, ay + (by - ay) * (edge - ax) / (bx - ax)))
    return kept


def pieces(line, is_closed):
    """A line in up to three copies, a world apart, each cut to the map."""
    points = unpack(line)
    if is_closed and abs(points[-1][0] - points[0][0]) > 180:  # around a pole: closed along it
        pole = math.copysign(90, points[0][1])
        points += [(points[-1][0], pole), (points[0][0], pole)]
    for shift in (-360, 0, 360):
        moved = [(lon + shift, lat) for lon, lat in points]
        if max(p[0] for p in moved) <= -180 or min(p[0] for p in moved) >= 180:
            continue
        inside = all(-180 <= p[0] <= 180 for p in moved)
        yield moved if inside else cut(cut(moved, -180, 1, is_closed), 180, -1, is_closed)


def path(lines, is_closed):
    parts = []
    for line in lines:
        for piece in pieces(line, is_closed):
            points = []
            for lon, lat in piece:
                point = project(lon, lat)
                if not points or point != points[-1]:
                    points.append(point)
            if len(points) < (4 if is_closed else 2):
                continue
            moves = [f"{bx - ax} {by - ay}" for (ax, ay), (bx, by) in zip(points, points[1:])]
            parts.append("M%d %dl" % points[0] + " ".join(moves).replace(" -", "-") + ("z" if is_closed else ""))
    return "".join(parts)


def main():
    source, out = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        base = json.load(file)
    dots = "".join("M%d %dh0" % project(lon / 100, lat / 100) for lon, lat, _ in base["small"])
    with open(out, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * 2} {HEIGHT * 2}">'
                   f'<path fill="#8a97a3" fill-opacity=".35" d="{path(base["land"], True)}"/>'
                   '<g fill="none" stroke="#8a97a3" stroke-opacity=".7" stroke-width="1">'
                   f'<path d="{path(base["borders"], False)}"/>'
                   f'<path stroke-dasharray="4 4" d="{path(base["dashed"], False)}"/>'
                   f'<path stroke-width="4" stroke-linecap="round" d="{dots}"/></g></svg>\n')


main()
