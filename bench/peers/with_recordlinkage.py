"""recordlinkage on the prepared files: `python with_recordlinkage.py WORK FOLDER [PLAN]`.

febrl3 as the guide "Data deduplication" of its documentation has it for febrl1: blocks of equal given names, six columns compared, a
match where more than three agree. DBLP-ACM, for which its documentation has no example, in the manner of its guide on linking two
tables: blocks of equal years, a match where the titles are alike at the guide's 0.85 (asking for authors too halves the recall: the two
files write them differently). "ECM" is its own unsupervised classifier on all compared columns.
"""
import sys

import pandas
import recordlinkage
from peer import Run, components

FUZZY, EXACT = "jarowinkler", None
COLUMNS = {
    "febrl3": {"given_name": EXACT, "surname": FUZZY, "date_of_birth": EXACT, "suburb": EXACT, "state": EXACT, "address_1": FUZZY},
    "dblp-acm": {"title": FUZZY, "authors": FUZZY, "venue": FUZZY, "year": EXACT},
}
BLOCK = {"febrl3": "given_name", "dblp-acm": "year"}
MATCH = {"febrl3": lambda found: found.sum(axis=1) > 3, "dblp-acm": lambda found: found["title"] == 1}


def read(run):
    tables = [pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[""]) for path in sorted(run.folder.glob("[12].csv"))]
    return [table.apply(lambda column: column.str.lower()) for table in tables]


def features(run, tables):
    index = recordlinkage.Index()
    index.block(BLOCK[run.work])
    pairs = index.index(*tables)
    compare = recordlinkage.Compare()
    for column, method in COLUMNS[run.work].items():
        if method:
            compare.string(column, column, method=method, threshold=0.85, label=column)
        else:
            compare.exact(column, column, label=column)
    return pairs, compare.compute(pairs, *tables)


def matches(run, name, found):
    if name == "ECM":
        return recordlinkage.ECMClassifier().fit_predict(found)
    return found[MATCH[run.work](found)].index


def main():
    run = Run("recordlinkage")
    name = sys.argv[3] if len(sys.argv) > 3 else "its guide"
    run.told["settings"] = name
    tables = read(run)
    run.phase("read")
    pairs, found = features(run, tables)
    run.phase("predict")
    links = matches(run, name, found)
    first = len(tables[0])
    offset = first if len(tables) > 1 else 0
    roots = components(sum(map(len, tables)), ((a, offset + b) for a, b in links))
    run.clusters((1, i + 1, root) if i < first else (2, i + 1 - first, root) for i, root in enumerate(roots))
    run.phase("cluster")
    run.stop_clock()
    run.told["pairs"] = len(pairs)
    run.tell()


main()
