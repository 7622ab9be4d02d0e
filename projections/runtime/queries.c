#include "queries.h"

enum ledger_err projection_argument_limit(const struct projection_arguments *arguments,
                                          uint64_t *limit, struct ledger_error *error) {
    bool present;
    *limit = 0;
    return projection_argument_u64(arguments, "limit", limit, &present, error);
}

void projection_answer_day_if(struct projection_answer *answer, bool has, int64_t day) {
    if (has)
        projection_answer_day(answer, (int32_t)day);
    else
        projection_answer_none(answer);
}

void projection_answer_note_unknown(struct projection_answer *answer, struct projection_view *view,
                                    const struct projection_arguments *arguments,
                                    const struct projection_known known[], size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *id = projection_argument(arguments, known[i].parameter);
        const char *const *ids;
        size_t tables = 0;
        while (tables < PROJECTION_KNOWN_TABLES_MAX && known[i].tables[tables])
            tables++;
        if (id && projection_view_client_ids(view, id, &ids) < 2 &&
            !projection_knows(view, known[i].tables, tables, id))
            projection_answer_nothing_known(answer, known[i].kind, id);
    }
}
