#include "fake_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/wait.h"

// NNG 1.5 loses the message of a connection that is closed while it sends.
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void) {
    return "leak:libnng";
}

enum { DEADLINE_US = 30 * 1000000 };

bool fake_open(struct fake *fake, struct ledger_server_options *options) {
    struct ledger_error error;
    snprintf(fake->directory, sizeof fake->directory, "/tmp/ledger-client-XXXXXX");
    if (mkdtemp(fake->directory) == NULL)
        return false;
    snprintf(fake->url, sizeof fake->url, "ipc://%s/x.sock", fake->directory);
    options->url = fake->url;
    return ledger_wait_init(&fake->lock, &fake->changed, &error) == LEDGER_E_OK &&
           ledger_server_open(options, &fake->server, &error) == LEDGER_E_OK;
}

void fake_close(struct fake *fake) {
    char path[128];
    ledger_server_close(fake->server);
    snprintf(path, sizeof path, "%s/x.sock", fake->directory);
    unlink(path);
    rmdir(fake->directory);
    ledger_wait_fini(&fake->lock, &fake->changed);
}

unsigned fake_get(struct fake *fake, const unsigned *number) {
    pthread_mutex_lock(&fake->lock);
    unsigned value = *number;
    pthread_mutex_unlock(&fake->lock);
    return value;
}

void fake_set(struct fake *fake, unsigned *number, unsigned value) {
    pthread_mutex_lock(&fake->lock);
    *number = value;
    pthread_mutex_unlock(&fake->lock);
}

void fake_wait(struct fake *fake, const unsigned *number, unsigned at_least) {
    int64_t deadline = ledger_wait_now() + DEADLINE_US;
    bool in_time = true;
    pthread_mutex_lock(&fake->lock);
    while (*number < at_least && in_time)
        in_time = ledger_wait_until(&fake->lock, &fake->changed, deadline);
    unsigned value = *number;
    pthread_mutex_unlock(&fake->lock);
    assert_true(value >= at_least);
}
