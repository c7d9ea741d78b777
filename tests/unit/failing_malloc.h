/* failing_malloc.h - makes the nth allocation of this process fail, to prove that out-of-memory is told and harms
 * nothing.
 *
 *     for (long n = 0;; n++) {
 *         failing_malloc_after(n);             // the next n allocations succeed, then one fails
 *         status = thing_make(&thing, &err);
 *         bool has_failed = failing_malloc_stop();
 *         if (!has_failed) break;              // so many allocations are not made: done
 *         assert_int_equal(status, COMITY_NOMEM);
 *     }
 *
 * Include it in one file of a test program: it replaces malloc, calloc, realloc and their kin for the whole program,
 * also for the libraries that it links (libyaml, ICU, SQLite). One allocation fails and those after it succeed; with
 * `failing_malloc_from` all that follow fail too. Only the thread that armed it is made to fail.
 *
 * Allocations of ICU never fail: its transliterators (seen in ICU 72) crash by themselves when memory is out, and that
 * is nothing we could mend. Under AddressSanitizer the wrappers call the allocator of the sanitizer. Under
 * ThreadSanitizer, which allocates before it is set up, nothing is replaced and nothing fails: there threads are what
 * is looked at.
 */
#ifndef FAILING_MALLOC_H
#define FAILING_MALLOC_H

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The wrappers run before the sanitizers are set up. */
#define FAILING_MALLOC_PLAIN __attribute__((no_sanitize("address"), no_sanitize("undefined"), noinline))

static _Thread_local long failing_malloc_left = -1; /* -1: not armed */
static _Thread_local bool failing_malloc_for_good, failing_malloc_has_failed;

#if defined(__SANITIZE_ADDRESS__)
#define FAILING_MALLOC_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FAILING_MALLOC_SANITIZED 1
#endif
#endif

#ifdef FAILING_MALLOC_SANITIZED
/* AddressSanitizer exports its own functions under these names. */
void *__interceptor_malloc(size_t);
void *__interceptor_calloc(size_t, size_t);
void *__interceptor_realloc(void *, size_t);
#define REAL_MALLOC __interceptor_malloc
#define REAL_CALLOC __interceptor_calloc
#define REAL_REALLOC __interceptor_realloc
#else
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
#define REAL_MALLOC __libc_malloc
#define REAL_CALLOC __libc_calloc
#define REAL_REALLOC __libc_realloc
#endif

/* `caller`: an address within the code that asks for memory. */
FAILING_MALLOC_PLAIN __attribute__((unused)) static bool failing_malloc_fails(void *caller)
{
    Dl_info library;
    if (failing_malloc_left < 0)
        return false;
    if (dladdr(caller, &library) && library.dli_fname && strstr(library.dli_fname, "libicu"))
        return false;
    if (failing_malloc_left > 0) {
        failing_malloc_left--;
        return false;
    }
    failing_malloc_has_failed = true;
    if (!failing_malloc_for_good)
        failing_malloc_left = -1;
    errno = ENOMEM;
    return true;
}

#ifndef __SANITIZE_THREAD__
FAILING_MALLOC_PLAIN void *malloc(size_t size)
{
    return failing_malloc_fails(__builtin_return_address(0)) ? NULL : REAL_MALLOC(size);
}

FAILING_MALLOC_PLAIN void *calloc(size_t count, size_t size)
{
    return failing_malloc_fails(__builtin_return_address(0)) ? NULL : REAL_CALLOC(count, size);
}

FAILING_MALLOC_PLAIN void *realloc(void *old, size_t size)
{
    return failing_malloc_fails(__builtin_return_address(0)) ? NULL : REAL_REALLOC(old, size);
}

#endif

/* The allocation after `n` more fails; later ones succeed. */
static inline void failing_malloc_after(long n)
{
    failing_malloc_for_good = failing_malloc_has_failed = false;
    failing_malloc_left = n;
}

/* The allocation after `n` more and all that follow fail. */
static inline void failing_malloc_from(long n)
{
    failing_malloc_after(n);
    failing_malloc_for_good = true;
}

/* Allocations succeed again. Whether one was made to fail. */
static inline bool failing_malloc_stop(void)
{
    failing_malloc_left = -1;
    return failing_malloc_has_failed;
}

#endif
