/* certificate.h - the server's certificate and key, read from files and read anew while the server runs. Private to
 * src/http.
 *
 * GnuTLS asks for them at each handshake and uses what it is given until that is over; so those that were replaced are
 * kept until the end. They are replaced a few times a year.
 *
 * certificates_give and certificates_reload are thread-safe. */
#ifndef HTTP_CERTIFICATE_H
#define HTTP_CERTIFICATE_H

#include "comity.h"

#include <gnutls/abstract.h>

/* TLS 1.2 with forward secrecy and authenticated ciphers, and 1.3. */
#define CERTIFICATE_PRIORITIES                                                                                         \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-AES-128-CBC:-AES-256-CBC:-SHA1:%SERVER_PRECEDENCE"

struct certificates;

/* PEM files. COMITY_NOTFOUND or COMITY_IO when one cannot be read; COMITY_INPUT when it is not what it should be, or
 * the key is not the certificate's. `warning`, of `size` bytes, says what will keep clients away though all this is
 * well (it has expired, or will soon); else empty. */
enum comity_status certificates_open(const char *cert_path, const char *key_path, struct certificates **out,
    char *warning, size_t size, struct comity_error *err) COMITY_MUST_USE;
/* Reads the files anew; on failure the present certificate stays. */
enum comity_status certificates_reload(
    struct certificates *certificates, char *warning, size_t size, struct comity_error *err) COMITY_MUST_USE;
/* The present ones, which stay the owner's. */
void certificates_give(
    struct certificates *certificates, gnutls_pcert_st **chain, unsigned *n_chain, gnutls_privkey_t *key);
/* When no handshake is under way any more. Null is allowed. */
void certificates_close(struct certificates *certificates);

#endif
