#include "services.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/client.h"

static const char suffix[] = ".sock";

// append.sock and read.sock are ledgerd's.
static const char *const others[] = {"append", "read", SERVICES_REACTOR};

static bool is_projection(const char *file, size_t *name_size) {
    size_t size = strlen(file);
    if (size < sizeof suffix || strcmp(file + size - (sizeof suffix - 1), suffix) != 0)
        return false;
    *name_size = size - (sizeof suffix - 1);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strlen(others[i]) == *name_size && memcmp(others[i], file, *name_size) == 0)
            return false;
    return true;
}

static int compare_names(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static enum ledger_err take_name(struct ledger_arena *arena, struct service_names *names,
                                 struct ledger_span name, struct ledger_error *error) {
    // Few, and seldom: a new list for each keeps to the arena.
    char **list = ledger_arena_alloc(arena, (names->count + 1) * sizeof *list);
    char *text = ledger_arena_text(arena, name);
    if (list == NULL || text == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "looking for projections");
    if (names->count > 0)
        memcpy(list, names->list, names->count * sizeof *list);
    list[names->count++] = text;
    names->list = list;
    return LEDGER_E_OK;
}

enum ledger_err services_find(const struct common *common, struct ledger_arena *arena,
                              struct service_names *names, struct ledger_error *error) {
    char path[PATH_MAX];
    *names = (struct service_names){0};
    if (snprintf(path, sizeof path, "%s/run", common->data) >= (int)sizeof path)
        return ledger_fail(error, LEDGER_E_USAGE, "data", "the path is too long");
    DIR *directory = opendir(path);
    if (directory == NULL)
        return errno == ENOENT || errno == ENOTDIR
                   ? LEDGER_E_OK
                   : ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", path,
                                 strerror(errno));
    enum ledger_err err = LEDGER_E_OK;
    const struct dirent *entry;
    while (err == LEDGER_E_OK && (entry = readdir(directory)) != NULL) {
        size_t size;
        if (is_projection(entry->d_name, &size))
            err = take_name(arena, names, ledger_span_of(entry->d_name, size), error);
    }
    closedir(directory);
    if (names->count > 0)
        qsort(names->list, names->count, sizeof *names->list, compare_names);
    return err;
}

static bool has_name(const struct service_names *names, const char *name) {
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i], name) == 0)
            return true;
    return false;
}

// One that is stopped has left its model.
static bool has_model(const struct common *common, const char *name) {
    char path[PATH_MAX];
    return strchr(name, '/') == NULL &&
           snprintf(path, sizeof path, "%s/projections/%s", common->data, name) <
               (int)sizeof path &&
           access(path, F_OK) == 0;
}

static bool has_socket(const struct common *common, const char *name) {
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%s/run/%s.sock", common->data, name) < (int)sizeof path &&
           access(path, F_OK) == 0;
}

enum ledger_err services_explain_absence(const struct common *common, const char *kind,
                                         const char *name, struct ledger_arena *arena,
                                         struct ledger_error *error) {
    struct service_names names;
    if (services_find(common, arena, &names, NULL) != LEDGER_E_OK || has_name(&names, name) ||
        has_model(common, name) ||
        (strcmp(kind, "service") == 0 && strcmp(name, SERVICES_REACTOR) == 0))
        return error->code;
    struct ledger_buffer list = {0};
    if (strcmp(kind, "service") == 0 && has_socket(common, "read"))
        ledger_buffer_add_text(&list, "ledgerd");
    if (strcmp(kind, "service") == 0 && has_socket(common, SERVICES_REACTOR))
        ledger_buffer_printf(&list, "%s%s", list.size > 0 ? ", " : "", SERVICES_REACTOR);
    for (size_t i = 0; i < names.count; i++)
        ledger_buffer_printf(&list, "%s%s", list.size > 0 ? ", " : "", names.list[i]);
    const char *text = ledger_buffer_text(&list);
    if (text != NULL && text[0] != '\0')
        ledger_fail(error, LEDGER_E_USAGE, NULL, "there is no %s \"%s\" here; there are: %s", kind,
                    name, text);
    ledger_buffer_fini(&list);
    return error->code;
}

enum ledger_err services_ask(const struct common *common, const char *socket,
                             const Ledger__V1__Request *request, struct ledger_arena *arena,
                             Ledger__V1__Reply **reply, struct ledger_error *error) {
    struct ledger_client *client;
    enum ledger_err err = common_open(common, socket, false, &client, error);
    if (err != LEDGER_E_OK)
        return err;
    err = ledger_client_call(client, request, arena, reply, error);
    ledger_client_close(client);
    return err;
}
