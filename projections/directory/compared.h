// Texts as they are compared: without case and punctuation.
#ifndef DIRECTORY_COMPARED_H
#define DIRECTORY_COMPARED_H

#include <stdbool.h>

#include "ledger/span.h"

// Adds the words of the text, as they are compared. False if there are none.
bool compared_add(struct ledger_buffer *buffer, const char *text);

#endif
