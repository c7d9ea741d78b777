/* guard.h - the one place where code of libjpeg and libpng is left by a jump. Private to src/files.
 *
 * Both report failures by a function that must not return. That function is guard_fail() here: it notes the failure and
 * jumps back to guard_run(), which then returns false. What the work holds lies in its context, in the caller's frame,
 * where the jump leaves it as it is; so the caller releases it afterwards in any case. */
#ifndef FILES_GUARD_H
#define FILES_GUARD_H

#include "comity.h"

#include <setjmp.h>
#include <stdbool.h>

struct guard {
    enum comity_status status; /* why the work was left */
    jmp_buf back;
};

typedef void guard_work(void *context);

/* Runs the work. False when it was left by guard_fail. */
bool guard_run(struct guard *guard, guard_work *work, void *context);
/* Only within guard_run. */
_Noreturn void guard_fail(struct guard *guard, enum comity_status status);
/* The failure as an error: of a picture that is damaged, too large or needs memory that is not there. */
enum comity_status guard_tell(const struct guard *guard, struct comity_error *err);

#endif
