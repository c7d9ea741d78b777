/* The bar appears only after a second, so that quick work stays quiet, and is redrawn ten times a second at most. */
#include "base/calendar.h"
#include "cli/cli.h"
#include "cli/signals.h"

enum { QUIET_MS = 1000, REDRAW_MS = 100, BAR_WIDTH = 28 };

static void draw(struct progress_bar *bar, const char *stage, uint64_t done, uint64_t total, uint64_t now)
{
    if (total) {
        unsigned filled = (unsigned)(done >= total ? BAR_WIDTH : done * BAR_WIDTH / total);
        char line[BAR_WIDTH + 1];
        for (unsigned i = 0; i < BAR_WIDTH; i++)
            line[i] = i < filled ? '#' : '.';
        line[BAR_WIDTH] = '\0';
        fprintf(stderr, "\r\033[K%-12s [%s] %3u %%", stage, line, (unsigned)(done >= total ? 100 : done * 100 / total));
        uint64_t spent = now - bar->started_ms;
        if (done && done < total)
            fprintf(stderr, "  %llu s to go", (unsigned long long)(spent * (total - done) / done / 1000));
    } else {
        fprintf(stderr, "\r\033[K%-12s %llu", stage, (unsigned long long)done);
    }
    fflush(stderr);
    bar->is_drawn = true;
    bar->drawn_ms = now;
}

static bool tell(void *context, const char *stage, uint64_t done, uint64_t total)
{
    struct progress_bar *bar = context;
    uint64_t now = clock_ms();
    if (strncmp(bar->stage, stage, sizeof bar->stage - 1) != 0) {
        snprintf(bar->stage, sizeof bar->stage, "%s", stage);
        if (!bar->is_drawn && now - bar->started_ms < QUIET_MS) {
            /* still within the quiet second of the whole work */
        } else {
            bar->started_ms = now - QUIET_MS;
        }
    }
    if (bar->is_shown && now - bar->started_ms >= QUIET_MS && now - bar->drawn_ms >= REDRAW_MS)
        draw(bar, stage, done, total, now);
    return !signals_asked_to_stop();
}

void progress_start(struct cli *cli, struct progress_bar *bar)
{
    *bar = (struct progress_bar){.is_shown = cli->shows_progress, .started_ms = clock_ms()};
    cli->bar = bar;
    cli->progress = (struct progress){tell, bar};
}

void progress_stop(struct cli *cli)
{
    if (cli->bar && cli->bar->is_drawn) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
        cli->bar->is_drawn = false;
    }
}
