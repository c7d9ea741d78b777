"""How Splink is set up for each file: the facts (rules, comparisons, training, thresholds) of Splink's own demos where it has one for
that file (docs/demos/examples/duckdb of release 5.0.0 and the tutorial for fake_1000), of the bake-off that another tool published
(GoldenMatch, 2026-06-09) for `bakeoff`, and our own generic choice for DBLP-ACM, which has neither.

A plan: select (SQL over the file's columns, all text), settings, train(linker), predict (the least probability kept, or None),
threshold (of clusters), once_each (cluster with single best links, all files declared free of duplicates).
"""
import dataclasses
import typing

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import ColumnExpression, SettingsCreator, block_on


@dataclasses.dataclass
class Plan:
    settings: SettingsCreator
    train: typing.Callable
    threshold: float
    predict: float | None = None
    select: str = "*"
    once_each: bool = False
    by_source: bool = False  # the one file is several: its column `source` tells which


def settings(comparisons, rules, link_type="dedupe_only", **more):
    return SettingsCreator(link_type=link_type, unique_id_column_name="row", comparisons=comparisons,
                           blocking_rules_to_generate_predictions=rules, **more)


def trained(prior, recall, pairs, em, **options):
    """The usual order: the prior from rules that are nearly always right, u by sampling, m by EM within blocks."""
    def train(linker):
        if prior:
            linker.training.estimate_probability_two_random_records_match(prior, recall=recall)
        linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=1)
        for rule in em:
            linker.training.estimate_parameters_using_expectation_maximisation(rule, **options)
    return train


def historical_demo():
    rules = [block_on("substr(first_name,1,3)", "substr(surname,1,4)"), block_on("surname", "dob"), block_on("first_name", "dob"),
             block_on("postcode_fake", "first_name"), block_on("postcode_fake", "surname"), block_on("dob", "birth_place"),
             block_on("substr(postcode_fake,1,3)", "dob"), block_on("substr(postcode_fake,1,3)", "first_name"),
             block_on("substr(postcode_fake,1,3)", "surname"),
             block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)")]
    comparisons = [cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"),
                   cl.DateOfBirthComparison("dob", input_is_string=True), cl.PostcodeComparison("postcode_fake"),
                   cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
                   cl.ExactMatch("occupation").configure(term_frequency_adjustments=True)]
    prior = [block_on("first_name", "surname", "dob"), block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
             block_on("dob", "postcode_fake")]
    return Plan(settings(comparisons, rules, retain_intermediate_calculation_columns=True),
                trained(prior, 0.6, 1e7, [block_on("first_name", "surname"), block_on("dob")], estimate_without_term_frequencies=True),
                threshold=0.95, select="*, first_name || ' ' || surname as first_name_surname_concat")


def person_bakeoff(first, surname, born, exact):
    em = [block_on(surname, born), block_on(first, born)]
    comparisons = [cl.JaroWinklerAtThresholds(first, [0.9, 0.7]), cl.JaroWinklerAtThresholds(surname, [0.9, 0.7]),
                   cl.DamerauLevenshteinAtThresholds(born, [1, 2]), *(cl.ExactMatch(column) for column in exact)]
    rules = [block_on(surname, f"substr({born}, 1, 4)"), block_on(first, f"substr({born}, 1, 4)"),
             block_on(next(column for column in exact if column.startswith("postcode")))]
    return Plan(settings(comparisons, rules), trained(em, 0.7, 2e6, em), threshold=0.95, predict=0.5)


def febrl3_demo():
    swapped = "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
    comparisons = [cl.NameComparison("given_name"), cl.NameComparison("surname"),
                   cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
                   cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
                   cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
                   cl.ExactMatch("postcode").configure(term_frequency_adjustments=True)]
    rules = [block_on(column) for column in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
    prior = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), swapped]
    return Plan(settings(comparisons, rules, retain_intermediate_calculation_columns=True),
                trained(prior, 0.9, 1e6, [block_on("date_of_birth"), block_on("postcode")]), threshold=0.5, predict=0.2)


def fake_1000_tutorial():
    comparisons = [cl.NameComparison("first_name"), cl.NameComparison("surname"),
                   cl.LevenshteinAtThresholds(ColumnExpression("dob").cast_to_string(), 1),
                   cl.ExactMatch("city").configure(term_frequency_adjustments=True), cl.EmailComparison("email")]
    rules = [block_on("first_name", "city"), block_on("surname"), block_on("dob")]
    prior = [block_on("first_name", "dob"), "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2", block_on("email")]
    return Plan(settings(comparisons, rules, retain_intermediate_calculation_columns=True),
                trained(prior, 0.7, 2e6, [block_on("first_name", "surname"), block_on("dob")]), threshold=0.2, predict=0.1)


def dblp_acm_generic(once_each):
    comparisons = [cl.JaroWinklerAtThresholds("title", [0.95, 0.88]), cl.JaroWinklerAtThresholds("authors", [0.9, 0.7]),
                   cl.ExactMatch("venue"), cl.ExactMatch("year")]
    rules = [block_on("substr(title,1,12)"), block_on("year", "substr(title,1,5)"), block_on("authors"),
             block_on("year", "substr(authors,1,5)")]
    return Plan(settings(comparisons, rules, "link_only"),
                trained([block_on("title", "year")], 0.8, 2e6, [block_on("title"), block_on("year", "substr(authors,1,5)")]),
                threshold=0.95, predict=0.01, select="id, lower(title) title, lower(authors) authors, lower(venue) venue, year",
                once_each=once_each)


DAYS = "transaction_date_r - transaction_date_l <= {n} and transaction_date_r >= transaction_date_l"
CLOSE = "substr(l.memo,1,3) = substr(r.memo,1,3) and l.amount/r.amount > 0.7 and l.amount/r.amount < 1.3"


def level(condition, label, **more):
    return {"sql_condition": condition, "label_for_charts": label, **more}


def levels(column, *given):
    return {"output_column_name": column, "comparison_levels": [cll.NullLevel(column), *given, cll.ElseLevel()]}


def transactions_demo(is_cheating, once_each):
    """The demo's rules hold one that blocks on the truth itself (it calls it "cheat"): told with and without."""
    rules = [f"strftime(l.transaction_date, '%Y%m') = strftime(r.transaction_date, '%Y%m') and {CLOSE}",
             f"strftime(l.transaction_date+15, '%Y%m') = strftime(r.transaction_date, '%Y%m') and {CLOSE}",
             block_on("substr(memo,1,9)"),
             "round(l.amount/2,0)*2 = round(r.amount/2,0)*2 and yearweek(r.transaction_date) = yearweek(l.transaction_date)",
             "round(l.amount/2,0)*2 = round((r.amount+1)/2,0)*2 and yearweek(r.transaction_date) = yearweek(l.transaction_date + 4)",
             *([block_on("ground_truth")] if is_cheating else [])]
    shares = (cll.PercentageDifferenceLevel("amount", p) for p in (0.01, 0.03, 0.1, 0.3))
    amount = levels("amount", cll.ExactMatchLevel("amount"), *shares)
    date = levels("transaction_date", *(level(DAYS.format(n=n), f"{n} days") for n in (1, 4, 10, 30)))
    return Plan(settings([amount, cl.LevenshteinAtThresholds("memo", [2, 6, 10]), date], rules, "link_only",
                         probability_two_random_records_match=1 / 45326, retain_intermediate_calculation_columns=True),
                trained(None, None, 1e6, [block_on("memo"), block_on("amount")]), threshold=0.5, predict=0.001, once_each=once_each,
                select="ground_truth, memo, date '1970-01-01' + transaction_date::int as transaction_date, amount::double as amount")


AMOUNT = "amount_l is null or amount_r is null or dimension_l <> dimension_r"
TYPED = """row, source, drug, drug_group, country, place_subdivision, place, transport, installation, hiding, routing, departure, destination,
    dimension, amount::double as amount, dimension || ':' || amount as amount_text, datediff('day', date '2000-01-01', date::date) as day,
    datediff('day', date '2000-01-01', date::date) // 7 as week, (datediff('day', date '2000-01-01', date::date) + 3) // 7 as shifted_week,
    datediff('day', date '2000-01-01', date::date) // 31 as month, round(ln(greatest(amount::double, 1e-9)) * 8)::int as bucket"""


def seizures(once_each):
    """Ours, as somebody who knows both the data and Splink would write it: the rules are those of `comity link` in the form of equal keys
    (weeks and months for windows, eighths of a logarithm for "within 12 %"), the comparisons have the same steps."""
    rules = [block_on("country", "day", "drug_group"), block_on("country", "drug_group", "dimension", "bucket", "month"),
             block_on("country", "drug_group", "amount_text", "month"), block_on("place", "drug_group", "week"),
             block_on("place", "drug_group", "shifted_week"), block_on("country", "place_subdivision", "drug_group", "week"),
             block_on("country", "dimension", "bucket", "week")]
    day = levels("day", *(level(f"abs(day_l - day_r) <= {n}", f"{n} days") for n in (0, 1, 3, 7, 31)))
    place = levels("place", cll.ExactMatchLevel("place", term_frequency_adjustments=True), cll.ExactMatchLevel("place_subdivision"),
                   cll.ExactMatchLevel("country"))
    drug = levels("drug", cll.ExactMatchLevel("drug", term_frequency_adjustments=True), cll.ExactMatchLevel("drug_group"))
    shares = (level(f"abs(amount_l - amount_r) <= {p} * greatest(amount_l, amount_r)", f"{p:.1%}") for p in (0.002, 0.01, 0.05, 0.2))
    amount = {"output_column_name": "amount", "comparison_levels": [
        level(AMOUNT, "unknown", is_null_level=True), cll.ExactMatchLevel("amount_text", term_frequency_adjustments=True), *shares,
        cll.ElseLevel()]}
    exact = [cl.ExactMatch(column) for column in ("transport", "installation", "hiding", "routing", "departure", "destination")]
    comparisons = [day, place, drug, amount, *exact, *([] if once_each else [cl.ExactMatch("source")])]
    prior = [block_on("country", "place", "day", "drug", "amount_text")]
    return Plan(settings(comparisons, rules, "link_only" if once_each else "dedupe_only"),
                trained(prior, 0.2, 1e7, [block_on("country", "day", "drug_group"), block_on("country", "drug_group", "amount_text")]),
                threshold=0.95, predict=0.05, select=TYPED, once_each=once_each, by_source=once_each)


# work: {name of the plan: its maker}; the first is the one that ratios are taken to.
PLANS = {
    "historical-50k": {
        "its demo": historical_demo,
        "the bake-off": lambda: person_bakeoff("first_name", "surname", "dob", ["birth_place", "postcode_fake", "occupation"])},
    "febrl3": {
        "its demo": febrl3_demo,
        "the bake-off": lambda: person_bakeoff("given_name", "surname", "date_of_birth", ["postcode", "suburb", "state"])},
    "dblp-acm": {"generic, single best links": lambda: dblp_acm_generic(True), "generic, components": lambda: dblp_acm_generic(False)},
    "transactions": {"its demo, single best links": lambda: transactions_demo(True, True),
                     "its demo, components": lambda: transactions_demo(True, False),
                     "its demo without the rule on the truth, single best links": lambda: transactions_demo(False, True)},
    "fake-1000": {"its tutorial": fake_1000_tutorial},
    "seizures": {"our rules, single best links": lambda: seizures(True), "our rules, components": lambda: seizures(False)},
}
