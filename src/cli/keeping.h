/* keeping.h - what `backup` and `restore` say of a backup. */
#ifndef CLI_KEEPING_H
#define CLI_KEEPING_H

#include "cli/cli.h"
#include "keep/backup.h"

/* "backed up: 812 lines of the ledger, 3 attachments, 48 MB in 12 MB, encrypted, checked". */
void keeping_say(const struct cli *cli, const char *done, const struct backup_info *info);

#endif
