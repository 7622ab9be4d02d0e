// The list of runs. Little-endian: rows u64 @0, last number u32 @8, runs u32 @12, the merge's
// number u32 @16, first u32 @20, count u32 @24, size of its next key u32 @28, bytes u64 @32; then
// of each run its number u32 and bytes u64; then the key.
#include "projection_internal.h"
#include "runs.h"

enum { HEADER_SIZE = 40, RUN_SIZE = 12 };
static const struct ledger_span list_key = {(const uint8_t *)"runs", 4};

enum ledger_err run_list_read(const struct projection_model *model, struct ledger_kv_txn *txn,
                              struct run_list *list) {
    struct ledger_span value;
    list->row_count = list->last_number = list->count = 0;
    list->merge.number = 0;
    enum ledger_err err = ledger_kv_get(txn, model->meta, list_key, &value);
    if (err)
        return err == LEDGER_E_NOT_FOUND ? LEDGER_E_OK : err;
    if (value.size < HEADER_SIZE)
        return LEDGER_E_CORRUPT;
    const uint8_t *at = value.data;
    struct run_merge *merge = &list->merge;
    list->row_count = get_le64(at);
    list->last_number = get_le32(at + 8);
    list->count = get_le32(at + 12);
    merge->number = get_le32(at + 16);
    merge->first = get_le32(at + 20);
    merge->count = get_le32(at + 24);
    merge->next_size = get_le32(at + 28);
    merge->bytes = get_le64(at + 32);
    if (list->count > RUNS_MAX || merge->next_size > ROW_KEY_MAX ||
        value.size != HEADER_SIZE + (size_t)list->count * RUN_SIZE + merge->next_size ||
        merge->first > list->count || merge->count > list->count - merge->first)
        return LEDGER_E_CORRUPT;
    at += HEADER_SIZE;
    for (uint32_t i = 0; i < list->count; i++, at += RUN_SIZE)
        list->runs[i] = (struct run){.number = get_le32(at), .bytes = get_le64(at + 4)};
    memcpy(merge->next, at, merge->next_size);
    return LEDGER_E_OK;
}

void run_list_write(const struct projection_model *model, struct ledger_kv_txn *txn,
                    const struct run_list *list) {
    uint8_t value[HEADER_SIZE + RUNS_MAX * RUN_SIZE + ROW_KEY_MAX];
    uint8_t *at = value + HEADER_SIZE;
    const struct run_merge *merge = &list->merge;
    uint32_t next_size = merge->number ? merge->next_size : 0;
    put_le64(value, list->row_count);
    put_le32(value + 8, list->last_number);
    put_le32(value + 12, list->count);
    put_le32(value + 16, merge->number);
    put_le32(value + 20, merge->number ? merge->first : 0);
    put_le32(value + 24, merge->number ? merge->count : 0);
    put_le32(value + 28, next_size);
    put_le64(value + 32, merge->number ? merge->bytes : 0);
    for (uint32_t i = 0; i < list->count; i++, at += RUN_SIZE) {
        put_le32(at, list->runs[i].number);
        put_le64(at + 4, list->runs[i].bytes);
    }
    memcpy(at, merge->next, next_size);
    ledger_kv_put(txn, model->meta, list_key,
                  ledger_span_of(value, (size_t)(at - value) + next_size));
}
