/* comity people: accounts, for whoever holds the store's file: also when nobody can log in any more. It goes through
 * the same door as the pages, waits for no import, and leaves the same lines in the ledger, by "command line". */
#include "base/calendar.h"
#include "base/error.h"
#include "cli/cli.h"
#include "share/door.h"

struct people {
    struct cli *cli;
    const struct arguments *arguments;
    struct door *door;
    struct arena arena;
    int64_t now;
};

static const char *word(const struct people *p, size_t i)
{
    return i < p->arguments->n_words ? p->arguments->words[i] : "";
}

static struct slice option(const struct people *p, const char *name)
{
    const char *given = argument_of(p->arguments, name);
    return slice_from(given ? given : "");
}

static const char *instant_of(int64_t seconds, char text[INSTANT_TEXT])
{
    instant_format(seconds, text);
    return seconds ? text : "";
}

/* "reader,analyst" */
static enum comity_status read_roles(struct slice text, uint8_t *roles, struct comity_error *err)
{
    *roles = 0;
    while (text.len) {
        struct slice name = slice_trim(slice_cut(&text, ','));
        uint32_t role = role_named(name);
        if (!role) {
            error_set(err, COMITY_USAGE, "there is no role '%.*s'", SLICE_ARG(name));
            error_hint(err, "reader, officer, reviewer, analyst, administrator or auditor, parted by commas");
            return COMITY_USAGE;
        }
        *roles |= (uint8_t)role;
    }
    return *roles ? COMITY_OK : error_set(err, COMITY_USAGE, "a role is needed");
}

static void write_roles(uint32_t roles, char *to, size_t size)
{
    size_t n = 0;
    to[0] = '\0';
    for (int i = 0; i < N_ROLES && n < size; i++)
        if (roles & role_infos[i].role)
            n += (size_t)snprintf(to + n, size - n, "%s%s", n ? "," : "", role_infos[i].name);
}

static enum comity_status find(struct people *p, struct account *account, struct comity_error *err)
{
    struct slice name = slice_from(word(p, 1));
    enum comity_status status = store_account_named(door_lock(p->door), name, &p->arena, account, err);
    door_unlock(p->door);
    if (status == COMITY_NOTFOUND) {
        error_set(err, status, "nobody is called '%.*s'", SLICE_ARG(name));
        error_hint(err, "`comity people` lists the names, which are in small letters");
    }
    return status;
}

/* ---- lists --------------------------------------------------------------------------------------------------------
 */

static enum comity_status add_account(struct sheet *sheet, const struct account *account)
{
    char roles[100], seen[INSTANT_TEXT];
    write_roles(account->roles, roles, sizeof roles);
    const struct slice cells[] = {account->name, account->full_name, account->unit, slice_from(roles),
        account->is_disabled ? SLICE("locked out") : SLICE("open"), account->totp.len ? SLICE("yes") : SLICE("no"),
        slice_from(instant_of(account->seen, seen))};
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < sizeof cells / sizeof *cells && status == COMITY_OK; i++)
        status = sheet_cell(sheet, cells[i]);
    return status;
}

static enum comity_status list(struct people *p, struct comity_error *err)
{
    static const char *const columns[] = {
        "name", "full name", "unit", "roles", "state", "second factor", "last log-in"};
    struct account *accounts = NULL;
    struct sheet sheet;
    size_t n = 0;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = store_accounts(door_lock(p->door), &p->cli->reader, &p->arena, &accounts, &n, err);
    door_unlock(p->door);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        status = add_account(&sheet, &accounts[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, p->cli, err);
    sheet_release(&sheet);
    return status;
}

static enum comity_status add_session(struct sheet *sheet, const struct session *session)
{
    char created[INSTANT_TEXT], seen[INSTANT_TEXT];
    enum comity_status status = sheet_cell(sheet, session->agent);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, session->peer);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, slice_from(instant_of(session->created, created)));
    return status == COMITY_OK ? sheet_cell(sheet, slice_from(instant_of(session->seen, seen))) : status;
}

static enum comity_status list_sessions(struct people *p, const struct account *account, struct comity_error *err)
{
    static const char *const columns[] = {"browser", "address", "since", "last used"};
    struct session *sessions = NULL;
    struct sheet sheet;
    size_t n = 0;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = store_sessions(door_lock(p->door), account->id, p->now, &p->arena, &sessions, &n, err);
    door_unlock(p->door);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        status = add_session(&sheet, &sessions[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, p->cli, err);
    sheet_release(&sheet);
    return status;
}

/* ---- links --------------------------------------------------------------------------------------------------------
 */

/* The link is what was asked for, so it goes to standard output: whole where the server's address was told. */
static enum comity_status make_link(struct people *p, const struct invitation *invitation, struct comity_error *err)
{
    char token[TOKEN_TEXT];
    struct slice address = option(p, "address");
    while (address.len && address.ptr[address.len - 1] == '/')
        address.len--;
    enum comity_status status = door_invite(p->door, invitation, p->now, &p->cli->reader, token, err);
    if (status != COMITY_OK)
        return status;
    printf("%.*s/join/%s\n", SLICE_ARG(address), token);
    cli_say(p->cli, "this link works once, within a week%s", address.len ? "" : "; put the server's address before it");
    return COMITY_OK;
}

static enum comity_status invite(struct people *p, struct comity_error *err)
{
    struct invitation invitation = {.unit = option(p, "unit"), .note = option(p, "note")};
    enum comity_status status = read_roles(option(p, "roles"), &invitation.roles, err);
    if (status != COMITY_OK && !argument_is_given(p->arguments, "roles"))
        error_hint(err, "comity people invite --roles reader");
    return status == COMITY_OK ? make_link(p, &invitation, err) : status;
}

/* ---- changes ------------------------------------------------------------------------------------------------------
 */

static enum comity_status reset(struct people *p, const struct account *account, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    if (argument_is_given(p->arguments, "second-factor")) {
        status = store_account_totp(door_lock(p->door), account->id, SLICE_EMPTY, NULL, 0, &p->cli->reader, err);
        door_unlock(p->door);
    }
    return status == COMITY_OK ? make_link(p, &(struct invitation){.account = account->id}, err) : status;
}

static enum comity_status change(struct people *p, const struct account *account, struct comity_error *err)
{
    enum comity_status status =
        store_account_change(door_lock(p->door), account, ROLE_ADMINISTRATOR, &p->cli->reader, err);
    door_unlock(p->door);
    return status;
}

static enum comity_status set_disabled(
    struct people *p, struct account *account, bool is_disabled, struct comity_error *err)
{
    account->is_disabled = is_disabled;
    return change(p, account, err);
}

static enum comity_status set_roles(struct people *p, struct account *account, struct comity_error *err)
{
    enum comity_status status = read_roles(slice_from(word(p, 2)), &account->roles, err);
    return status == COMITY_OK ? change(p, account, err) : status;
}

static enum comity_status sessions(struct people *p, const struct account *account, struct comity_error *err)
{
    if (!argument_is_given(p->arguments, "end"))
        return list_sessions(p, account, err);
    enum comity_status status = store_sessions_end(door_lock(p->door), account->id, NULL, &p->cli->reader, err);
    door_unlock(p->door);
    return status;
}

static enum comity_status unknown(const char *what, struct comity_error *err)
{
    error_set(err, COMITY_USAGE, "'people' does not know '%s', or not with so many words", what);
    error_hint(err, "list, invite, reset NAME, disable NAME, enable NAME, roles NAME LIST, sessions NAME");
    return COMITY_USAGE;
}

static enum comity_status run_of_one(struct people *p, const char *what, struct comity_error *err)
{
    struct account account;
    enum comity_status status = find(p, &account, err);
    if (status != COMITY_OK)
        return status;
    if (strcmp(what, "reset") == 0)
        return reset(p, &account, err);
    if (strcmp(what, "disable") == 0 || strcmp(what, "enable") == 0)
        return set_disabled(p, &account, what[0] == 'd', err);
    return strcmp(what, "roles") == 0 ? set_roles(p, &account, err) : sessions(p, &account, err);
}

/* What can be said, and with how many words. */
static const struct {
    const char *what;
    size_t n_words;
} sayings[] = {{"list", 1}, {"invite", 1}, {"reset", 2}, {"disable", 2}, {"enable", 2}, {"roles", 3}, {"sessions", 2}};

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct people p = {.cli = cli, .arguments = arguments, .now = seconds_now()};
    const char *what = arguments->n_words ? arguments->words[0] : "list";
    size_t i = 0, n = sizeof sayings / sizeof *sayings;
    while (i < n && strcmp(sayings[i].what, what) != 0)
        i++;
    if (i == n || (arguments->n_words && arguments->n_words != sayings[i].n_words))
        return unknown(what, err);
    enum comity_status status = door_open(cli->store_path, &p.door, err);
    cli_hint_store(cli, status, err);
    if (status != COMITY_OK)
        return status;
    if (sayings[i].n_words > 1)
        status = run_of_one(&p, what, err);
    else
        status = strcmp(what, "invite") == 0 ? invite(&p, err) : list(&p, err);
    arena_release(&p.arena);
    door_close(p.door);
    return status;
}

static const struct option_spec options[] = {
    {"roles", 0, "LIST", "invite: reader, officer, reviewer, analyst, administrator, auditor"},
    {"unit", 0, "NAME", "invite: the unit of that person"},
    {"note", 0, "TEXT", "invite: for whom it is, in your words"},
    {"address", 0, "URL", "invite, reset: the server's address, to print the whole link"},
    {"second-factor", 0, NULL, "reset: take the second factor away too, where the telephone is lost"},
    {"end", 0, NULL, "sessions: end them all"},
};

const struct verb verb_people = {
    .name = "people",
    .arguments = "[list | invite | reset NAME | disable NAME | enable NAME | roles NAME LIST | sessions NAME]",
    .summary = "accounts: lists, invites, locks out, gives links for new passwords",
    VERB_OPTIONS(options),
    .most_words = 3,
    .run = run,
    .help =
        "For whoever may write the store's file; also while it is served, and when no administrator can log in any\n"
        "more. A link that works once is printed; nobody types a password for somebody else. All of it is in the\n"
        "ledger, by 'command line'. One administrator always stays.\n"
        "\nExamples:\n"
        "  comity people\n"
        "  comity people invite --roles reader,officer --unit Customs --address https://desk.example.org\n"
        "  comity people reset ana --second-factor\n"
        "  comity people disable omar\n"
        "  comity people roles rita analyst,auditor\n"
        "  comity people sessions rita --end\n",
};
