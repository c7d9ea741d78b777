/* The one place with process-wide state: signal handlers leave no other way. */
#include "cli/signals.h"

#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t asked, asked_to_reload;
/* The kernel gives a signal to any thread that takes it, so the one that waits is woken by hand. */
static sem_t news;

static void on_signal(int number)
{
    if (asked)
        _exit(128 + number);
    asked = 1;
    sem_post(&news);
}

void signals_prepare(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sem_init(&news, 0, 0);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool signals_asked_to_stop(void)
{
    return asked != 0;
}

static void on_hangup(int number)
{
    (void)number;
    asked_to_reload = 1;
    sem_post(&news);
}

void signals_prepare_reload(void)
{
    struct sigaction action = {.sa_handler = on_hangup};
    sigemptyset(&action.sa_mask);
    sigaction(SIGHUP, &action, NULL);
}

bool signals_wait_or_reload(void)
{
    while (!asked && !asked_to_reload)
        sem_wait(&news); /* ended early by a signal, it is simply begun again */
    asked_to_reload = 0;
    return !asked;
}
