"""Splink (DuckDB) on the prepared files: `python with_splink.py WORK FOLDER [PLAN [NEW]]`. Plans are in splink_plans.py.

The measured run ends with the clusters of the plan's own threshold on disk. After that the same links are clustered at the thresholds
of peer.py (clusters-0.50.csv and so on), and the pairs that the blocking rules propose are counted. NEW: how many records are then
taken one by one as if they were new, and looked for among all.
"""
import statistics
import sys
import time

import duckdb
from peer import THRESHOLDS, Run
from splink import DuckDBAPI, Linker
from splink_plans import PLANS

MEMORY = "12GB"
LOOKED_FOR = 0.5


class Tables:
    """The prepared files as tables of DuckDB with row numbers; (table, file's number) of each."""

    def __init__(self, run, plan):
        self.database = duckdb.connect()
        self.database.execute(f"set memory_limit='{MEMORY}'; set temp_directory='{run.out}/spilled'")
        self.names = []
        for path in sorted(run.folder.glob("[12].csv")):
            self.database.execute(f"create table numbered as select row_number() over () as row, * "
                                  f"from read_csv('{path}', all_varchar=true, header=true)")
            self.split(int(path.stem), plan)
            self.database.execute("drop table numbered")

    def split(self, number, plan):
        select = plan.select if plan.by_source or plan.select.startswith("row,") else "row, " + plan.select.replace("*", "* exclude (row)", 1)
        parts = self.ask("select distinct source from numbered order by 1") if plan.by_source else [(None,)]
        for (source,) in parts:
            name = f"file_{number}" if source is None else source.replace("-", "_")
            where = "" if source is None else f"where source = '{source}'"
            self.database.execute(f"create table {name} as select {select} from numbered {where}")
            self.names.append(name)

    def ask(self, sql):
        """All rows: a result that is not fetched to its end would block the connection."""
        return self.database.execute(sql).fetchall()


def cluster(linker, links, plan, names, threshold):
    if plan.once_each:
        return linker.clustering.cluster_using_single_best_links(links, duplicate_free_datasets=names, threshold_match_probability=threshold)
    return linker.clustering.cluster_pairwise_predictions_at_threshold(links, threshold_match_probability=threshold)


def write(run, tables, clusters, name="clusters.csv"):
    file = "case source_dataset when 'file_2' then 2 else 1 end" if len(tables.names) > 1 else "1"
    tables.ask(f"copy (select {file} as file, row, cluster_id as cluster from {clusters.physical_name}) to '{run.out / name}' (header)")


def look_for_new(run, tables, api, linker, frames, n):
    """Milliseconds to find the matches of one record among all, by predict_between; one after another, the first is not counted."""
    table, times = tables.names[0], []
    total = tables.ask(f"select max(row) from {table}")[0][0]
    for i in range(n + 1):
        tables.ask(f"create table new_{i} as select * replace (-row as row) from {table} where row = {1 + i * (total - 1) // n}")
        started = time.perf_counter()
        new = api.register(f"new_{i}", dataset_display_name=f"new_{i}")
        found = linker.inference.predict_between(frames, new, threshold_match_probability=LOOKED_FOR)
        tables.ask(f"select count(*) from {found.physical_name}")
        times.append(1000 * (time.perf_counter() - started))
    times = sorted(times[1:])
    run.told["new record ms"] = {"n": n, "p50": round(statistics.median(times), 1), "p99": round(times[int(len(times) * 0.99)], 1)}


def afterwards(run, plan, tables, linker, links):
    run.told["pairs"] = tables.ask(f"select count(*) from {linker.inference.compute_blocked_pairs_for_predict().physical_name}")[0][0]
    for threshold in THRESHOLDS:
        write(run, tables, cluster(linker, links, plan, tables.names, threshold), f"clusters-{threshold:.2f}.csv")


def main():
    run = Run("splink")
    name = sys.argv[3] if len(sys.argv) > 3 else next(iter(PLANS[run.work]))
    plan = PLANS[run.work][name]()
    run.told |= {"settings": name, "threshold": plan.threshold}
    tables = Tables(run, plan)
    api = DuckDBAPI(connection=tables.database)
    frames = [api.register(table, dataset_display_name=table) for table in tables.names]
    linker = Linker(frames, plan.settings)
    run.phase("read")
    plan.train(linker)
    run.phase("train")
    links = linker.inference.predict(threshold_match_probability=plan.predict)
    run.phase("predict")
    write(run, tables, cluster(linker, links, plan, tables.names, plan.threshold))
    run.phase("cluster")
    run.stop_clock()
    if len(sys.argv) > 4:
        look_for_new(run, tables, api, linker, frames, int(sys.argv[4]))
    afterwards(run, plan, tables, linker, links)
    run.tell()


main()
