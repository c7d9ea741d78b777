/* The gate: every question there can be, against what the rules say in words. */
#include "unit.h"

#include "share/gate.h"

static enum gate_answer by_the_rules(const struct gate_question *q)
{
    bool is_at_the_desk = !q->is_used && !q->is_in && !q->is_for_all_in;
    if (!q->is_in && (q->is_for_all_in || (q->needs && q->is_used)))
        return GATE_LOG_IN;
    if (is_at_the_desk && q->needs)
        return q->is_post || (q->needs | DESK_RIGHTS) != DESK_RIGHTS ? GATE_CLOSED : GATE_OPEN;
    if (q->is_in && q->is_post && !q->is_own_form)
        return GATE_FOREIGN;
    if (!q->needs || q->is_for_all_in)
        return GATE_OPEN;
    if (q->wants_factor)
        return GATE_FACTOR;
    return (q->rights | q->needs) == q->rights ? GATE_OPEN : GATE_CLOSED;
}

static void every_question_has_the_answer_of_the_rules(void **state)
{
    size_t n_open = 0, n = 0;
    (void)state;
    for (uint32_t bits = 0; bits < 1u << 6; bits++)
        for (uint32_t rights = 0; rights <= ALL_RIGHTS; rights++)
            for (uint32_t needs = 0; needs <= ALL_RIGHTS; needs = needs ? needs << 1 : 1) {
                struct gate_question q = {.is_used = bits & 1,
                    .is_in = bits & 2,
                    .wants_factor = bits & 4,
                    .is_for_all_in = bits & 8,
                    .is_post = bits & 16,
                    .is_own_form = bits & 32,
                    .rights = rights,
                    .needs = needs};
                assert_int_equal(gate_ask(&q), by_the_rules(&q));
                n_open += gate_ask(&q) == GATE_OPEN;
                n++;
            }
    assert_in_range(n_open, n / 20, n / 2);
}

static void strangers_see_nothing_once_somebody_has_an_account(void **state)
{
    (void)state;
    for (uint32_t needs = 1; needs <= ALL_RIGHTS; needs <<= 1) {
        struct gate_question q = {.is_used = true, .needs = needs, .rights = ALL_RIGHTS};
        assert_int_equal(gate_ask(&q), GATE_LOG_IN);
    }
}

/* In words: only those who enter or approve, and only of their unit; who writes needs the right to enter, who decides
 * the right to approve; and nobody approves their own. */
static bool may_by_the_rules(const struct gate_entry_question *q, enum entry_deed deed)
{
    bool enters = q->rights & RIGHT_ENTER, approves = q->rights & RIGHT_APPROVE;
    if (!slice_equal(q->unit, q->entry_unit))
        return false;
    if (deed == ENTRY_APPROVE)
        return approves && !slice_equal(q->name, q->author);
    return deed == ENTRY_SAVE || deed == ENTRY_SUBMIT || deed == ENTRY_DISCARD ? enters : approves;
}

static void drafts_are_their_units(void **state)
{
    const struct slice units[] = {SLICE(""), SLICE("Customs"), SLICE("customs")};
    const struct slice names[] = {SLICE("olga"), SLICE("ravi")};
    size_t n_may = 0, n = 0;
    (void)state;
    for (uint32_t rights = 0; rights <= ALL_RIGHTS; rights++)
        for (size_t u = 0; u < 9; u++)
            for (size_t w = 0; w < 2; w++) {
                struct gate_entry_question q = {rights, names[w], units[u / 3], names[0], units[u % 3]};
                bool sees = slice_equal(units[u / 3], units[u % 3]) && rights & (RIGHT_ENTER | RIGHT_APPROVE);
                assert_int_equal(gate_ask_see(&q) == GATE_ENTRY_OPEN, sees);
                for (int deed = 0; deed < N_ENTRY_DEEDS; deed++) {
                    enum gate_entry_answer answer = gate_ask_do(&q, (enum entry_deed)deed);
                    assert_int_equal(answer == GATE_ENTRY_OPEN, may_by_the_rules(&q, (enum entry_deed)deed));
                    assert_int_equal(answer == GATE_ENTRY_HIDDEN, !sees);
                    n_may += answer == GATE_ENTRY_OPEN;
                    n++;
                }
            }
    assert_in_range(n_may, n / 20, n / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_question_has_the_answer_of_the_rules),
        cmocka_unit_test(drafts_are_their_units),
        cmocka_unit_test(strangers_see_nothing_once_somebody_has_an_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
