"""dedupe on the prepared files: `python with_dedupe.py WORK FOLDER`.

It learns from pairs that a person labels; here 100 true and 100 other pairs are drawn from the truth (seed 1), as many as a
person labels in an afternoon. So its rows in the tables are supervised, and the others are not. Then its own defaults: partition or
join at 0.5; but without index predicates, as its documentation advises where memory is short (with them it held 11 GB after three
and a half minutes on the 5,000 records of febrl3, when it was ended). It may have 8 GB.
"""
import io
import json
import random
import resource

import dedupe
from dedupe.variables import Exact, String
from peer import Run, read


def may_lack(kind, *columns):
    return [kind(column, has_missing=True) for column in columns]


COLUMNS = {
    "historical-50k": may_lack(String, "first_name", "surname", "dob", "birth_place", "postcode_fake") + may_lack(Exact, "occupation"),
    "febrl3": may_lack(String, "given_name", "surname", "address_1", "suburb", "postcode", "date_of_birth", "soc_sec_id"),
    "dblp-acm": [String("title"), *may_lack(String, "authors", "venue"), *may_lack(Exact, "year")],
    "fake-1000": may_lack(String, "first_name", "surname", "dob", "city", "email"),
}
LABELLED = 100
MEMORY = 8 << 30


def records(run, number):
    keys = [variable.field for variable in COLUMNS[run.work]]
    rows = read(run.folder / f"{number}.csv")
    return {f"{number}:{i}": {key: row[key].lower() or None for key in keys} for i, row in enumerate(rows, 1)}


def labels(run, tables):
    """Pairs of the truth, as dedupe's training file has them."""
    rng, everything, events = random.Random(1), {}, {}
    for table in tables:
        everything.update(table)
    for row in read(run.folder / "truth.csv"):
        events.setdefault(row["event"], []).append(f"{row['file']}:{row['row']}")
    event_of = {at: event for event, rows in events.items() for at in rows}
    several = [rows for rows in events.values() if len(rows) > 1]
    match = [rng.sample(rng.choice(several), 2) for _ in range(LABELLED)]
    firsts, lasts = list(tables[0]), list(tables[-1])
    other = []
    while len(other) < LABELLED:
        a, b = rng.choice(firsts), rng.choice(lasts)
        if event_of[a] != event_of[b]:
            other.append((a, b))
    told = {kind: [{"__class__": "tuple", "__value__": [everything[a] for a in sorted(pair)]} for pair in chosen]
            for kind, chosen in (("match", match), ("distinct", other))}
    return io.StringIO(json.dumps(told))


def learnt(run, tables):
    machine = (dedupe.Dedupe if len(tables) == 1 else dedupe.RecordLink)(COLUMNS[run.work])
    machine.prepare_training(*tables, training_file=labels(run, tables))
    run.phase("read")
    machine.train(index_predicates=False)
    run.phase("train")
    return machine


def found(machine, tables):
    if len(tables) == 1:
        return [members for members, _ in machine.partition(tables[0], threshold=0.5)]
    return [members for members, _ in machine.join(*tables, threshold=0.5)]


def main():
    run = Run("dedupe")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    run.told["settings"] = f"{LABELLED} + {LABELLED} labelled pairs"
    tables = [records(run, int(path.stem)) for path in sorted(run.folder.glob("[12].csv"))]
    clusters = found(learnt(run, tables), tables)
    run.clusters((*at.split(":"), number) for number, members in enumerate(clusters) for at in members)
    run.phase("predict")
    run.stop_clock()
    run.told["megabytes"] = round(max(run.told["megabytes"], resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))
    run.tell()


if __name__ == "__main__":
    main()
