#include "display.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

static bool terminal;
static bool colours;

void display_init(void) {
    // Ours is UTF-8 in and out; the environment decides nothing else of what is printed.
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        setlocale(LC_CTYPE, "");
    const char *kind = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");
    terminal = isatty(STDOUT_FILENO) == 1;
    colours = terminal && kind != NULL && strcmp(kind, "dumb") != 0 &&
              (no_colour == NULL || no_colour[0] == '\0');
}

bool display_is_terminal(void) {
    return terminal;
}

int display_width_of_terminal(void) {
    struct winsize size;
    if (!terminal)
        return INT_MAX;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

const char *display_bold(void) {
    return colours ? "\033[1m" : "";
}

const char *display_dim(void) {
    return colours ? "\033[2m" : "";
}

const char *display_plain(void) {
    return colours ? "\033[0m" : "";
}

// The next character and its bytes; 0 at the end. What is no UTF-8 is one byte of U+FFFD.
static size_t next_character(const char *text, mbstate_t *state, wchar_t *character) {
    size_t size = mbrtowc(character, text, MB_LEN_MAX, state);
    if (size != (size_t)-1 && size != (size_t)-2)
        return size;
    *state = (mbstate_t){0};
    *character = 0xfffd;
    return 1;
}

// What changes the order in which a terminal shows the text around it: an amount or a name could
// be made to read as another.
static bool turns_text(wchar_t character) {
    static const struct {
        wchar_t first, last;
    } ranges[] = {{0x061c, 0x061c}, {0x200e, 0x200f}, {0x202a, 0x202e}, {0x2066, 0x2069}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return false;
}

void display_add_clean(struct ledger_buffer *buffer, const char *text) {
    mbstate_t state = {0};
    wchar_t character;
    for (size_t size; (size = next_character(text, &state, &character)) > 0; text += size) {
        if (character == 0xfffd && size == 1)
            ledger_buffer_add_byte(buffer, '?');
        else if (iswcntrl((wint_t)character) || wcwidth(character) < 0 || turns_text(character))
            ledger_buffer_add_byte(buffer, ' ');
        else
            ledger_buffer_add(buffer, text, size);
    }
}

static int width_of(wchar_t character) {
    int width = wcwidth(character);
    return width < 0 ? 1 : width;
}

int display_width_of(const char *text, size_t size) {
    mbstate_t state = {0};
    wchar_t character;
    int width = 0;
    size_t at = 0;
    for (size_t step; at < size && (step = next_character(text + at, &state, &character)) > 0;
         at += step)
        width += width_of(character);
    return width;
}

int display_width(const char *text) {
    return display_width_of(text, strlen(text));
}

size_t display_fit(const char *text, int width, int *used) {
    mbstate_t state = {0};
    wchar_t character;
    size_t fits = 0;
    *used = 0;
    for (size_t size; (size = next_character(text + fits, &state, &character)) > 0; fits += size) {
        if (*used + width_of(character) > width)
            break;
        *used += width_of(character);
    }
    return fits;
}
