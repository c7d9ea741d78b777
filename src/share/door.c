/* See door.h. The throttle's keys hold the account and the origin: a browser that somebody has logged in from (its
 * device mark is right), else the peer's address. A mark is good until the server ends. */
#include "share/door.h"

#include "base/error.h"
#include "base/hash.h"
#include "share/throttle.h"
#include "share/totp.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KEYS = 4096, FREE_FAILURES = 5, MOST_WAITING = 8, TOUCH_AFTER_S = 60, NONCE = 16, NAME_MOST = 64 };

static const char wrong_pair[] = TELL("The name or the password is not right.");

struct door {
    struct store *store;
    pthread_mutex_t lock;    /* of the store's handle */
    pthread_mutex_t hashing; /* one password at a time */
    atomic_uint n_waiting;
    struct throttle *throttle;
    uint64_t seed; /* of the throttle's keys */
    unsigned char device_key[crypto_generichash_KEYBYTES];
};

enum comity_status door_open(const char *store_path, struct door **out, struct comity_error *err)
{
    struct door *door = *out = calloc(1, sizeof *door);
    if (!door)
        return error_nomem(err);
    pthread_mutex_init(&door->lock, NULL);
    pthread_mutex_init(&door->hashing, NULL);
    enum comity_status status = store_open(store_path, STORE_WRITE, 0, &door->store, err);
    if (!status && !(door->throttle = throttle_new(MOST_KEYS, FREE_FAILURES)))
        status = error_nomem(err);
    if (status) {
        door_close(door);
        *out = NULL;
        return status;
    }
    randombytes_buf(&door->seed, sizeof door->seed);
    randombytes_buf(door->device_key, sizeof door->device_key);
    return COMITY_OK;
}

void door_close(struct door *door)
{
    if (!door)
        return;
    store_close(door->store);
    throttle_free(door->throttle);
    pthread_mutex_destroy(&door->lock);
    pthread_mutex_destroy(&door->hashing);
    sodium_memzero(door->device_key, sizeof door->device_key);
    free(door);
}

struct store *door_lock(struct door *door)
{
    pthread_mutex_lock(&door->lock);
    return door->store;
}

void door_unlock(struct door *door)
{
    pthread_mutex_unlock(&door->lock);
}

enum comity_status door_is_used(struct door *door, bool *is_used, struct comity_error *err)
{
    enum comity_status status = store_has_accounts(door_lock(door), is_used, err);
    door_unlock(door);
    return status;
}

/* ---- names and passwords ------------------------------------------------------------------------------------------
 */

/* Capitals do not count. False when it cannot be a name. */
static bool fold_name(struct slice name, char out[NAME_MOST + 1])
{
    name = slice_trim(name);
    if (name.len < 2 || name.len > NAME_MOST)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= ' ' || c == 0x7F || strchr("\"'<>&/\\%?#", c))
            return false;
        out[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    out[name.len] = '\0';
    return true;
}

/* Programs stand in the ledger by these names. */
static bool is_reserved(const char *folded)
{
    return strcmp(folded, "intake") == 0 || strcmp(folded, "web") == 0 || strcmp(folded, "publisher") == 0;
}

/* Waits for its turn to hash; false when too many wait already. */
static bool begin_hashing(struct door *door, struct comity_error *err)
{
    if (atomic_fetch_add(&door->n_waiting, 1) >= MOST_WAITING) {
        atomic_fetch_sub(&door->n_waiting, 1);
        error_set(err, COMITY_BUSY, TELL("Too many people are logging in at once: try again in a moment."));
        return false;
    }
    pthread_mutex_lock(&door->hashing);
    return true;
}

static void end_hashing(struct door *door)
{
    pthread_mutex_unlock(&door->hashing);
    atomic_fetch_sub(&door->n_waiting, 1);
}

static enum comity_status check_password(
    struct door *door, struct slice password, struct slice hash, const char *otherwise, struct comity_error *err)
{
    if (!begin_hashing(door, err))
        return COMITY_BUSY;
    bool is_right = password.len <= PASSWORD_MOST && password_matches(password, hash);
    end_hashing(door);
    return is_right ? COMITY_OK : error_set(err, COMITY_REFUSED, "%s", otherwise);
}

static enum comity_status make_hash(struct door *door, struct slice password, const struct password_owner *owner,
    char hash[PASSWORD_HASH], struct comity_error *err)
{
    const char *fault = password_fault(password, owner);
    if (fault)
        return error_set(err, COMITY_USAGE, "%s", fault);
    if (!begin_hashing(door, err))
        return COMITY_BUSY;
    enum comity_status status = password_hash(password, hash, err);
    end_hashing(door);
    return status;
}

static struct password_owner owner_of(const struct account *account)
{
    return (struct password_owner){.name = account->name, .full_name = account->full_name, .unit = account->unit};
}

/* ---- origins ------------------------------------------------------------------------------------------------------
 */

/* A mark is a random number and its keyed hash with the account's name. */
static void device_mac(const struct door *door, const unsigned char nonce[NONCE], struct slice name,
    unsigned char mac[crypto_generichash_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, door->device_key, sizeof door->device_key, crypto_generichash_BYTES);
    crypto_generichash_update(&state, nonce, NONCE);
    crypto_generichash_update(&state, (const unsigned char *)name.ptr, name.len);
    crypto_generichash_final(&state, mac, crypto_generichash_BYTES);
}

static void device_make(const struct door *door, struct slice name, char out[DEVICE_TEXT])
{
    unsigned char bytes[NONCE + crypto_generichash_BYTES];
    randombytes_buf(bytes, NONCE);
    device_mac(door, bytes, name, bytes + NONCE);
    sodium_bin2base64(out, DEVICE_TEXT, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool device_is_known(const struct door *door, struct slice device, struct slice name)
{
    unsigned char bytes[NONCE + crypto_generichash_BYTES], mac[crypto_generichash_BYTES];
    size_t len = 0;
    if (!device.len || sodium_base642bin(bytes, sizeof bytes, device.ptr, device.len, NULL, &len, NULL,
                           sodium_base64_VARIANT_URLSAFE_NO_PADDING))
        return false;
    device_mac(door, bytes, name, mac);
    return len == sizeof bytes && sodium_memcmp(mac, bytes + NONCE, sizeof mac) == 0;
}

static uint64_t origin_key(const struct door *door, const struct visit *visit, struct slice name)
{
    struct slice origin = device_is_known(door, visit->device, name) ? visit->device : visit->peer;
    return hash_seeded(origin.ptr, origin.len, hash_seeded(name.ptr, name.len, door->seed));
}

static enum comity_status ask_throttle(struct door *door, struct visit *visit, uint64_t key, struct comity_error *err)
{
    visit->wait = throttle_wait(door->throttle, key, visit->now);
    return visit->wait ? error_set(err, COMITY_LIMIT, TELL("There were too many attempts: wait a little.")) : COMITY_OK;
}

/* ---- logging in ---------------------------------------------------------------------------------------------------
 */

static enum comity_status open_session(struct door *door, const struct visit *visit, const struct account *account,
    bool needs_code, struct slice instead, struct admission *out, struct comity_error *err)
{
    struct session session = {.account = account->id,
        .stage = needs_code ? SESSION_PASSWORD_GIVEN : SESSION_OPEN,
        .created = visit->now,
        .seen = visit->now,
        .expires = visit->now + (needs_code ? DOOR_CODE_S : DOOR_SESSION_S),
        .agent = slice_of(visit->agent.ptr, visit->agent.len < 200 ? visit->agent.len : 200),
        .peer = visit->peer};
    struct secret_hash before;
    *out = (struct admission){.needs_code = needs_code};
    token_make(out->token, &session.hash);
    token_hash(instead, &before);
    if (!needs_code)
        device_make(door, account->name, out->device);
    enum comity_status status = store_session_add(door_lock(door), &session, instead.len ? &before : NULL, err);
    door_unlock(door);
    return status;
}

/* Nobody of that name, or somebody who may not come in, is an account with no password: it matches nothing. */
static enum comity_status find_account(
    struct door *door, struct slice name, struct arena *arena, struct account *out, struct comity_error *err)
{
    enum comity_status status = store_account_named(door_lock(door), name, arena, out, err);
    door_unlock(door);
    if (status == COMITY_NOTFOUND || (!status && out->is_disabled)) {
        *out = (struct account){.name = name};
        status = COMITY_OK;
    }
    return status;
}

static enum comity_status enter(struct door *door, struct visit *visit, struct slice name, struct slice password,
    struct slice instead, struct arena *arena, struct admission *out, struct comity_error *err)
{
    struct account account;
    uint64_t key = origin_key(door, visit, name);
    enum comity_status status = ask_throttle(door, visit, key, err);
    if (!status)
        status = find_account(door, name, arena, &account, err);
    if (!status)
        status = check_password(door, password, account.password, wrong_pair, err);
    if (status == COMITY_REFUSED)
        throttle_failed(door->throttle, key, visit->now);
    if (status)
        return status;
    throttle_passed(door->throttle, key);
    return open_session(door, visit, &account, account.totp.len > 0, instead, out, err);
}

enum comity_status door_password(struct door *door, struct visit *visit, struct slice name, struct slice password,
    struct slice instead, struct admission *out, struct comity_error *err)
{
    struct arena arena = {0};
    char folded[NAME_MOST + 1];
    /* What can be no name goes the same way as a name that nobody has. */
    struct slice known = fold_name(name, folded) ? slice_from(folded) : SLICE("?");
    enum comity_status status = enter(door, visit, known, password, instead, &arena, out, err);
    arena_release(&arena);
    return status;
}

/* Six digits are of the authenticator, anything else is a recovery code. */
static enum comity_status take_code(
    struct door *door, const struct account *account, struct slice code, int64_t now, struct comity_error *err)
{
    struct secret_hash hash;
    uint64_t step = totp_step(account->totp, code, now);
    code_hash(code, &hash);
    struct store *store = door_lock(door);
    enum comity_status status = step ? store_account_step(store, account->id, step, err)
                                     : store_account_recover(store, account->id, &hash, err);
    door_unlock(door);
    bool is_wrong = status == COMITY_NOTFOUND || status == COMITY_CONFLICT;
    return is_wrong ? error_set(err, COMITY_REFUSED, TELL("This code is not right, or it was used before.")) : status;
}

static enum comity_status find_session(struct door *door, struct slice token, int64_t now, struct arena *arena,
    struct session *session, struct account *account, struct comity_error *err)
{
    struct secret_hash hash;
    token_hash(token, &hash);
    enum comity_status status = store_session(door_lock(door), &hash, now, arena, session, account, err);
    door_unlock(door);
    if (!status && now - session->seen > DOOR_IDLE_S)
        status = error_set(err, COMITY_NOTFOUND, "this session was not used for too long");
    return status;
}

static enum comity_status enter_code(struct door *door, struct visit *visit, struct slice token, struct slice code,
    struct arena *arena, struct admission *out, struct comity_error *err)
{
    struct session session;
    struct account account;
    enum comity_status status = find_session(door, token, visit->now, arena, &session, &account, err);
    if (!status && session.stage != SESSION_PASSWORD_GIVEN)
        status = error_set(err, COMITY_NOTFOUND, "this session awaits no code");
    if (status)
        return status;
    uint64_t key = hash_u64(origin_key(door, visit, account.name));
    status = ask_throttle(door, visit, key, err);
    if (!status)
        status = take_code(door, &account, code, visit->now, err);
    if (status == COMITY_REFUSED)
        throttle_failed(door->throttle, key, visit->now);
    if (status)
        return status;
    throttle_passed(door->throttle, key);
    return open_session(door, visit, &account, false, token, out, err);
}

enum comity_status door_code(struct door *door, struct visit *visit, struct slice token, struct slice code,
    struct admission *out, struct comity_error *err)
{
    struct arena arena = {0};
    enum comity_status status = enter_code(door, visit, token, code, &arena, out, err);
    arena_release(&arena);
    return status;
}

enum comity_status door_session(struct door *door, struct slice token, int64_t now, struct arena *arena,
    struct session *session, struct account *account, struct comity_error *err)
{
    enum comity_status status = find_session(door, token, now, arena, session, account, err);
    if (!status && session->stage != SESSION_OPEN)
        status = error_set(err, COMITY_NOTFOUND, "this session awaits a code");
    if (!status && now - session->seen >= TOUCH_AFTER_S) {
        /* Not worth a failure: the next request tries again. */
        (void)!store_session_touch(door_lock(door), &session->hash, now, NULL);
        door_unlock(door);
    }
    return status;
}

bool door_awaits_code(struct door *door, struct slice token, int64_t now)
{
    struct arena arena = {0};
    struct session session;
    struct account account;
    bool awaits = token.len && find_session(door, token, now, &arena, &session, &account, NULL) == COMITY_OK &&
                  session.stage == SESSION_PASSWORD_GIVEN;
    arena_release(&arena);
    return awaits;
}

enum comity_status door_leave(struct door *door, struct slice token, struct comity_error *err)
{
    struct secret_hash hash;
    token_hash(token, &hash);
    enum comity_status status = store_session_end(door_lock(door), &hash, err);
    door_unlock(door);
    return status;
}

bool door_wants_factor(const struct account *account)
{
    return !account->totp.len && (roles_rights(account->roles) & ~(uint32_t)RIGHT_READ) != 0;
}

/* ---- coming in for the first time ----------------------------------------------------------------------------------
 */

enum comity_status door_invite(struct door *door, const struct invitation *invitation, int64_t now,
    const struct reader *who, char token[TOKEN_TEXT], struct comity_error *err)
{
    struct invitation made = *invitation;
    made.created = now;
    if (!made.expires)
        made.expires = now + DOOR_INVITATION_S;
    if (!made.account && !(made.roles & ALL_ROLES))
        return error_set(err, COMITY_USAGE, TELL("An invitation needs a role."));
    if (made.unit.len > 100 || made.note.len > 200)
        return error_set(err, COMITY_USAGE, TELL("The name of a unit has at most 100 letters."));
    token_make(token, &made.hash);
    enum comity_status status = store_invitation_add(door_lock(door), &made, who, err);
    door_unlock(door);
    return status;
}

enum comity_status door_first(struct door *door, int64_t now, char token[TOKEN_TEXT], struct comity_error *err)
{
    static const struct reader program = {.language = "en", .name = "first start"};
    struct invitation *old, first = {.roles = ALL_ROLES & ~ROLE_AUDITOR, .expires = now + DOOR_FIRST_S};
    struct arena arena = {0};
    size_t n_old = 0;
    bool is_used = false;
    struct store *store = door_lock(door);
    enum comity_status status = store_has_accounts(store, &is_used, err);
    if (!status && is_used)
        status = error_set(err, COMITY_CONFLICT, "there are accounts already");
    if (!status)
        status = store_invitations(store, &program, now, &arena, &old, &n_old, err);
    for (size_t i = 0; !status && i < n_old; i++)
        status = store_invitation_withdraw(store, invitation_number(&old[i]), &program, err);
    door_unlock(door);
    arena_release(&arena);
    return status ? status : door_invite(door, &first, now, &program, token, err);
}

enum comity_status door_invitation(struct door *door, struct slice token, int64_t now, struct arena *arena,
    struct invitation *out, struct comity_error *err)
{
    struct secret_hash hash;
    token_hash(token, &hash);
    enum comity_status status = store_invitation(door_lock(door), &hash, now, arena, out, err);
    door_unlock(door);
    return status;
}

static enum comity_status name_is_taken(enum comity_status status, struct comity_error *err)
{
    return status == COMITY_CONFLICT ? error_set(err, COMITY_CONFLICT, TELL("This name is taken: choose another."))
                                     : status;
}

enum comity_status door_join(struct door *door, struct slice token, struct slice name, struct slice full_name,
    struct slice password, int64_t now, struct comity_error *err)
{
    char folded[NAME_MOST + 1] = "", hash[PASSWORD_HASH];
    struct arena arena = {0};
    struct invitation invitation;
    struct secret_hash used;
    uint64_t id;
    token_hash(token, &used);
    /* Before the password is hashed: strangers must not make the server work. */
    enum comity_status status = door_invitation(door, token, now, &arena, &invitation, err);
    if (!status && (!fold_name(name, folded) || full_name.len > 200))
        status = error_set(
            err, COMITY_USAGE, TELL("A name has 2 to 64 letters, digits or signs such as . - _ @, and no spaces."));
    if (!status && is_reserved(folded))
        status = error_set(err, COMITY_CONFLICT, "reserved");
    struct password_owner owner = {.name = slice_from(folded), .full_name = full_name};
    if (!status) {
        owner.unit = invitation.unit;
        status = make_hash(door, password, &owner, hash, err);
    }
    arena_release(&arena);
    if (status)
        return name_is_taken(status, err);
    struct account account = {
        .name = slice_from(folded), .full_name = slice_trim(full_name), .password = slice_from(hash), .created = now};
    status = store_account_join(door_lock(door), &used, &account, &id, err);
    door_unlock(door);
    sodium_memzero(hash, sizeof hash);
    return name_is_taken(status, err);
}

enum comity_status door_reset(
    struct door *door, struct slice token, struct slice password, int64_t now, struct comity_error *err)
{
    char hash[PASSWORD_HASH];
    struct arena arena = {0};
    struct invitation invitation;
    struct account account = {0};
    struct secret_hash used;
    token_hash(token, &used);
    enum comity_status status = door_invitation(door, token, now, &arena, &invitation, err);
    struct store *store = door_lock(door);
    if (!status)
        status = store_account(store, invitation.account, &arena, &account, err);
    door_unlock(door);
    struct password_owner owner = owner_of(&account);
    if (!status)
        status = make_hash(door, password, &owner, hash, err);
    door_lock(door);
    if (!status)
        status = store_account_reset(store, &used, slice_from(hash), now, err);
    door_unlock(door);
    arena_release(&arena);
    return status;
}

/* ---- one's own account ---------------------------------------------------------------------------------------------
 */

/* Who sits at an open session shows to be the one who opened it. Guessing is slowed down as at the log-in. */
static enum comity_status prove(struct door *door, struct visit *visit, const struct account *account,
    struct slice password, const char *otherwise, struct comity_error *err)
{
    uint64_t key = origin_key(door, visit, account->name);
    enum comity_status status = ask_throttle(door, visit, key, err);
    if (!status)
        status = check_password(door, password, account->password, otherwise, err);
    if (status == COMITY_REFUSED)
        throttle_failed(door->throttle, key, visit->now);
    return status;
}

enum comity_status door_change_password(struct door *door, struct visit *visit, const struct account *account,
    struct slice session_token, struct slice old, struct slice fresh, struct comity_error *err)
{
    char hash[PASSWORD_HASH];
    struct secret_hash keep;
    struct password_owner owner = owner_of(account);
    const struct reader who = {.language = "en", .name = account->name.ptr};
    enum comity_status status = prove(door, visit, account, old, TELL("The old password is not right."), err);
    if (!status)
        status = make_hash(door, fresh, &owner, hash, err);
    if (status)
        return status;
    token_hash(session_token, &keep);
    status = store_account_password(door_lock(door), account->id, slice_from(hash), &keep, &who, err);
    door_unlock(door);
    return status;
}

enum comity_status door_set_factor(struct door *door, struct visit *visit, const struct account *account,
    struct slice password, struct slice secret, struct slice code, char codes[DOOR_RECOVERY_CODES][CODE_TEXT],
    struct comity_error *err)
{
    struct secret_hash hashes[DOOR_RECOVERY_CODES];
    const struct reader who = {.language = "en", .name = account->name.ptr};
    uint64_t step = totp_step(secret, code, visit->now);
    if (!step)
        return error_set(err, COMITY_REFUSED, TELL("This code is not right: is the clock of your telephone right?"));
    enum comity_status status =
        account->totp.len ? prove(door, visit, account, password, TELL("The password is not right."), err) : COMITY_OK;
    if (status)
        return status;
    for (int i = 0; i < DOOR_RECOVERY_CODES; i++)
        code_make(codes[i], &hashes[i]);
    struct store *store = door_lock(door);
    status = store_account_totp(store, account->id, secret, hashes, DOOR_RECOVERY_CODES, &who, err);
    if (!status)
        status = store_account_step(store, account->id, step, err); /* it proved the secret, and counts once */
    door_unlock(door);
    return status;
}

enum comity_status door_make_token(struct door *door, const struct account *account, struct slice name, uint32_t rights,
    int64_t now, int64_t expires, char token[TOKEN_TEXT], struct comity_error *err)
{
    const struct reader who = {.language = "en", .name = account->name.ptr};
    struct api_token made = {.account = account->id,
        .name = slice_trim(name),
        .rights = rights & roles_rights(account->roles),
        .created = now,
        .expires = expires};
    uint64_t id;
    if (!made.name.len || made.name.len > 100)
        return error_set(err, COMITY_USAGE, TELL("A token needs a name of at most 100 letters, to know it by."));
    if (!made.rights || expires <= now || expires - now > DOOR_TOKEN_MOST_S)
        return error_set(err, COMITY_USAGE, TELL("A token needs a right of yours, and ends within a year."));
    token_make(token, &made.hash);
    enum comity_status status = store_token_add(door_lock(door), &made, &who, &id, err);
    door_unlock(door);
    return status;
}

enum comity_status door_token(struct door *door, struct slice token, int64_t now, struct arena *arena,
    struct account *account, uint32_t *rights, struct comity_error *err)
{
    struct secret_hash hash;
    struct api_token found;
    token_hash(token, &hash);
    enum comity_status status = store_token(door_lock(door), &hash, now, arena, &found, account, err);
    door_unlock(door);
    *rights = status ? 0 : found.rights & roles_rights(account->roles);
    return status;
}
