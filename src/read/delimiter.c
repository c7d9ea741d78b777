/* The delimiter is the character that the lines agree on: most lines have the same number of it, outside quotes. */
#include "read/format.h"

enum { SAMPLE_LINES = 60 };

/* Counts `delimiter` outside quotes in each of the first lines; returns how many lines. The last line may be cut and is
 * left out. */
static size_t count_in_lines(struct slice piece, char quote, char delimiter, unsigned counts[SAMPLE_LINES])
{
    size_t n = 0;
    unsigned count = 0;
    bool is_quoted = false, is_text = false;
    for (size_t i = 0; i < piece.len && n < SAMPLE_LINES; i++) {
        char c = piece.ptr[i];
        if (c == quote)
            is_quoted = !is_quoted;
        else if (!is_quoted && c == delimiter)
            count++;
        else if (!is_quoted && (c == '\n' || c == '\r')) {
            if (is_text)
                counts[n++] = count;
            count = 0;
            is_text = false;
            continue;
        }
        is_text = true;
    }
    if (!n && is_text)
        counts[n++] = count;
    return n;
}

/* The share of lines that have the most frequent count above zero, times a little for a higher count. */
static double agreement(const unsigned *counts, size_t n)
{
    double best = 0;
    for (size_t i = 0; i < n; i++) {
        size_t same = 0;
        for (size_t j = 0; j < n; j++)
            same += counts[j] == counts[i];
        double score = counts[i] ? (double)same / (double)n + 0.001 * (counts[i] < 100 ? counts[i] : 100) : 0;
        if (score > best)
            best = score;
    }
    return best;
}

char csv_guess_delimiter(struct slice piece, char quote)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    char best = ',';
    double most = 0;
    for (size_t i = 0; i < sizeof candidates; i++) {
        unsigned counts[SAMPLE_LINES];
        size_t n = count_in_lines(piece, quote, candidates[i], counts);
        double score = agreement(counts, n);
        if (score > most) {
            most = score;
            best = candidates[i];
        }
    }
    return best;
}
