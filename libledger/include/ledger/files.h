// Directories that survive a power cut. Any thread.
#ifndef LEDGER_FILES_H
#define LEDGER_FILES_H

#include "ledger/error.h"

// Makes a directory, for its owner and group, unless it is there; LEDGER_E_IO if something else is.
// Its parent must exist.
// Durability: the directory's name is on the disk.
LEDGER_MUST_CHECK enum ledger_err ledger_directory_make(const char *path,
                                                        struct ledger_error *error);

// Durability: the names of the files in it are on the disk.
LEDGER_MUST_CHECK enum ledger_err ledger_directory_sync(const char *path,
                                                        struct ledger_error *error);

#endif
