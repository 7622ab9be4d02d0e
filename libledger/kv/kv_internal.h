// Shared by the files of this folder, the only ones that include lmdb.h.
#ifndef LEDGER_KV_INTERNAL_H
#define LEDGER_KV_INTERNAL_H

#include <lmdb.h>

#include "ledger/kv.h"

struct ledger_kv {
    MDB_env *env;
    int lock; // flock on <path>/owner: LMDB itself would let a second process in
};

// kv.c: what can go wrong is translated once.
enum ledger_err kv_error(int code);
enum ledger_err kv_fail(struct ledger_error *error, int code, const char *doing);

// kv_whole.c: LEDGER_E_CORRUPT if the file ends before pages that are in use. Nothing is known of
// its pages yet, so that it outlives what LMDB makes of them.
LEDGER_MUST_CHECK enum ledger_err kv_check_whole(MDB_env *env, const char *path,
                                                 struct ledger_error *error);

// kv_fault.c: who reads where. False: another process died of what is in it.
void kv_fault_watch(MDB_env *env, const struct ledger_kv_options *options);
void kv_fault_forget(MDB_env *env);
bool kv_fault_was_noted(const char *path);

#endif
