#!/usr/bin/env python3
"""Compiles a list of passwords by how often they were found (one a line, the commonest first) into the table that
src/share/common.c asks: sorted hashes, so that the program holds none of them in clear.

usage: common_passwords.py LIST OUT.h

Kept are all that are long enough to be tried here, and the commonest of the shorter ones: what people lengthen with
digits and signs at an end, or write twice. The folding and the hash are those of src/share/common.c.
"""
import hashlib
import pathlib
import sys

LEAST = 12  # PASSWORD_LEAST of src/share/secret.h
SHORT_LEAST, SHORT_RANKS = 4, 20000


def folded(line):
    return bytes(c + 32 if 65 <= c <= 90 else c for c in line)


def number(password):
    return int.from_bytes(hashlib.blake2b(password, digest_size=16).digest()[:8], "little")


def main():
    lines = [folded(line) for line in pathlib.Path(sys.argv[1]).read_bytes().splitlines()]
    long = {line for line in lines if len(line.decode("utf-8", "replace")) >= LEAST}
    short = {line for line in lines[:SHORT_RANKS] if SHORT_LEAST <= len(line) < LEAST and not line.isdigit()}
    assert len(long) > 3000, f"only {len(long)} passwords of {LEAST} characters in {sys.argv[1]}"
    numbers = sorted({number(line) for line in long | short})
    rows = [" ".join(f"0x{n:016x}," for n in numbers[i:i + 5]) for i in range(0, len(numbers), 5)]
    out = pathlib.Path(sys.argv[2])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("/* Made by tools/common_passwords.py. */\nstatic const uint64_t COMMON_PASSWORDS[] = {\n"
                   + "\n".join(rows) + "\n};\n", encoding="utf-8")


main()
