#!/usr/bin/env python3
"""Writes the files that are built into the program as a C header: src/page/assets.h tells what it holds.

usage: embed_assets.py OUT.h --po FOLDER_OF_MO FILE_OR_FOLDER...
Folders give their *.js, *.css, *.svg, *.json and *.png. Same input, same output.
"""
import argparse
import hashlib
import pathlib
import zlib

TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
         ".json": "application/json; charset=utf-8", ".png": "image/png"}


def gzip(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(data) + packer.flush()
    return packed if len(packed) < len(data) * 0.95 else b""


def c_bytes(name, data):
    rows = [",".join(map(str, data[i:i + 40])) for i in range(0, len(data), 40)]
    return f"static const unsigned char {name}[] = {{" + ",\n".join(rows or ["0"]) + "};\n"


def c_slice(name, data):
    return f"{{ (const char *){name}, {len(data)} }}" if data else "{ NULL, 0 }"


class Table:
    def __init__(self):
        self.bytes, self.count = [], 0

    def hold(self, data):
        if not data:
            return "none"
        name = f"BYTES_{self.count}"
        self.count += 1
        self.bytes.append(c_bytes(name, data))
        return name

    def row(self, name, address, kind, digest, data, packed):
        return (f'    {{ "{name}", "{address}", "{kind}", "{digest}",\n'
                f"        {c_slice(self.hold(data), data)}, {c_slice(self.hold(packed), packed)} }},\n")


def find(paths):
    for path in map(pathlib.Path, paths):
        if path.is_dir():
            yield from (p for p in sorted(path.iterdir()) if p.suffix in TYPES)
        elif path.exists():
            yield path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--po", required=True)
    parser.add_argument("files", nargs="*")
    args = parser.parse_intermixed_args()
    table, rows, catalogues, build = Table(), [], [], hashlib.blake2b(digest_size=8)
    for path in sorted(find(args.files), key=lambda p: p.name):
        data = path.read_bytes()
        digest = hashlib.blake2b(data, digest_size=4).hexdigest()
        build.update(data)
        address = f"/static/{path.stem}.{digest}{path.suffix}"
        rows.append(table.row(path.name, address, TYPES[path.suffix], digest, data, gzip(data)))
    for path in sorted(pathlib.Path(args.po).glob("*.mo")):
        data = path.read_bytes()
        build.update(data)
        catalogues.append(table.row(path.stem, "", "", "", data, b""))
    text = "/* Made by tools/embed_assets.py. */\n" + "".join(table.bytes)
    for name, rows_of in (("ASSETS", rows), ("CATALOGUES", catalogues)):
        end = "    { NULL, NULL, NULL, NULL, { NULL, 0 }, { NULL, 0 } },\n"
        text += f"static const struct asset {name}[] = {{\n" + "".join(rows_of) + end + "};\n"
    text += f'static const char ASSET_BUILD[] = "{build.hexdigest()}";\n'
    out = pathlib.Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")


main()
