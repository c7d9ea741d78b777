/* The one place with process-wide state: signal handlers leave no other way. */
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void on_signal(int number)
{
    if (asked)
        _exit(128 + number);
    asked = 1;
}

void signals_prepare(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool signals_asked_to_stop(void)
{
    return asked != 0;
}

void signals_wait(void)
{
    sigset_t both, before;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    /* Blocked while looking, so that a signal between the look and the wait is not lost. */
    sigprocmask(SIG_BLOCK, &both, &before);
    while (!asked)
        sigsuspend(&before);
    sigprocmask(SIG_SETMASK, &before, NULL);
}
