#include "leaf.h"

#include <openssl/evp.h>
#include <string.h>

// The first byte of a value.
enum { RECORD_AS_STORED = 0, LEAF_AND_REST = 1 };

static bool leaf_hash(struct ledger_span stored, uint8_t leaf[LEAF_SIZE]) {
    static const uint8_t prefix = 0x00;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool hashed = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                  EVP_DigestUpdate(context, &prefix, 1) == 1 &&
                  EVP_DigestUpdate(context, stored.data, stored.size) == 1 &&
                  EVP_DigestFinal_ex(context, leaf, NULL) == 1;
    EVP_MD_CTX_free(context);
    return hashed;
}

bool record_value_put(const Ledger__V1__Record *record, struct ledger_span stored,
                      struct ledger_buffer *value) {
    uint8_t head[1 + LEAF_SIZE] = {record->n_personal ? LEAF_AND_REST : RECORD_AS_STORED};
    Ledger__V1__Record rest = *record;
    if (!record->n_personal) {
        ledger_buffer_add(value, head, 1);
        ledger_buffer_add_span(value, stored);
        return true;
    }
    if (!leaf_hash(stored, head + 1))
        return false;
    rest.n_personal = 0;
    rest.personal = NULL;
    ledger_buffer_add(value, head, sizeof head);
    ledger_message_pack(&rest.base, value);
    return true;
}

static size_t head_size(struct ledger_span value) {
    size_t size = value.data[0] == LEAF_AND_REST ? 1 + LEAF_SIZE : 1;
    return size <= value.size ? size : value.size;
}

struct ledger_span record_value_bytes(struct ledger_span value) {
    size_t size = head_size(value);
    return ledger_span_of(value.data + size, value.size - size);
}

bool record_leaf(struct ledger_span value, uint8_t leaf[LEAF_SIZE]) {
    size_t size = head_size(value);
    if (size == 1)
        return leaf_hash(record_value_bytes(value), leaf);
    memcpy(leaf, value.data + 1, LEAF_SIZE);
    return true;
}
