/* truth-loads.csv: a line for each load that was planted, in the words that a judgement about it would use. */
#include "base/calendar.h"
#include "base/error.h"
#include "simulate/simulation.h"

static void write_planted_day(struct sink *sink, int32_t day)
{
    char text[DAY_TEXT];
    day_format(day, text);
    sink_text(sink, slice_from(text));
}

static bool write_load(struct simulation *simulation, struct sink *sink, unsigned i)
{
    const struct planted *load = &simulation->planting.loads[i];
    const struct profile_source *source = &simulation->profile->sources[load->source];
    const char *file = load->is_later ? suffixed_name(simulation, source->file, "again") : source->file;
    if (!file)
        return false;
    sink_number(sink, i + 1.0, 0);
    sink_text(sink, slice_from(source->code));
    sink_text(sink, slice_from(country_get(simulation->domain->countries, load->country)->alpha2));
    write_planted_day(sink, load->period.first);
    write_planted_day(sink, load->period.last);
    sink_text(sink, slice_from(plant_shape_name(load->shape)));
    sink_number(sink, load->shift, 0);
    sink_number(sink, load->months, 0);
    sink_number(sink, load->times, 0);
    sink_number(sink, (double)load->n_rows, 0);
    sink_number(sink, (double)load->n_more, 0);
    sink_text(sink, load->source == load->copied_from
                        ? SLICE_EMPTY
                        : slice_from(simulation->profile->sources[load->copied_from].code));
    sink_text(sink, slice_from(file));
    sink_text(sink, SLICE("SIMULATED"));
    sink_end_row(sink);
    return true;
}

enum comity_status truth_write_loads(struct simulation *simulation, struct comity_error *err)
{
    static const char *const headers[] = {"load", "source", "country", "first_day", "last_day", "shape", "shift_days",
        "shift_months", "times", "rows", "surplus", "copied_from", "file", "note"};
    struct sink *sink = NULL;
    if (!simulation->options->loads)
        return COMITY_OK;
    enum comity_status status =
        truth_open(simulation, "truth-loads.csv", headers, sizeof headers / sizeof *headers, &sink, err);
    if (status != COMITY_OK)
        return status;
    bool has_memory = true;
    for (unsigned i = 0; has_memory && i < simulation->planting.n_loads; i++)
        has_memory = write_load(simulation, sink, i);
    status = has_memory ? COMITY_OK : error_nomem(err);
    enum comity_status closed = sink_close(sink, status == COMITY_OK ? err : NULL);
    return status != COMITY_OK ? status : closed;
}
