/* The one place with process-wide state: signal handlers leave no other way. */
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t asked, asked_to_reload;

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
    while (signals_wait_or_reload()) {
    }
}

static void on_hangup(int number)
{
    (void)number;
    asked_to_reload = 1;
}

void signals_prepare_reload(void)
{
    struct sigaction action = {.sa_handler = on_hangup};
    sigemptyset(&action.sa_mask);
    sigaction(SIGHUP, &action, NULL);
}

bool signals_wait_or_reload(void)
{
    sigset_t all, before;
    sigemptyset(&all);
    sigaddset(&all, SIGINT);
    sigaddset(&all, SIGTERM);
    sigaddset(&all, SIGHUP);
    /* Blocked while looking, so that a signal between the look and the wait is not lost. */
    sigprocmask(SIG_BLOCK, &all, &before);
    while (!asked && !asked_to_reload)
        sigsuspend(&before);
    asked_to_reload = 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return !asked;
}
