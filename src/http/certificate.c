/* certificate.c - everything that can be wrong with the files is found when they are read, and said in terms of the
 * files; GnuTLS would only say at each handshake that it failed. */
#include "http/certificate.h"

#include "base/buffer.h"
#include "base/calendar.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_FILE = 1 << 20, MOST_CHAIN = 16, KEY_ID = 64, SOON_DAYS = 14, DAY_SECONDS = 86400 };

struct certificate {
    gnutls_pcert_st chain[MOST_CHAIN];
    unsigned n_chain;
    gnutls_privkey_t key;
    int64_t begins, ends; /* seconds since 1970 */
    struct certificate *older;
};

struct certificates {
    pthread_mutex_t lock;
    struct certificate *present; /* those before it hang behind it */
    char *cert_path, *key_path;
};

/* ---- reading -------------------------------------------------------------------------------------------------- */

static enum comity_status read_whole(const char *path, struct buffer *out, struct comity_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;
    buffer_init(out, MOST_FILE);
    while (fd >= 0 && buffer_reserve(out, 4096) && (n = read(fd, out->ptr + out->len, 4096)) > 0)
        out->len += (size_t)n;
    int fault = errno;
    if (fd >= 0)
        close(fd);
    if (out->failed)
        return error_set(err, buffer_status(out), "'%s' is too large", path);
    errno = fault;
    return n < 0 ? error_io(err, "read", path) : COMITY_OK;
}

/* A key does not stay in memory that others get. */
static void forget(struct buffer *text)
{
    if (text->ptr)
        sodium_memzero(text->ptr, text->size);
    buffer_release(text);
}

static gnutls_datum_t datum(const struct buffer *text)
{
    return (gnutls_datum_t){(unsigned char *)text->ptr, (unsigned)text->len};
}

static enum comity_status not_a(const char *path, const char *what, int fault, struct comity_error *err)
{
    if (fault == GNUTLS_E_MEMORY_ERROR)
        return error_nomem(err);
    error_set(err, COMITY_INPUT, "'%s' is no %s: %s", path, what, gnutls_strerror(fault));
    error_hint(err, "it must be PEM: a text with a line -----BEGIN …-----, and without a password");
    return COMITY_INPUT;
}

/* Takes the chain over; the first is the server's own. */
static int take_chain(struct certificate *made, gnutls_x509_crt_t *list, unsigned n, unsigned char *key_id)
{
    size_t size = KEY_ID;
    made->begins = (int64_t)gnutls_x509_crt_get_activation_time(list[0]);
    made->ends = (int64_t)gnutls_x509_crt_get_expiration_time(list[0]);
    int fault = gnutls_x509_crt_get_key_id(list[0], GNUTLS_KEYID_USE_SHA256, key_id, &size);
    unsigned n_chain = n;
    if (fault >= 0 && n > MOST_CHAIN)
        fault = GNUTLS_E_SHORT_MEMORY_BUFFER;
    if (fault >= 0)
        fault = gnutls_pcert_import_x509_list(made->chain, list, &n_chain, 0);
    made->n_chain = fault >= 0 ? n_chain : 0;
    return fault;
}

static int import_chain(struct certificate *made, const struct buffer *text, unsigned char *key_id)
{
    gnutls_x509_crt_t *list = NULL;
    unsigned n = 0;
    gnutls_datum_t data = datum(text);
    int fault = gnutls_x509_crt_list_import2(&list, &n, &data, GNUTLS_X509_FMT_PEM, 0);
    if (fault >= 0)
        fault = take_chain(made, list, n, key_id);
    for (unsigned i = 0; i < n; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    return fault;
}

static enum comity_status read_chain(
    const char *path, struct certificate *made, unsigned char *key_id, struct comity_error *err)
{
    struct buffer text;
    enum comity_status status = read_whole(path, &text, err);
    int fault = status == COMITY_OK ? import_chain(made, &text, key_id) : 0;
    buffer_release(&text);
    return fault < 0 ? not_a(path, "certificate", fault, err) : status;
}

static int key_id_of(gnutls_privkey_t key, unsigned char *key_id)
{
    gnutls_pubkey_t public;
    size_t size = KEY_ID;
    int fault = gnutls_pubkey_init(&public);
    if (fault < 0)
        return fault;
    fault = gnutls_pubkey_import_privkey(public, key, 0, 0);
    if (fault >= 0)
        fault = gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, key_id, &size);
    gnutls_pubkey_deinit(public);
    return fault;
}

static enum comity_status read_key(
    const char *path, struct certificate *made, unsigned char *key_id, struct comity_error *err)
{
    struct buffer text;
    enum comity_status status = read_whole(path, &text, err);
    int fault = status == COMITY_OK ? gnutls_privkey_init(&made->key) : 0;
    if (status == COMITY_OK && fault >= 0) {
        gnutls_datum_t data = datum(&text);
        fault = gnutls_privkey_import_x509_raw(made->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
    }
    forget(&text);
    if (status == COMITY_OK && fault >= 0)
        fault = key_id_of(made->key, key_id);
    return fault < 0 ? not_a(path, "private key", fault, err) : status;
}

static void free_one(struct certificate *certificate)
{
    for (unsigned i = 0; i < certificate->n_chain; i++)
        gnutls_pcert_deinit(&certificate->chain[i]);
    if (certificate->key)
        gnutls_privkey_deinit(certificate->key);
    free(certificate);
}

static enum comity_status read_both(
    const struct certificates *certificates, struct certificate *made, struct comity_error *err)
{
    unsigned char of_cert[KEY_ID] = {0}, of_key[KEY_ID] = {0};
    enum comity_status status = read_chain(certificates->cert_path, made, of_cert, err);
    if (status == COMITY_OK)
        status = read_key(certificates->key_path, made, of_key, err);
    if (status != COMITY_OK || memcmp(of_cert, of_key, KEY_ID) == 0)
        return status;
    error_set(err, COMITY_INPUT, "the key '%s' is not that of the certificate '%s'", certificates->key_path,
        certificates->cert_path);
    error_hint(err, "the server's own certificate must stand first in its file");
    return COMITY_INPUT;
}

static void write_warning(
    const struct certificates *certificates, const struct certificate *made, char *text, size_t size)
{
    char when[INSTANT_TEXT];
    int64_t now = seconds_now();
    text[0] = '\0';
    bool is_early = now < made->begins;
    if (!is_early && now <= made->ends - SOON_DAYS * DAY_SECONDS)
        return;
    const char *what = is_early ? "is not valid before" : now > made->ends ? "has expired on" : "expires on";
    instant_format(is_early ? made->begins : made->ends, when);
    snprintf(text, size, "warning: the certificate '%s' %s %s", certificates->cert_path, what, when);
}

/* ---- for the server ------------------------------------------------------------------------------------------- */

enum comity_status certificates_reload(
    struct certificates *certificates, char *warning, size_t size, struct comity_error *err)
{
    struct certificate *made = calloc(1, sizeof *made);
    if (!made)
        return error_nomem(err);
    enum comity_status status = read_both(certificates, made, err);
    if (status != COMITY_OK) {
        free_one(made);
        return status;
    }
    write_warning(certificates, made, warning, size);
    pthread_mutex_lock(&certificates->lock);
    made->older = certificates->present;
    certificates->present = made;
    pthread_mutex_unlock(&certificates->lock);
    return COMITY_OK;
}

enum comity_status certificates_open(const char *cert_path, const char *key_path, struct certificates **out,
    char *warning, size_t size, struct comity_error *err)
{
    struct certificates *certificates = calloc(1, sizeof *certificates);
    if (!certificates)
        return error_nomem(err);
    pthread_mutex_init(&certificates->lock, NULL);
    certificates->cert_path = strdup(cert_path);
    certificates->key_path = strdup(key_path);
    enum comity_status status = certificates->cert_path && certificates->key_path
                                    ? certificates_reload(certificates, warning, size, err)
                                    : error_nomem(err);
    if (status == COMITY_OK)
        *out = certificates;
    else
        certificates_close(certificates);
    return status;
}

void certificates_give(
    struct certificates *certificates, gnutls_pcert_st **chain, unsigned *n_chain, gnutls_privkey_t *key)
{
    pthread_mutex_lock(&certificates->lock);
    struct certificate *present = certificates->present;
    pthread_mutex_unlock(&certificates->lock);
    *chain = present->chain;
    *n_chain = present->n_chain;
    *key = present->key;
}

void certificates_close(struct certificates *certificates)
{
    if (!certificates)
        return;
    while (certificates->present) {
        struct certificate *older = certificates->present->older;
        free_one(certificates->present);
        certificates->present = older;
    }
    pthread_mutex_destroy(&certificates->lock);
    free(certificates->cert_path);
    free(certificates->key_path);
    free(certificates);
}
