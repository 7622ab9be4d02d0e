// Text on a terminal: how wide it is, where it may be cut, and what of it is fit to print.
#ifndef LEDGERCTL_DISPLAY_H
#define LEDGERCTL_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger/span.h"

// Once, before anything else: takes UTF-8, whatever the environment's locale.
void display_init(void);

// Standard output.
bool display_is_terminal(void);
int display_width_of_terminal(void); // INT_MAX if it is none
// Escape sequences, or "" where they do not belong.
const char *display_bold(void);
const char *display_dim(void);
const char *display_plain(void);

// Adds the text without control characters, also those that turn the direction of a text: each
// becomes a space, what is not UTF-8 "?".
void display_add_clean(struct ledger_buffer *buffer, const char *text);
// Columns that a clean text takes.
int display_width(const char *text);
int display_width_of(const char *text, size_t size); // of its first bytes
// Bytes of the clean text that fit into `width` columns; *used is how many of them they take.
size_t display_fit(const char *text, int width, int *used);

#endif
