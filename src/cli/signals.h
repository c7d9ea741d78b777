/* signals.h - being asked to stop: SIGINT and SIGTERM set a flag that long work looks at. A second one ends at once. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* Installs the handlers and ignores SIGPIPE. Once, at the start. */
void signals_prepare(void);
bool signals_asked_to_stop(void);
/* From now on SIGHUP does not end the program, but signals_wait_or_reload. */
void signals_prepare_reload(void);
/* Waits until somebody asks to stop: false; or to read settings anew: true. */
bool signals_wait_or_reload(void);

#endif
