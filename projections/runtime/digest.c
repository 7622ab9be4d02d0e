// What a model holds, as one number: two models of one fold and one ledger are the same up to a
// position if their digests as of it are. A row that is closed later counts as open.
#include <openssl/evp.h>
#include <stdio.h>

#include "projection_internal.h"

struct digest {
    EVP_MD_CTX *hash;
    uint64_t position;
    uint64_t rows, amendments, parked;
    bool failed;
};

static void add(struct digest *digest, struct ledger_span bytes) {
    uint8_t size[4];
    put_le32(size, (uint32_t)bytes.size);
    digest->failed |= !EVP_DigestUpdate(digest->hash, size, sizeof size) ||
                      !EVP_DigestUpdate(digest->hash, bytes.data, bytes.size);
}

// Adds the pair unless it is of a later position.
typedef void add_pair(struct digest *digest, const struct ledger_kv_pair *pair);

static void add_row(struct digest *digest, const struct ledger_kv_pair *pair) {
    const struct ledger_span *value = &pair->value;
    uint8_t until[8];
    if (pair->key.size < ROW_KEY_SUFFIX || value->size < ROW_HEADER_SIZE ||
        ledger_key_u64_read(pair->key.data + pair->key.size - 8) > digest->position)
        return;
    uint64_t closed = get_le64(value->data);
    put_le64(until, closed > digest->position ? UINT64_MAX : closed);
    add(digest, pair->key);
    add(digest, ledger_span_of(until, sizeof until));
    add(digest, ledger_span_of(value->data + sizeof until, value->size - sizeof until));
    digest->rows++;
}

// A chain's head says again what its amendments say.
static void add_amendment(struct digest *digest, const struct ledger_kv_pair *pair) {
    if (pair->key.size == 8 || pair->value.size < 8 ||
        get_le64(pair->value.data) > digest->position)
        return;
    add(digest, pair->key);
    add(digest, pair->value);
    digest->amendments++;
}

static void add_parked(struct digest *digest, const struct ledger_kv_pair *pair) {
    if (pair->key.size != 8 || ledger_key_u64_read(pair->key.data) > digest->position)
        return;
    add(digest, pair->key);
    add(digest, pair->value);
    digest->parked++;
}

static enum ledger_err add_table(struct digest *digest, struct ledger_kv_txn *txn,
                                 struct ledger_kv_table table, add_pair *add_one) {
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, table);
    if (!cursor)
        return LEDGER_E_NO_MEMORY;
    struct ledger_kv_pair pair;
    for (bool more = ledger_kv_first(cursor, &pair); more; more = ledger_kv_next(cursor, &pair))
        add_one(digest, &pair);
    enum ledger_err err = ledger_kv_cursor_failed(cursor);
    ledger_kv_cursor_close(cursor);
    return err;
}

static enum ledger_err add_rows(struct digest *digest, struct projection_view *view) {
    const struct run_list *list = projection_view_runs(view);
    struct run_cursor *cursor =
        list ? run_cursor_open(view->model, view->txn, list, 0, list->count, true) : NULL;
    if (!cursor)
        return LEDGER_E_NO_MEMORY;
    struct ledger_kv_pair row;
    const struct ledger_span all = {0};
    for (bool more = run_cursor_seek(cursor, all, all, &row); more;
         more = run_cursor_next(cursor, &row))
        add_row(digest, &row);
    enum ledger_err err = run_cursor_failed(cursor);
    run_cursor_close(cursor);
    return err;
}

static enum ledger_err add_model(struct digest *digest, struct projection_view *view) {
    const struct projection_model *model = view->model;
    const struct {
        struct ledger_kv_table table;
        add_pair *add_one;
    } tables[] = {{model->chains, add_amendment}, {model->parked, add_parked}};
    enum ledger_err err = add_rows(digest, view);
    for (size_t i = 0; !err && i < sizeof tables / sizeof tables[0]; i++)
        err = add_table(digest, view->txn, tables[i].table, tables[i].add_one);
    return err;
}

enum { DIGEST_COLUMN = 5 };
static const struct projection_column columns[] = {
    {"position", "Position", PROJECTION_INTEGER}, {"fold", "Fold", PROJECTION_INTEGER},
    {"rows", "Rows", PROJECTION_INTEGER},         {"amendments", "Amendments", PROJECTION_INTEGER},
    {"parked", "Set aside", PROJECTION_INTEGER},  {"sha256", "SHA-256", PROJECTION_TEXT},
};

static enum ledger_err answer_digest(struct projection_view *view,
                                     const struct projection_arguments *arguments,
                                     struct projection_answer *answer, struct ledger_error *error) {
    (void)arguments;
    struct digest digest = {.hash = EVP_MD_CTX_new(), .position = view->position};
    uint8_t bytes[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE + 1] = "";
    unsigned size = 0;
    digest.failed = !digest.hash || !EVP_DigestInit_ex(digest.hash, EVP_sha256(), NULL);
    enum ledger_err err = digest.failed ? LEDGER_E_OK : add_model(&digest, view);
    digest.failed = digest.failed || !EVP_DigestFinal_ex(digest.hash, bytes, &size);
    EVP_MD_CTX_free(digest.hash);
    if (err)
        return ledger_fail(error, err, NULL, "the model cannot be read");
    if (digest.failed)
        return projection_no_memory(error);
    for (unsigned i = 0; i < size; i++)
        (void)snprintf(text + (size_t)2 * i, 3, "%02x", bytes[i]);
    projection_answer_table(answer, "digest", "What the model holds", PROJECTION_COLUMNS(columns));
    projection_answer_integer(answer, (int64_t)view->position);
    projection_answer_integer(answer, view->model->projection->fold_version);
    projection_answer_integer(answer, (int64_t)digest.rows);
    projection_answer_integer(answer, (int64_t)digest.amendments);
    projection_answer_integer(answer, (int64_t)digest.parked);
    projection_answer_text(answer, text);
    return LEDGER_E_OK;
}

const char *projection_digest_of(const Ledger__V1__QueryReply *reply) {
    const Ledger__V1__Table *table = reply->n_tables == 1 ? reply->tables[0] : NULL;
    return table && table->n_rows == 1 && table->rows[0]->n_values > DIGEST_COLUMN
               ? table->rows[0]->values[DIGEST_COLUMN]->text
               : NULL;
}

const struct projection_query projection_digest_query = {
    .name = "digest",
    .help =
        "the model's contents as one number: equal numbers as of one position show that a model "
        "made anew is the one it replaces",
    .answer = answer_digest,
};
