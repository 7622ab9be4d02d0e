#include "choices.h"

#include <string.h>

#include "service.h"

const char *const transport_names[2] = {[SERVICE_IPC] = "ipc", [SERVICE_TCP] = "tcp"};
const char *const id_kinds[2] = {"random", [ID_ORDERED] = "ordered"};

bool choice_holds(const char *value, const char *name) {
    return strcmp(value, "both") == 0 || strcmp(value, name) == 0;
}

enum ledger_err choice_check(const char *option, const char *value, const char *const names[2],
                             struct ledger_error *error) {
    if (choice_holds(value, names[0]) || choice_holds(value, names[1]))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_USAGE, option, "must be %s, %s or both", names[0], names[1]);
}
