"""The files with known truth that linking is measured on, prepared for all tools alike.

The publishers' files (in ../shared/data/linkage, see its README) become build/bench/linkage/WORK/1.csv and 2.csv: UTF-8, cells
without spaces around them, nothing else changed; truth.csv beside them has file, row (from 1) and event. Nothing of them is ours to
keep in the repository.
"""
import csv
import gzip
import io

import measure

SOURCE = measure.DATA / "linkage"
FOLDER = measure.WORK / "linkage"


def lines(name):
    """Header and rows of a publisher's file. One of them is Windows-1252, one has spaces after its commas."""
    path = SOURCE / name
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    header, *rows = ([cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if row)
    return header, rows


def column(table, name):
    header, rows = table
    return [row[header.index(name)] for row in rows]


def by_column(name):
    return lambda tables: [column(table, name) for table in tables]


def by_febrl_id(tables):
    """rec-552-org and rec-552-dup-3 are person 552."""
    return [[value.split("-")[1] for value in column(table, "rec_id")] for table in tables]


def by_mapping(tables):
    """Which of DBLP is which of ACM, one to one; what the mapping does not name stands alone."""
    _, rows = lines("dblp-acm_DBLP-ACM_perfectMapping.csv.gz")
    acm_of = dict(rows)
    return [[acm_of.get(value, "dblp " + value) for value in column(tables[0], "id")], column(tables[1], "id")]


# work: (files, how its truth is read)
FILES = {
    "historical-50k": (["historical_50k.csv.gz"], by_column("cluster")),
    "febrl3": (["febrl3.csv.gz"], by_febrl_id),
    "dblp-acm": (["dblp-acm_DBLP2.csv.gz", "dblp-acm_ACM.csv.gz"], by_mapping),
    "transactions": (["transactions_origin.csv.gz", "transactions_destination.csv.gz"], by_column("ground_truth")),
    "fake-1000": (["fake_1000.csv"], by_column("cluster")),
}


def write(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def prepare(work):
    """The folder of a work, made once; None where the publisher's files are not here."""
    names, truth = FILES[work]
    if not all((SOURCE / name).exists() for name in names):
        return None
    folder = FOLDER / work
    if not (folder / "truth.csv").exists():
        folder.mkdir(parents=True, exist_ok=True)
        tables = [lines(name) for name in names]
        for number, (header, rows) in enumerate(tables, 1):
            write(folder / f"{number}.csv", header, rows)
        write(folder / "truth.csv", ("file", "row", "event"),
              [(file, row, event) for file, events in enumerate(truth(tables), 1) for row, event in enumerate(events, 1)])
    return folder


def files(work):
    return [FOLDER / work / f"{number}.csv" for number in range(1, len(FILES[work][0]) + 1)]


def read_truth(folder):
    with open(folder / "truth.csv", newline="", encoding="utf-8") as file:
        return {(int(row["file"]), int(row["row"])): row["event"] for row in csv.DictReader(file)}
