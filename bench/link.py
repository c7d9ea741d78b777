#!/usr/bin/env python3
"""Linking beside the peers: how right, how fast, in how much memory. Part "link" of bench/run.py; by itself:

    python3 bench/link.py [--only WORK]… [--quick] [--keep] [--no-peers] [--without PEER]…

Every tool reads the same prepared files (linkage_data.py, link_world.py), runs in a process of its own and is judged by one scorer
(score.py). Comity is told the type of each column and nothing else (bench/packs). What the peers did is kept in
build/bench/peers-WORK.json; --keep takes it from there. COMITY in the environment names another program.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import re
import subprocess

import link_world
import linkage_data
import measure
import score

PEERS = measure.ROOT / "bench/peers"
PACKS = measure.ROOT / "bench/packs"
SPLINK_BLOCKS = ("first_name:3+surname:4", "surname+dob", "first_name+dob", "postcode_fake+first_name", "postcode_fake+surname",
                 "dob+birth_place", "postcode_fake:3+dob", "postcode_fake:3+first_name", "postcode_fake:3+surname",
                 "first_name:2+surname:2+dob:4")
DEDUPE_S, PEER_S, LARGE_S = 300, 600, 900


@dataclasses.dataclass
class Work:
    title: str
    peers: list  # (script, settings, seconds it may take)
    once_each: bool = False
    blocks: tuple = ()  # a second run of ours with these rules
    is_slow: bool = False


def splink(*plans):
    return [("splink", plan, PEER_S) for plan in plans]


GUIDES = [("recordlinkage", name, PEER_S) for name in ("its guide", "ECM")]
DEDUPE = [("dedupe", "", DEDUPE_S)]
WORKS = {
    "historical-50k": Work("historical_50k: 50,578 records of 5,156 people, one file", splink("its demo", "the bake-off") + DEDUPE,
                           blocks=SPLINK_BLOCKS, is_slow=True),
    "febrl3": Work("febrl3: 5,000 records, one file", splink("its demo", "the bake-off") + GUIDES + DEDUPE),
    "dblp-acm": Work("DBLP-ACM: 2,616 and 2,294 publications, each side free of duplicates",
                     splink("generic, single best links", "generic, components") + GUIDES + DEDUPE, once_each=True),
    "transactions": Work("transactions: the same 45,326 payments told by two banks, one to one",
                         splink("its demo, single best links", "its demo, components",
                                "its demo without the rule on the truth, single best links"), once_each=True, is_slow=True),
    "fake-1000": Work("fake_1000: 1,000 records, one file", splink("its tutorial") + DEDUPE),
}
# Splink does best where each source is declared free of duplicates, which is nearly so: that is the run that ratios are taken to.
# Ten million mentions are more than Splink finishes with in 24 GB (it needs 7.2 GB and 9 minutes for one): ours alone, when asked for.
LARGEST = 4600000
WORLDS = {20000: (("our rules, single best links", 50, PEER_S), ("our rules, components", 0, PEER_S)),
          460000: (("our rules, single best links", 20, LARGE_S + 300),), LARGEST: ()}


# ---- one run ----

def judged(found, truth, is_across):
    """A score, short."""
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in score.score(truth, found, is_across).items()}


def best(folder, truth, is_across):
    """The best F1 over the thresholds that a peer wrote clusters for: what somebody with labels could choose."""
    found = []
    for path in sorted(folder.glob("clusters-*.csv")):
        found.append({"threshold": float(path.stem.split("-")[1]), **judged(score.read_clusters(path, numbers(2)), truth, is_across)})
    return max(found, key=lambda row: row["f1"], default=None)


def numbers(n):
    return [pathlib.Path(str(number)) for number in range(1, n + 1)]


def run_peer(python, kind, folder, truth, is_across, peer):
    """What a peer told, with its scores; what is missing says why."""
    script, settings, seconds, *more = peer
    told = {"peer": script, "settings": settings, "load": round(os.getloadavg()[0], 1)}
    try:
        _, _, printed, _ = measure.run_measured([python, PEERS / f"with_{script}.py", kind, folder, settings, *more], timeout=seconds)
    except subprocess.TimeoutExpired as late:
        printed = late.output or ""
        if not printed.strip():
            return told | {"failed": f"did not finish in {seconds} s"}
    except measure.Failed as failure:
        return told | {"failed": str(failure).strip().splitlines()[-1][-200:]}
    told |= json.loads(printed.strip().splitlines()[-1])
    out = folder / f"{script}-{kind}"
    told["score"] = judged(score.read_clusters(out / "clusters.csv", numbers(2)), truth, is_across)
    told["best"] = best(out, truth, is_across)
    return told


def run_peers(work, kind, folder, truth, is_across, peers, arguments):
    """The rows of all peers, kept as JSON."""
    kept = measure.WORK / f"peers-{work}.json"
    if arguments.keep and kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    python = None if arguments.no_peers else measure.peers()
    if not python:
        return []
    rows = [run_peer(python, kind, folder, truth, is_across, peer) for peer in peers if peer[0] not in arguments.without]
    kept.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return rows


# ---- ours ----

def has_match():
    return subprocess.run([measure.COMITY, "match", "--help"], capture_output=True, check=False).returncode == 0


def run_ours(work, once_each, blocks, truth):
    files, out = linkage_data.files(work), measure.WORK / f"linkage/{work}/comity.csv"
    words = ["match", *files, "--pack", PACKS / f"{work}.yaml", *(["--once-each"] if once_each else [])]
    if blocks:
        words += ["--block", ",".join(blocks)]
    told = {"peer": "**comity match**", "settings": "Splink's rules" if blocks else "our defaults"}
    try:
        seconds, megabytes, _, processor_s = measure.run_measured([measure.COMITY, *words, "-o", "csv", "-q"], stdout=out, timeout=PEER_S)
    except (measure.Failed, subprocess.TimeoutExpired) as failure:
        return told | {"failed": str(failure)[-200:].strip().replace("\n", " ")}
    found = score.read_clusters(out, files)
    return told | {"seconds": round(seconds, 2), "processor seconds": round(processor_s, 2), "megabytes": round(megabytes), "score": judged(found, truth, len(files) > 1)}


def pairs_per_second(work):
    """Comparisons of two records for each second on one core, all passes, the tables of what is alike counted in."""
    told = subprocess.run([str(word) for word in (measure.COMITY, "match", *linkage_data.files(work), "--pack", PACKS / f"{work}.yaml", "--threads", 1,
                                                  "--explain", "-o", "csv")], capture_output=True, text=True, check=True).stderr
    stages = {name: int(ms) for name, ms in re.findall(r"(prepare|compare) (\d+)(?: ms)?,", told)}
    compared = int(re.search(r"(\d+) comparisons", told).group(1))
    return compared, compared / (stages["compare"] / 1000), compared / ((stages["compare"] + stages["prepare"]) / 1000)


# ---- tables ----

HEAD = ("| tool | settings | threshold | precision | recall | F1 | B³ F1 | seconds | CPU s | peak MB | pairs compared | pairs/s |\n"
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")


def shares(found):
    return " | ".join(f"{found[key]:.4f}" for key in ("precision", "recall", "f1", "b3"))


def lines(row):
    """A tool's line of the table; a second one where another threshold would have been better."""
    if "failed" in row:
        yield f"| {row['peer']} | {row['settings']} | | | | | | {row['failed']} | | | | |"
        return
    pairs, predict = row.get("pairs"), row.get("phases", {}).get("predict")
    counted = f"{pairs:,} | {pairs / predict:,.0f}" if pairs and predict else " | "
    yield (f"| {row['peer']} | {row['settings']} | {row.get('threshold', '')} | {shares(row['score'])} | {row['seconds']:.2f} | "
           f"{row['processor seconds']:.2f} | {row['megabytes']:,} | {counted} |")
    found = row.get("best")
    if found and found["f1"] > row["score"]["f1"]:
        yield f"| {row['peer']} | best threshold with labels | {found['threshold']} | {shares(found)} | | | | | |"


def beside(ours, peers):
    """One sentence of ratios to Splink's first settings."""
    theirs = next((row for row in peers if row["peer"] == "splink" and "failed" not in row), None)
    if theirs is None or "failed" in ours:
        return ""
    more = ours["score"]["f1"] - theirs["score"]["f1"]
    return (f"{ours['peer'].strip('*')} ({ours['settings']}) beside Splink ({theirs['settings']}): F1 {more:+.4f}, "
            f"{theirs['seconds'] / max(ours['seconds'], 0.01):.1f} × as fast "
            f"({theirs['processor seconds'] / max(ours['processor seconds'], 0.01):.1f} × by processor time), {ours['megabytes'] / theirs['megabytes']:.2f} of its memory.\n")


def table(out, title, ours, peers):
    out(f"#### {title}\n\n{HEAD}")
    for row in (*ours, *peers):
        for line in lines(row):
            out(line)
    out("")
    for row in ours:
        out(beside(row, peers))
    for row in peers:
        if "new record ms" in row:
            ms = row["new record ms"]
            out(f"One new record among all, by Splink's predict_between, no clusters made: p50 {ms['p50']} ms, p99 {ms['p99']} ms "
                f"({ms['n']} records).\n")


def report_file(out, work, arguments):
    plan, folder = WORKS[work], linkage_data.prepare(work)
    if not folder:
        out(f"#### {plan.title}\n\nskipped: its files are not in ../shared/data/linkage\n")
        return
    truth = linkage_data.read_truth(folder)
    ours = [run_ours(work, plan.once_each, blocks, truth) for blocks in ((), plan.blocks)[:1 + bool(plan.blocks)]] if has_match() else []
    peers = run_peers(work, work, folder, truth, len(linkage_data.files(work)) > 1, plan.peers, arguments)
    table(out, plan.title, ours, peers)
    if plan.blocks and ours:
        compared, alone, with_tables = pairs_per_second(work)
        out(f"comity match on one thread: {compared:,} comparisons of two records at {alone:,.0f} a second, or {with_tables:,.0f} with the time that the "
            "tables of what is alike take to make.\n")


def one_more(store):
    """A word and a number for each line: what one mention takes that comes to all of a store (bench_live)."""
    subprocess.run(["cmake", "--build", measure.ROOT / "build/release", "--target", "bench_live"], check=True, capture_output=True)
    done = subprocess.run([measure.ROOT / "build/release/bench_live", store], capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def report_one_more(out, store):
    found = one_more(store)
    out(f"One new record among {int(found['mentions']):,}, its cluster and all others kept, without the commit: p50 {found['came_p50_us']} us, "
        f"p99 {found['came_p99_us']} us, p99.9 {found['came_p999_us']} us; one taken back: p50 {found['went_p50_us']} us, p99 {found['went_p99_us']} us "
        f"(10,000 records, load {os.getloadavg()[0]:.1f}). Clusters in the end as in the beginning: {found['as_before']}.\n")


def report_world(out, events, arguments):
    folder, store = link_world.prepare(events)
    truth = linkage_data.read_truth(folder)
    ours, clusters = link_world.link(folder, store)
    ours |= {"peer": "**comity link**", "settings": "our defaults", "score": judged(clusters, truth, False)}
    peers = [("splink", plan, limit, *([str(n)] if n else [])) for plan, n, limit in WORLDS[events]]
    table(out, f"simulated seizures, five sources, {len(truth):,} mentions of {events:,} events; typed values alike for both", [ours],
          run_peers(f"seizures-{events}", "seizures", folder, truth, False, peers, arguments))
    if events != LARGEST:
        report_one_more(out, store)


def report(out, quick, only=(), keep=False, no_peers=False, without=()):
    """All works; only the quick ones, or those named. out: takes a line of Markdown."""
    arguments = argparse.Namespace(keep=keep, no_peers=no_peers, without=without)
    out(f"### Linking, beside {measure.versions()}\n")
    out("Seconds and peak memory are of the whole process, from its start to the clusters on disk, start-up and reading included. Pairs/s is "
        "Splink's pairs over its predict time alone. \"Best threshold with labels\" is the best F1 of 0.5 to 0.99, which needs the truth. "
        "dedupe learns from 100 + 100 pairs labelled by the truth, and one rule of Splink's demo of transactions blocks on it; nothing else "
        "is told any truth.\n")
    if not has_match():
        out("**`comity match` is missing in this build: the rows of the peers stand alone.**\n")
    for work, plan in WORKS.items():
        if work in only or (not only and not (quick and plan.is_slow)):
            report_file(out, work, arguments)
    for events in WORLDS:
        if f"seizures-{events}" in only or (not only and events != LARGEST and not (quick and events > 20000)):
            report_world(out, events, arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", action="append", default=[], choices=[*WORKS, *(f"seizures-{events}" for events in WORLDS)])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--without", action="append", default=[], choices=["splink", "recordlinkage", "dedupe"], help="this peer")
    arguments = parser.parse_args()
    report(lambda line: print(line, flush=True), arguments.quick, arguments.only, arguments.keep, arguments.no_peers, arguments.without)


if __name__ == "__main__":
    main()
