/* No variable of guard_run changes between setjmp and the jump, so that none needs to be volatile. */
#include "files/guard.h"

#include "base/error.h"

bool guard_run(struct guard *guard, guard_work *work, void *context)
{
    guard->status = COMITY_OK;
    if (setjmp(guard->back) != 0)
        return false;
    work(context);
    return true;
}

_Noreturn void guard_fail(struct guard *guard, enum comity_status status)
{
    guard->status = status;
    longjmp(guard->back, 1);
}

enum comity_status guard_tell(const struct guard *guard, struct comity_error *err)
{
    if (guard->status == COMITY_NOMEM)
        return error_nomem(err);
    if (guard->status == COMITY_LIMIT) {
        error_set(err, COMITY_LIMIT, TELL("This picture is too large to be looked at."));
        error_hint(err, TELL("Make it smaller and send it again."));
        return COMITY_LIMIT;
    }
    error_set(err, COMITY_INPUT, TELL("This picture is damaged, or it was cut off."));
    error_hint(err, TELL("Open it and save it anew, then send that."));
    return COMITY_INPUT;
}
