// What NNG reports, in our codes.
#include "rpc_internal.h"

enum ledger_err ledger_nng_error(int code) {
    switch (code) {
    case 0:
        return LEDGER_E_OK;
    case NNG_ENOMEM:
        return LEDGER_E_NO_MEMORY;
    case NNG_ETIMEDOUT:
        return LEDGER_E_TIMEOUT;
    case NNG_ECONNREFUSED:
    case NNG_ENOENT:
    case NNG_EUNREACHABLE:
    case NNG_ECONNABORTED:
    case NNG_ECONNRESET:
    case NNG_ECONNSHUT:
        return LEDGER_E_UNAVAILABLE;
    case NNG_ECANCELED:
    case NNG_EINTR:
        return LEDGER_E_INTERRUPTED;
    case NNG_ECLOSED:
        return LEDGER_E_STOPPING;
    case NNG_EADDRINUSE:
        return LEDGER_E_LOCKED;
    case NNG_EADDRINVAL:
    case NNG_EINVAL:
    case NNG_ENOTSUP:
        return LEDGER_E_CONFIG_INVALID;
    case NNG_EPERM:
        return LEDGER_E_FORBIDDEN;
    case NNG_EMSGSIZE:
        return LEDGER_E_TOO_LARGE;
    case NNG_EPROTO:
        return LEDGER_E_MALFORMED;
    case NNG_EAGAIN:
    case NNG_ENOFILES:
        return LEDGER_E_BUSY;
    case NNG_ENOSPC:
        return LEDGER_E_IO;
    default:
        if ((code & NNG_ESYSERR) != 0)
            return ledger_err_from_errno(code & ~NNG_ESYSERR);
        return LEDGER_E_INTERNAL;
    }
}

enum ledger_err ledger_nng_fail(struct ledger_error *error, int code, const char *doing,
                                const char *url) {
    return ledger_fail(error, ledger_nng_error(code), NULL, "%s %s: %s", doing, url,
                       nng_strerror(code));
}
