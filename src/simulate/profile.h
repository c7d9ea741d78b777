/* profile.h - what a simulated world is made of: which concepts in what amounts, where, and who tells of them how.
 *
 * A profile is a YAML file of the domain pack (simulate.yaml), so that the simulator knows no subject. Its codes are
 * checked against the pack when it is read. Names in the files that the simulator writes are the pack's own labels in
 * the source's language.
 */
#ifndef SIMULATE_PROFILE_H
#define SIMULATE_PROFILE_H

#include "domain/domain.h"

/* One concept: amounts are log-normal around a median, in `unit`. */
struct profile_concept {
    const char *code;
    double weight;
    const char *unit;
    double median;
    double spread; /* standard deviation of the natural logarithm */
    uint32_t concept_id, unit_id;
};
struct profile_country {
    const char *code;
    double weight;
    const char *region, *subregion; /* as lists of the world's regions name them; may be null */
    uint16_t id;
};
/* Another field that events have: a category (picked by rank, the first of its table most often) or a country. */
struct profile_attribute {
    const char *field;
    const char **countries; /* for country fields */
    unsigned countries_count;
    int field_id;
};
/* How a source writes amounts of a dimension. */
struct profile_unit {
    const char *unit; /* a unit of the pack; its dimension is what it stands for */
    const char *text; /* as the source spells it */
    int decimals;
    uint32_t unit_id;
};
/* A column of a source's file. `what`: key, case, date, country, subdivision, place, concept, amount, unit, amount_unit
 * (both in one cell), region, subregion, alpha3, story (a sentence), note, or a field's id. In JSON a header
 * "lieu.pays" is a key in an object. */
struct profile_column {
    const char *header;
    const char *what;
    int field_id;
};
struct profile_source {
    const char *code, *file, *language;
    const char *date_form; /* "ymd", "dmy", "mdy", "d.m.y" (text), "long" (with the names in `months`) or "cell" (a
                              date cell of a workbook) */
    const char *note;      /* "SIMULATED", in the source's language */
    const char *delimiter; /* of CSV; null: a comma */
    const char *about;     /* stands before rounded amounts in amount_unit; may be null */
    const char **months;   /* for "long": twelve names */
    unsigned months_count;
    const char **countries; /* of which it tells; none: all */
    unsigned countries_count;
    const char **stories; /* sentences with {place}, {subdivision}, {country}, {concept}, {amount}: the first one whose
                             words are all known is told */
    unsigned stories_count;
    double seen;       /* times the share of cases that every source sees; 0: 1 */
    unsigned digits;   /* every amount has so few digits; 0: only some are rounded */
    unsigned lag_days; /* rows are dated by up to so many days late, most of them by few; 0: see simulate.h */
    unsigned first_year, last_year; /* of a layout's workbook: the years that it holds; 0: all */
    bool has_decimal_comma;
    bool prefers_large;       /* tells of large events rather than of small ones */
    bool has_running_numbers; /* its numbers are those of the export: another edition has others */
    bool has_sheet_per_year;
    bool is_falling_silent;    /* this is the source that says nothing for a while, if one is to */
    bool is_upper_case;        /* writes names in capitals */
    bool has_several_per_case; /* rows of one case share a case number; otherwise each row has a number of its own */
    bool is_loaded_twice;      /* this is the source with the period that was loaded twice */
    bool is_revised;           /* this is the source with a second edition */
    struct profile_unit *units;
    unsigned units_count;
    struct profile_column *columns;
    unsigned columns_count;
    int language_number;
};
struct profile {
    const char *profile; /* name */
    double events_per_day;
    double twice;   /* of a layout's rows: told by two authorities of the country, each in its own way */
    unsigned towns; /* of each country, the most populous */
    struct profile_country *countries;
    unsigned countries_count;
    struct profile_concept *concepts;
    unsigned concepts_count;
    struct profile_attribute *attributes;
    unsigned attributes_count;
    struct profile_source *sources;
    unsigned sources_count;
};

enum { PROFILE_MOST_ATTRIBUTES = 12 };

/* Reads and checks a file of the pack: PROFILE_FILE, or the layout of somebody's workbooks. Free with profile_free. */
#define PROFILE_FILE "simulate.yaml"
enum comity_status profile_load(
    const struct domain *domain, const char *name, struct profile **out, struct comity_error *err) COMITY_MUST_USE;
void profile_free(struct profile *profile);

/* The unit of the pack with this code; UINT32_MAX. */
uint32_t profile_unit_find(const struct domain *domain, const char *code);
/* Whether the source tells of this country at all. */
bool profile_source_sees(const struct domain *domain, const struct profile_source *source, uint16_t country);

#endif
