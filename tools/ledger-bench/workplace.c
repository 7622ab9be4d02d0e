#include "workplace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "tree.h"

static enum ledger_err make_folder(struct workplace *place, const char *base,
                                   struct ledger_error *error) {
    if (base == NULL)
        base = getenv("TMPDIR");
    if (base == NULL || base[0] == '\0')
        base = "/tmp";
    if (snprintf(place->folder, WORKPLACE_PATH_SIZE, "%s/bench-XXXXXX", base) >=
        WORKPLACE_PATH_SIZE)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "work", "the path is too long: %s",
                           base);
    if (mkdtemp(place->folder) == NULL)
        return ledger_fail(error, ledger_err_from_errno(errno), "work", "%s: %s", place->folder,
                           strerror(errno));
    return LEDGER_E_OK;
}

static enum ledger_err choose_program(struct workplace *place, const char *ledgerd,
                                      struct ledger_error *error) {
    if (ledgerd == NULL)
        return child_program("ledgerd", place->ledgerd, sizeof place->ledgerd, error);
    if (snprintf(place->ledgerd, WORKPLACE_PATH_SIZE, "%s", ledgerd) >= WORKPLACE_PATH_SIZE)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "ledgerd", "the path is too long");
    return LEDGER_E_OK;
}

enum ledger_err workplace_make(struct workplace *place, const char *ledgerd, const char *base,
                               struct ledger_error *error) {
    enum ledger_err err = choose_program(place, ledgerd, error);
    return err == LEDGER_E_OK ? make_folder(place, base, error) : err;
}

void workplace_leave(const struct workplace *place, bool keep) {
    if (keep)
        fprintf(stderr, "ledger-bench: left as it is: %s\n", place->folder);
    else
        tree_remove(place->folder);
}
