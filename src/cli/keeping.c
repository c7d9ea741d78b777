/* See keeping.h. */
#include "cli/keeping.h"

enum { SIZE_TEXT = 24 };

static void size_text(uint64_t bytes, char text[SIZE_TEXT])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double amount = (double)bytes;
    size_t unit = 0;
    while (amount >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        amount /= 1000;
        unit++;
    }
    snprintf(text, SIZE_TEXT, unit && amount < 10 ? "%.1f %s" : "%.0f %s", amount, units[unit]);
}

void keeping_say(const struct cli *cli, const char *done, const struct backup_info *info)
{
    char bytes[SIZE_TEXT], size[SIZE_TEXT + 8] = "";
    size_text(info->n_bytes, bytes);
    if (info->size) {
        memcpy(size, " in ", 5);
        size_text(info->size, size + 4);
    }
    cli_say(cli, "%s: made %s, %llu lines of the ledger, %llu attachments, %s%s%s, checked", done, info->made,
        (unsigned long long)info->n_ledger, (unsigned long long)info->n_files, bytes, size,
        info->is_encrypted ? ", encrypted" : "");
}
