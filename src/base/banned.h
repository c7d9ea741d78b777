/* banned.h - functions that nobody here may call; the build puts this header before every source file.
 *
 * Each of them overruns, truncates in silence, swallows bad input or keeps hidden state that threads share. Use
 * snprintf, struct buffer, strtol with its end looked at, gmtime_r, strerror_r (base/error.h), hash_u64.
 * The standard headers come first because they declare what is forbidden afterwards.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* With fortification, glibc makes it a macro for clang, which refuses to poison a macro. */
#undef sprintf

#pragma GCC poison strcpy strcat strncat sprintf vsprintf gets
#pragma GCC poison strtok atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime strerror
#pragma GCC poison rand srand tmpnam tempnam mktemp

#endif
