#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "format.h"
#include "ledger/clock.h"

enum { REDRAW_MICROS = 100000, ESTIMATE_MICROS = 500000 };

static int64_t steady_now(void) {
    return ledger_clock_system.steady_micros(ledger_clock_system.context);
}

void progress_begin(struct progress *progress, const char *what, uint64_t done) {
    *progress = (struct progress){.what = what,
                                  .terminal = isatty(STDERR_FILENO) == 1,
                                  .started = steady_now(),
                                  .began_at = done};
}

static void print_rate(const struct progress *progress, int64_t micros, uint64_t done,
                       uint64_t total) {
    double rate = (double)(done - progress->began_at) / ((double)micros / 1e6);
    if (micros < ESTIMATE_MICROS || rate <= 0)
        return;
    (void)fprintf(stderr, "  %.0f/s", rate);
    if (total > done)
        (void)fprintf(stderr, "  %.0f s left", (double)(total - done) / rate + 0.5);
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total) {
    int64_t now = steady_now();
    if (!progress->terminal || now - progress->redrawn < REDRAW_MICROS)
        return;
    struct ledger_buffer number = {0};
    format_integer(&number, (int64_t)done);
    const char *text = ledger_buffer_text(&number);
    progress->redrawn = now;
    progress->shown = true;
    (void)fputs("\r\033[K", stderr);
    if (total != 0)
        (void)fprintf(stderr, "%3.0f %%  ", 100.0 * (double)done / (double)total);
    (void)fprintf(stderr, "%s %s", text != NULL ? text : "", progress->what);
    print_rate(progress, now - progress->started, done, total);
    (void)fflush(stderr);
    ledger_buffer_fini(&number);
}

void progress_end(struct progress *progress) {
    if (progress->shown)
        (void)fputs("\r\033[K", stderr);
    progress->shown = false;
}
