// The ledger that is measured: a ledgerd of our own on a fresh folder, or one that runs already.
#ifndef LEDGER_BENCH_SERVICE_H
#define LEDGER_BENCH_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/client.h"

enum service_transport { SERVICE_IPC, SERVICE_TCP };

struct service_options {
    const char *program; // ledgerd
    const char *folder;  // for its data and log; made, and removed by service_close
    const char *data;    // its data if not there: made if absent, and left as it is; NULL: there
    enum service_transport transport;
    char *const *arguments;            // more of them, NULL at the end
    const char *append_url, *read_url; // of one that runs already; the above does not matter then
};

struct service;

// The options must outlive the service.
LEDGER_MUST_CHECK enum ledger_err service_open(const struct service_options *options,
                                               struct service **service,
                                               struct ledger_error *error);
// `keep`: leave the folder.
void service_close(struct service *service, bool keep);

// Of a ledgerd of our own: ends it, gently or with kill -9, and starts it on the same folder. Its
// clients are new ones afterwards.
struct service_restart {
    double stop_s;  // until it had ended
    double start_s; // then until it answered a status
};
LEDGER_MUST_CHECK enum ledger_err service_restart(struct service *service, bool kill,
                                                  struct service_restart *restart,
                                                  struct ledger_error *error);

struct ledger_client *service_appends(struct service *service);
struct ledger_client *service_reads(struct service *service);
const char *service_folder(const struct service *service);
const char *service_data(const struct service *service);
const char *service_append_url(const struct service *service);
const char *service_read_url(const struct service *service);

struct service_state {
    uint64_t head, folded_to;
    uint64_t streams;
    uint64_t pid;
    uint64_t log_bytes, index_bytes; // on the disk
    uint32_t waiting_readers;
};
LEDGER_MUST_CHECK enum ledger_err
service_state(struct service *service, struct service_state *state, struct ledger_error *error);
// Until the indexes hold all that the log holds.
LEDGER_MUST_CHECK enum ledger_err service_wait_folded(struct service *service,
                                                      struct ledger_error *error);

#endif
