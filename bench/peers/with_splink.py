"""Splink (DuckDB) on the prepared files: `python with_splink.py WORK FOLDER [PLAN]`. Plans are in splink_plans.py.

The measured run ends with the clusters of the plan's own threshold on disk. After that the same links are clustered at the thresholds
of peer.py (clusters-0.50.csv and so on), and the pairs that the blocking rules propose are counted.
"""
import sys

import duckdb
from peer import THRESHOLDS, Run
from splink import DuckDBAPI, Linker
from splink_plans import PLANS

FILE_NAMES = ("one", "two")


def tables(run, plan, database):
    """Each prepared file as a table with its row number; how many there are follows from the plan."""
    names = []
    for number, name in enumerate(FILE_NAMES, 1):
        path = run.folder / f"{number}.csv"
        if path.exists():
            database.execute(f"create table {name} as select row_number() over () as row, {plan.select} "
                             f"from read_csv('{path}', all_varchar=true, header=true)")
            names.append(name)
    return names


def cluster(linker, links, plan, threshold):
    if plan.once_each:
        return linker.clustering.cluster_using_single_best_links(links, duplicate_free_datasets=list(FILE_NAMES),
                                                                threshold_match_probability=threshold)
    return linker.clustering.cluster_pairwise_predictions_at_threshold(links, threshold_match_probability=threshold)


def write(run, database, clusters, is_linking, name="clusters.csv"):
    file = f"case source_dataset when '{FILE_NAMES[0]}' then 1 else 2 end" if is_linking else "1"
    database.execute(f"copy (select {file} as file, row, cluster_id as cluster from {clusters.physical_name}) "
                     f"to '{run.out / name}' (header)")


def main():
    run = Run("splink")
    name = sys.argv[3] if len(sys.argv) > 3 else next(iter(PLANS[run.work]))
    plan = PLANS[run.work][name]()
    run.told["settings"] = name
    database = duckdb.connect()
    names = tables(run, plan, database)
    api = DuckDBAPI(connection=database)
    linker = Linker([api.register(table, dataset_display_name=table) for table in names], plan.settings)
    run.phase("read")
    plan.train(linker)
    run.phase("train")
    links = linker.inference.predict(threshold_match_probability=plan.predict)
    run.phase("predict")
    write(run, database, cluster(linker, links, plan, plan.threshold), len(names) > 1)
    run.phase("cluster")
    run.stop_clock()
    run.told["threshold"] = plan.threshold
    run.told["pairs"] = database.execute(f"select count(*) from {linker.inference.compute_blocked_pairs_for_predict().physical_name}").fetchall()[0][0]
    for threshold in THRESHOLDS:
        write(run, database, cluster(linker, links, plan, threshold), len(names) > 1, f"clusters-{threshold:.2f}.csv")
    run.tell()


main()
