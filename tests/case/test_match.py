#!/usr/bin/env python3
"""`comity match`: records of files that are the same thing, without a store and without settings."""
import random

from case import run, test

PACK = "columns:\n  name: name\n  surname: name\n  born: date\n  town: name\n  number: identifier\n"
SYLLABLES = "ba ro mi ten sa lu ker vo ni dal gu es fra jo pi hen qua zo wer cha".split()


def people(n, seed):
    """People that never were: half of them told twice, the second time by another clerk."""
    draw = random.Random(seed)

    def word(k):
        return "".join(draw.choice(SYLLABLES) for _ in range(k))

    def mistyped(text):
        at = draw.randrange(len(text))
        return text[:at] + draw.choice("abcdefghij") + text[at + 1:]

    rows, truth = [], []
    for person in range(n):
        row = [word(2), word(3), f"{draw.randrange(1930, 2000)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}",
               "town " + draw.choice("abcdefgh"), f"{draw.randrange(10 ** 8):08}"]
        rows.append(row)
        truth.append(person)
        if person % 2:
            rows.append(["" if draw.random() < 0.1 else mistyped(cell) if draw.random() < 0.2 and i != 2 else cell for i, cell in enumerate(row)])
            truth.append(person)
    return rows, truth


def write(path, rows, header="name,surname,born,town,number"):
    path.write_text(header + "\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")


def quality(clusters, truth):
    pairs = {(i, j) for i in range(len(truth)) for j in range(i + 1, min(i + 2, len(truth))) if truth[i] == truth[j]}
    groups = {}
    for i, cluster in enumerate(clusters):
        groups.setdefault(cluster, []).append(i)
    found = {(a, b) for members in groups.values() for a in members for b in members if a < b}
    return len(found & pairs) / max(len(found), 1), len(found & pairs) / len(pairs)


@test
def duplicates_of_one_file(desk):
    rows, truth = people(1200, 3)
    write(desk.path("people.csv"), rows)
    desk.path("people.yaml").write_text(PACK, encoding="utf-8")
    done = desk("match", "people.csv", "--pack", "people.yaml", "-o", "csv")
    assert [row["row"] for row in done.rows] == [str(i + 1) for i in range(len(rows))]
    precision, recall = quality([row["cluster"] for row in done.rows], truth)
    print(f"     precision {precision:.4f} recall {recall:.4f}")
    assert precision > 0.99 and recall > 0.97


@test
def files_that_each_have_no_duplicates(desk):
    rows, truth = people(1200, 4)
    ours = [i for i in range(len(rows)) if i == 0 or truth[i] != truth[i - 1]]
    theirs = [i for i in range(len(rows)) if i not in set(ours)]
    write(desk.path("ours.csv"), [rows[i] for i in ours])
    write(desk.path("theirs.csv"), [rows[i] for i in theirs])
    desk.path("people.yaml").write_text(PACK, encoding="utf-8")
    done = desk("match", "ours.csv", "theirs.csv", "--pack", "people.yaml", "--once-each", "-o", "csv")
    cluster = {(row["file"], int(row["row"]) - 1): row["cluster"] for row in done.rows}
    partner = {cluster["ours.csv", i]: truth[row] for i, row in enumerate(ours)}
    right = sum(partner.get(cluster["theirs.csv", i]) == truth[row] for i, row in enumerate(theirs))
    print(f"     {right} of {len(theirs)} found")
    assert right > 0.97 * len(theirs)
    again = desk("match", "ours.csv", "theirs.csv", "--pack", "people.yaml", "--once-each", "-o", "csv", "--threads", "1")
    assert again.out == done.out


@test
def one_says_which_pairs_to_compare(desk):
    write(desk.path("people.csv"), people(200, 5)[0])
    desk.path("people.yaml").write_text(PACK, encoding="utf-8")
    done = desk("match", "people.csv", "--pack", "people.yaml", "--block", "surname+born,name:2+number", "--explain", "-o", "csv")
    assert "surname + born" in done.err and "name, beginning + number" in done.err, done.err
    done = desk.call("match", "people.csv", "--pack", "people.yaml", "--block", "surnam")
    assert done.status != 0 and "no compared column 'surnam'" in done.err, done.err


@test
def what_is_wrong_is_told_with_its_place(desk):
    write(desk.path("people.csv"), people(5, 6)[0])
    wrong = {
        "columns:\n  name: nam\n": ":2", "columns:\n  name: name\n  name: name\n": ":3", "rules: 1\n": "one member",
        "columns:\n  name: name\nmore: 1\n": "nothing but columns", "columns: [name]\n": "nothing but columns", "": "pack",
        "columns:\n  nobody: name\n": "no column 'nobody'",
    }
    for pack, what in wrong.items():
        desk.path("people.yaml").write_text(pack, encoding="utf-8")
        done = desk.call("match", "people.csv", "--pack", "people.yaml")
        assert done.status != 0 and what in done.err, (pack, done.status, done.err)
    assert "--pack" in desk.call("match", "people.csv").err
    desk.path("people.yaml").write_text(PACK, encoding="utf-8")
    assert "two files" in desk.call("match", "people.csv", "--pack", "people.yaml", "--once-each").err


run()
