#!/usr/bin/env python3
"""Worlds of the simulator, of which those of new seeds (--first) nobody has tuned anything on: how right links, totals and repeated loads are. Part "worlds" of bench/run.py; by itself:

    python3 bench/worlds.py [--seeds 20] [--first 701] [--events 40000] [--only SETTING]… [--no-peers]

Each seed is told in five settings by five sources, imported, linked and judged; two worlds at a time, so nothing is said of speed. What was
found of a world is kept in build/bench/worlds/SETTING-SEED-EVENTS.json, and a run that was cut goes on from there, as long as the program and the
domain pack are the same bytes. Splink takes the first seed of each setting: the same typed values, by the plan of bench/link.py.
"""
import argparse
import collections
import concurrent.futures
import csv
import hashlib
import json
import shutil
import statistics
import sys

import link
import link_world
import linkage_data
import measure
import simulated

EVENTS, FIRST_SEED, SEEDS = 40000, 701, 20
SETTINGS = {"loads": ("--loads", 6), "parts": ("--parts", 0.06), "sums": ("--beside", 0.03), "lags": ("--lag", 0.4), "nulls": ("--nulls", 0.25)}
PEERS = ("our rules, single best links", "our rules, components")
ASKED_F1, ASKED_WORST_F1, ASKED_TOTAL, ASKED_FOUND, ASKED_ALARMS = 0.97, 0.94, 2, 0.99, 1
MANY = 100  # events: with fewer, one twin may be more than the error that is asked for
KEPT = measure.WORK / "worlds"


# ---- one world ----

def totals(folder, rows):
    """By drug: the truth, what was counted, and how many events it is."""
    with open(folder / "truth-totals.csv", newline="", encoding="utf-8") as file:
        events = {(row["concept"], row["dimension"]): int(row["events"]) for row in csv.DictReader(file)}
    return [{"drug": row["concept"], "dimension": row["dimension"], "events": events[row["concept"], row["dimension"]],
             "truth": row["truth"], "counted": row["counted once"]} for row in rows]


def loads(folder, report):
    told, truths = simulated.found(report), simulated.planted(folder) + simulated.repeated_days(folder)
    return {"planted": len(truths), "found": sum(simulated.is_found(truth, told) for truth in truths),
            "missed": [truth.row for truth in truths if not simulated.is_found(truth, told)],
            "alarms": [load.row for load in simulated.alarms(told, truths)], "clean months": simulated.clean_months(folder, truths)}


def run_splink(python, folder, store):
    prepared = link_world.write_mentions(folder, store)
    truth = linkage_data.read_truth(prepared)
    return [link.run_peer(python, "seizures", prepared, truth, False, ("splink", plan, link.PEER_S)) for plan in PEERS]


def judge(setting, seed, events, python):
    """A world, made, linked, judged and thrown away."""
    folder = KEPT / f"{setting}-{seed}-{events}"
    shutil.rmtree(folder, ignore_errors=True)
    store = link_world.make(folder, "--events", events, "--seed", seed, *SETTINGS[setting])
    told = {"splink": run_splink(python, folder, store)} if python else {}
    truth = ("evaluate", "--truth", folder / "truth.csv", "-o", "json", "--store", store)
    report = json.loads(measure.ask("link", "--threads", 1, "-o", "json", "--store", store))
    found = json.loads(measure.ask(*truth, "--totals", folder / "truth-totals.csv"))
    told |= {"links": found["links"], "by source": json.loads(measure.ask(*truth, "--by-source")),
             "totals": totals(folder, found["totals"]), "loads": loads(folder, report)}
    shutil.rmtree(folder)
    return told


def version():
    """Of what the results depend on."""
    digest = hashlib.sha256(measure.COMITY.read_bytes())
    for path in sorted((measure.ROOT / "domains").rglob("*.yaml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def judged(setting, seed, events, python, program):
    """What is kept of a world, or what is found now."""
    path = KEPT / f"{setting}-{seed}-{events}.json"
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["program"] == program and (not python or "splink" in kept):
            return kept
    told = {"program": program, "setting": setting, "seed": seed, "events": events, **judge(setting, seed, events, python)}
    path.write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(f"bench: {setting}, seed {seed}: F1 {told['links'][0]['f1']:.4f}", file=sys.stderr, flush=True)
    return told


def run(settings, seeds, events, python):
    """All worlds, in order."""
    KEPT.mkdir(parents=True, exist_ok=True)
    program = version()
    works = [(setting, seed, events, python if seed == seeds[0] else None, program) for seed in seeds for setting in settings]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda work: judged(*work), works))


# ---- what many worlds say ----

def error(truth, counted):
    return 100 * abs(counted - truth) / truth


def weighed(world):
    """Of all that is weighed, in percent: the error of the sum, and the sum of the errors of each drug."""
    rows = [row for row in world["totals"] if row["dimension"] == "mass"]
    truth = sum(row["truth"] for row in rows)
    return error(truth, sum(row["counted"] for row in rows)), 100 * sum(abs(row["counted"] - row["truth"]) for row in rows) / truth


def single_drugs(worlds):
    return [error(row["truth"], row["counted"]) for world in worlds for row in world["totals"] if row["events"] >= MANY]


def spread(values):
    return f"{statistics.median(values):.2f} / {measure.percentile(values, .9):.2f} / {max(values):.2f}"


def of(worlds, setting):
    return [world for world in worlds if world["setting"] == setting]


def f1s(worlds, method=0):
    return [world["links"][method]["f1"] for world in worlds]


def alarms_per_100(worlds):
    return 100 * sum(len(world["loads"]["alarms"]) for world in worlds) / sum(world["loads"]["clean months"] for world in worlds)


def loads_of(worlds, what):
    return sum(world["loads"][what] for world in worlds)


def splink_f1s(worlds):
    """The medians of both plans, and of the best threshold of the better one; without peers nothing."""
    taken = [rows for rows in (world.get("splink", ()) for world in worlds) if rows and not any("failed" in row for row in rows)]
    if not taken:
        return ""
    best = statistics.median(max(row["best"]["f1"] for row in rows) for rows in taken)
    plans = (statistics.median(row["score"]["f1"] for row in plan) for plan in zip(*taken))
    return " / ".join(f"{f1:.3f}" for f1 in (*plans, best))


HEAD = ("| setting | worlds | F1, median | worst | all that is weighed | each drug, weighted | single drugs | loads found | false alarms | "
        "exact-key join F1 | Splink F1 |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")


def line(name, worlds):
    found = f1s(worlds)
    return (f"| {name} | {len(worlds)} | {statistics.median(found):.4f} | {min(found):.4f} | {spread([weighed(world)[0] for world in worlds])} | "
            f"{spread([weighed(world)[1] for world in worlds])} | {spread(single_drugs(worlds))} | "
            f"{loads_of(worlds, 'found')} of {loads_of(worlds, 'planted')} | {alarms_per_100(worlds):.2f} | {statistics.median(f1s(worlds, 1)):.3f} | "
            f"{splink_f1s(worlds)} |")


def reached(worlds):
    """What was asked for, and what came of it."""
    found, drugs, all_weighed = f1s(worlds), single_drugs(worlds), [weighed(world)[0] for world in worlds]
    hit, planted, alarms = loads_of(worlds, "found"), loads_of(worlds, "planted"), alarms_per_100(worlds)
    medians = [statistics.median(f1s(of(worlds, setting))) for setting in SETTINGS if of(worlds, setting)]
    yield f"F1 {ASKED_F1} median", statistics.median(found) >= ASKED_F1, f"{statistics.median(found):.4f}"
    yield "the same in each setting", min(medians) >= ASKED_F1, f"in {sum(median >= ASKED_F1 for median in medians)} of {len(medians)}"
    yield f"F1 {ASKED_WORST_F1} worst", min(found) >= ASKED_WORST_F1, f"{min(found):.4f}"
    yield (f"all that is weighed within {ASKED_TOTAL} %", max(all_weighed) <= ASKED_TOTAL,
           f"in {sum(value <= ASKED_TOTAL for value in all_weighed)} of {len(worlds)} worlds")
    yield (f"single drugs of {MANY} events or more within {ASKED_TOTAL} %", max(drugs) <= ASKED_TOTAL,
           f"{sum(value <= ASKED_TOTAL for value in drugs)} of {len(drugs)}")
    yield f"{ASKED_FOUND:.0%} of loads found", hit >= ASKED_FOUND * planted, f"{hit} of {planted}"
    yield (f"at most {ASKED_ALARMS} false alarm in 100 clean country-months", alarms <= ASKED_ALARMS,
           f"{sum(len(world['loads']['alarms']) for world in worlds)} in {loads_of(worlds, 'clean months')}")


def between(worlds):
    """(pairs that are wrong or missing, all true ones) of each two sources."""
    amiss, true = collections.Counter(), collections.Counter()
    for world in worlds:
        for row in world["by source"]:
            sources = tuple(sorted(name.removeprefix("sim-") for name in (row["source"], row["other source"])))
            amiss[sources] += row["true pairs"] + row["found pairs"] - 2 * row["right pairs"]
            true[sources] += row["true pairs"]
    return amiss, true


def where_it_is_wrong(worlds):
    amiss, true = between(worlds)
    all_, newsroom = sum(amiss.values()), sum(n for sources, n in amiss.items() if "newsroom" in sources)
    within = sum(n for (one, other), n in amiss.items() if one == other)
    most = ", ".join(f"{' and '.join(sources)} {n:,} ({true[sources]:,} true pairs)" for sources, n in amiss.most_common(4))
    return (f"Of {all_:,} pairs that were linked wrongly or missed {newsroom / max(all_, 1):.0%} have the newsroom on one side or both, and "
            f"{within / max(all_, 1):.0%} are within one source. Most: {most}.\n")


def report(out, n, only=(), no_peers=False, first=FIRST_SEED, events=EVENTS):
    """Seeds from the first one on, in all settings or some. out: takes a line of Markdown."""
    settings, seeds = [name for name in SETTINGS if name in only or not only], list(range(first, first + n))
    worlds = run(settings, seeds, events, None if no_peers else measure.peers())
    out(f"### Worlds of the simulator: {events:,} events, five sources, seeds {seeds[0]} to {seeds[-1]}\n")
    out(f"Errors of totals are in percent, median / nine in ten / worst; single drugs are those of {MANY} events or more. Among the loads are the six "
        f"days that customs load twice in every world; false alarms are for 100 clean country-months. Splink took the first seed of each setting: {' / '.join(PEERS)}, both at 0.95 / the better one at the best threshold, "
        "which needs the truth.\n")
    out(HEAD)
    for name in settings:
        words = " ".join(map(str, SETTINGS[name]))
        out(line(f"{name} (`{words}`)", of(worlds, name)))
    out(line("**all**", worlds))
    out("\n| asked for | | measured |\n|---|---|---|")
    for asked, is_so, measured in reached(worlds):
        out(f"| {asked} | {'yes' if is_so else '**no**'} | {measured} |")
    out("")
    out(where_it_is_wrong(worlds))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first of them: develop on others than those that are reported")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"of each world (default {EVENTS}); among a few thousand one event of some tonnes is more than 2 %% of all")
    parser.add_argument("--only", action="append", default=[], choices=list(SETTINGS))
    parser.add_argument("--no-peers", action="store_true")
    arguments = parser.parse_args()
    report(lambda text: print(text, flush=True), arguments.seeds, arguments.only, arguments.no_peers, arguments.first, arguments.events)


if __name__ == "__main__":
    main()
