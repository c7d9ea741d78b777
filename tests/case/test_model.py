#!/usr/bin/env python3
"""Models as files: what was trained is shown, compared and used again, and what does not fit is refused with a reason."""
from case import run, test


def two_sources(desk, seed=51, folder="world"):
    desk.world(1500, seed, folder=folder)
    desk("init")
    desk.take_world(folder)


@test
def a_trained_model_links_as_linking_itself_does(desk):
    two_sources(desk)
    desk("model", "train", "--out", "a.model")
    assert desk.json("model", "show", "a.model")["trained_on"] > 1000
    under = desk.json("link", "--model", "a.model")
    by_itself = desk.json("link")
    assert not under["is_new_model"] and by_itself["is_new_model"]
    for member in ("mentions", "entities", "edges", "trained_on", "interval"):
        assert under[member] == by_itself[member], (member, under[member], by_itself[member])
    shown, kept = desk.json("model", "show", "a.model"), desk.json("model", "show")
    assert shown["version"] == kept["version"], (shown["version"], kept["version"])


@test
def training_publishes_nothing(desk):
    two_sources(desk)
    desk.refuses(6, "model", "show")
    desk("model", "train", "--out", "a.model")
    assert "no model" in desk.refuses(6, "model", "show")


@test
def a_model_tells_what_it_has_learned(desk):
    two_sources(desk)
    model = desk.json("model", "train")
    assert model["domain"] == "drugs" and 0 < model["told_by_others"] < 1, model
    assert {row["source"] for row in model["sources"]} == {"sim-customs", "sim-police"}, model["sources"]
    assert {row["pairs"] for row in model["levels"]} == {"within a source", "across sources"}
    same_day = next(row for row in model["levels"] if row["level"] == "same day" and row["pairs"] == "across sources")
    assert same_day["m"] > same_day["u"] and same_day["bits"] > 0, same_day
    text = desk("model", "train").out
    assert "same day" in text and "sim-police" in text


@test
def models_are_compared(desk):
    two_sources(desk)
    desk("model", "train", "--out", "a.model")
    desk.load("more.csv", (desk.path("world") / "customs.csv").read_bytes().replace(b"R0", b"S0"), "simulated-customs")
    desk("model", "train", "--out", "b.model")
    both = desk.json("model", "compare", "a.model", "b.model")
    assert not both["is_same"] and both["trained_on_b"] > both["trained_on_a"], both
    assert any(abs(row["difference"]) > 0.1 for row in both["levels"])
    assert all(abs(row["bits_b"] - row["bits_a"] - row["difference"]) < 1e-9 for row in both["levels"])
    assert desk.json("model", "compare", "a.model", "a.model")["is_same"]
    assert "same model" in desk("model", "compare", "a.model", "a.model").out
    assert "b - a" in desk("model", "compare", "a.model", "b.model").out


@test
def what_does_not_fit_is_refused(desk):
    two_sources(desk)
    desk("model", "train", "--out", "a.model")
    whole = desk.path("a.model").read_bytes()
    assert whole.startswith(b"comity-model 1 drugs "), whole[:40]
    desk.write("cut.model", whole[:-10])
    assert "altered or cut off" in desk.refuses(1, "model", "show", "cut.model")
    desk.write("other.model", whole.replace(b" drugs ", b" people ", 1))
    assert "domain 'people'" in desk.refuses(6, "link", "--model", "other.model")
    desk.write("none.model", b"something else\n")
    assert "no model" in desk.refuses(1, "link", "--model", "none.model")
    assert "none.such" in desk.refuses(4, "model", "show", "none.such")
    desk.refuses(2, "model", "mend")
    desk.refuses(2, "model", "compare", "a.model")


@test
def a_source_that_the_model_does_not_know_is_told(desk):
    desk.world(500, 52, "--sources", 5)
    desk("init")
    desk.take_world()
    desk("model", "train", "--out", "two.model")
    desk.take_world(files=("register.csv",))
    assert "was not trained on" in desk.refuses(6, "link", "--model", "two.model")
    assert desk.json("link")["is_new_model"]


run()
