// Shared by config.c and config_help.c.
#ifndef LEDGER_CONFIG_INTERNAL_H
#define LEDGER_CONFIG_INTERNAL_H

#include "ledger/config.h"

void config_print_version(const struct ledger_program *program);
// Prints every setting as it stands, in the form of a settings file.
void config_print_settings(const struct ledger_program *program, const void *settings);
// `whole_program`: with the flags that ledger_config_read adds to the table's.
void config_print_help(const struct ledger_program *program, bool whole_program);

#endif
