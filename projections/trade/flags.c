#include "flags.h"

static const struct projection_column flag_columns[] = {
    {"code", "Code", PROJECTION_TEXT},
    {"meaning", "Meaning", PROJECTION_TEXT},
    {"count", "Facts", PROJECTION_INTEGER},
};

void answer_flags(struct projection_answer *answer, const struct flag_text *texts,
                  const uint64_t *counts, size_t count) {
    projection_answer_table(answer, "contradictions", "Facts that contradict others",
                            PROJECTION_COLUMNS(flag_columns));
    for (size_t i = 0; i < count; i++) {
        if (!counts[i])
            continue;
        projection_answer_text(answer, texts[i].code);
        projection_answer_text(answer, texts[i].sentence);
        projection_answer_integer(answer, (int64_t)counts[i]);
    }
}

void answer_codes(struct projection_view *view, struct projection_answer *answer,
                  const struct flag_text *texts, size_t count, unsigned flags) {
    const char *codes = NULL;
    for (size_t i = 0; i < count; i++)
        if (flags & 1u << i)
            codes = codes ? ledger_arena_printf(projection_view_arena(view), "%s, %s", codes,
                                                texts[i].code)
                          : texts[i].code;
    projection_answer_text(answer, codes);
}
