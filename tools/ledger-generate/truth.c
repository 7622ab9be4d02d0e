#include "truth.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void truth_begin(struct truth *truth) {
    *truth = (struct truth){.groups = json_object()};
    truth->no_memory = !truth->groups;
}

// The value under the name, made by `make` if there is none yet. Borrowed.
static json_t *under(struct truth *truth, json_t *object, const char *name, json_t *(*make)(void)) {
    json_t *found = json_object_get(object, name);
    if (found)
        return found;
    if (json_object_set_new(object, name, make()) != 0)
        truth->no_memory = true;
    return json_object_get(object, name);
}

void truth_list(struct truth *truth, const char *group, const char *key, const char *text) {
    json_t *list =
        key ? under(truth, under(truth, truth->groups, group, json_object), key, json_array)
            : under(truth, truth->groups, group, json_array);
    if (json_array_append_new(list, json_string(text)) != 0)
        truth->no_memory = true;
}

void truth_count(struct truth *truth, const char *group, const char *key, int64_t more) {
    json_t *counts = under(truth, truth->groups, group, json_object);
    json_int_t before = json_integer_value(json_object_get(counts, key));
    if (json_object_set_new(counts, key, json_integer(before + more)) != 0)
        truth->no_memory = true;
}

void truth_set(struct truth *truth, const char *name, json_t *value) {
    if (json_object_set_new(truth->groups, name, value) != 0)
        truth->no_memory = true;
}

enum ledger_err truth_open(struct truth *truth, const char *path, struct ledger_error *error) {
    truth->file = fopen(path, "w");
    return truth->file ? LEDGER_E_OK : ledger_fail(error, LEDGER_E_IO, path, "%s", strerror(errno));
}

enum ledger_err truth_write(struct truth *truth, const char *path, struct ledger_error *error) {
    if (truth->no_memory)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    bool written = json_dumpf(truth->groups, truth->file, JSON_INDENT(1)) == 0 &&
                   fputc('\n', truth->file) != EOF;
    written = fclose(truth->file) == 0 && written;
    truth->file = NULL;
    return written ? LEDGER_E_OK : ledger_fail(error, LEDGER_E_IO, path, "cannot be written");
}

void truth_free(struct truth *truth) {
    if (truth->file)
        (void)fclose(truth->file); // what failed has been told
    json_decref(truth->groups);
}
