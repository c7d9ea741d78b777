"""How right a partition is: one scorer for every tool.

Pairwise and B-cubed from the contingency table of (true event, cluster): the number of pairs in a group of n is n(n-1)/2, so no pair
is ever built and a million rows cost a second or two. The truth is the clique: every two rows of one event are a true pair.
Where two files are linked, only pairs across them count (in a group with a rows of one and b of the other: a·b); B-cubed is over all
rows in both cases (Bagga and Baldwin 1998).
"""
import collections
import csv


def read_clusters(path, files=()):
    """{(file, row): cluster} of a CSV with file, row, cluster; a file may be named by its number from 1, its path or its name."""
    number = {str(i): i for i in range(1, len(files) + 1)}
    for i, name in enumerate(files, 1):
        number[str(name)] = number[name.name] = i
    with open(path, newline="", encoding="utf-8") as told:
        return {(number.get(row["file"], row["file"]), int(row["row"])): row["cluster"] for row in csv.DictReader(told)}


def pairs(counts, is_across):
    """Pairs of a group, given how many of its rows each file has."""
    if not is_across:
        n = sum(counts.values())
        return n * (n - 1) // 2
    n = sum(counts.values())
    return (n * n - sum(c * c for c in counts.values())) // 2


def ratio(a, b):
    return a / b if b else 0.0


def harmonic(a, b):
    return ratio(2 * a * b, a + b)


def score(truth, clusters, is_across=False):
    """Both {(file, row): group}; a row that has no cluster stands alone. A dict of shares and counts of pairs."""
    cells, events, found = (collections.defaultdict(collections.Counter) for _ in range(3))
    for at, event in truth.items():
        cluster = clusters.get(at, at)
        cells[event, cluster][at[0]] += 1
        events[event][at[0]] += 1
        found[cluster][at[0]] += 1
    right, true, all_found = (sum(pairs(group, is_across) for group in table.values()) for table in (cells, events, found))
    n_event = {event: sum(group.values()) for event, group in events.items()}
    n_found = {cluster: sum(group.values()) for cluster, group in found.items()}
    squares = [(sum(group.values()) ** 2, event, cluster) for (event, cluster), group in cells.items()]
    b3_precision = ratio(sum(square / n_found[cluster] for square, _, cluster in squares), len(truth))
    b3_recall = ratio(sum(square / n_event[event] for square, event, _ in squares), len(truth))
    precision, recall = ratio(right, all_found), ratio(right, true)
    return {"precision": precision, "recall": recall, "f1": harmonic(precision, recall), "b3 precision": b3_precision,
            "b3 recall": b3_recall, "b3": harmonic(b3_precision, b3_recall), "true pairs": true, "found pairs": all_found,
            "right pairs": right}
