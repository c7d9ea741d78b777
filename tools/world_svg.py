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


def path(lines, is_closed):
    parts = []
    for line in lines:
        lon = lat = 0
        points = []
        for i in range(0, len(line), 2):
            lon, lat = lon + line[i], lat + line[i + 1]
            point = project(lon / 100, lat / 100)
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
