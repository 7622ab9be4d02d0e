// Decides how a table is printed in a given width. Steps, each only if the one before was not
// enough: headings over as few lines as it takes; without lesser columns, but for those that there
// is room for; long texts cut; without columns of prose; downwards.
#include <string.h>

#include "display.h"
#include "table_internal.h"

enum { HEADING_LINES_MAX = 4 };

static int greater(int a, int b) {
    return a > b ? a : b;
}

// ---- headings

size_t table_heading_line(const char **text, int width) {
    const char *start = *text;
    size_t size = strcspn(start, " ");
    for (;;) {
        size_t more = size + strspn(start + size, " ");
        more += strcspn(start + more, " ");
        if (more == size || display_width_of(start, more) > width)
            break;
        size = more;
    }
    *text = start + size + strspn(start + size, " ");
    return size;
}

int table_heading_lines(const char *text, int width) {
    int lines = 0;
    for (; *text != '\0'; lines++)
        (void)table_heading_line(&text, width);
    return lines;
}

static int longest_word(const char *text) {
    int longest = 0;
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        longest = greater(longest, display_width_of(text, word));
        text += word + strspn(text + word, " ");
    }
    return longest;
}

// The least width at which a heading takes so few lines.
static int heading_width(const char *title, int lines) {
    int width = longest_word(title);
    while (table_heading_lines(title, width) > lines && width < display_width(title))
        width++;
    return width;
}

// ---- widths

static void set_widths(const struct table *table, struct table_layout *layout, int lines) {
    for (size_t i = 0; i < table->column_count; i++)
        layout->places[i].width =
            greater(table->columns[i].width, heading_width(table->columns[i].title, lines));
}

static int total_width(const struct table *table, const struct table_layout *layout) {
    int total = -TABLE_COLUMN_GAP;
    for (size_t i = 0; i < table->column_count; i++)
        if (layout->places[i].shown)
            total += TABLE_COLUMN_GAP + layout->places[i].width;
    return total;
}

static bool fit_headings(const struct table *table, struct table_layout *layout, int limit) {
    for (int lines = 1; lines <= HEADING_LINES_MAX; lines++) {
        set_widths(table, layout, lines);
        if (total_width(table, layout) <= limit)
            return true;
    }
    return false;
}

// ---- which columns

// False if none is left.
static bool show_only_always(const struct table *table, struct table_layout *layout) {
    bool any = false;
    for (size_t i = 0; i < table->column_count; i++) {
        layout->places[i].shown = table->columns[i].rank == TABLE_ALWAYS;
        any = any || layout->places[i].shown;
    }
    return any;
}

static void show_all(const struct table *table, struct table_layout *layout) {
    for (size_t i = 0; i < table->column_count; i++)
        layout->places[i].shown = true;
}

static void show_where_room(const struct table *table, struct table_layout *layout, int limit) {
    int room = limit - total_width(table, layout);
    for (enum table_rank rank = TABLE_DETAIL; rank <= TABLE_EMPTY; rank++)
        for (size_t i = 0; i < table->column_count; i++) {
            struct table_place *place = &layout->places[i];
            if (table->columns[i].rank != rank || place->width + TABLE_COLUMN_GAP > room)
                continue;
            place->shown = true;
            room -= place->width + TABLE_COLUMN_GAP;
        }
}

// ---- cutting

// The least width that each kind is cut to in one round; 0 = it is not cut.
static const int least_widths[][TABLE_DOCUMENT + 1] = {
    {[TABLE_PROSE] = 16, [TABLE_DOCUMENT] = 40},
    {[TABLE_PROSE] = 16, [TABLE_DOCUMENT] = 16},
};

static struct table_place *widest_of(const struct table *table, struct table_layout *layout,
                                     const int *least) {
    struct table_place *widest = NULL;
    for (size_t i = 0; i < table->column_count; i++) {
        struct table_place *place = &layout->places[i];
        int least_width = least[table->columns[i].kind];
        if (place->shown && least_width > 0 && place->width > least_width &&
            (widest == NULL || place->width > widest->width))
            widest = place;
    }
    return widest;
}

// Takes from the widest, one by one. False if there is not enough to take.
static bool cut(const struct table *table, struct table_layout *layout, int limit) {
    int excess = total_width(table, layout) - limit;
    for (size_t i = 0; i < sizeof least_widths / sizeof least_widths[0]; i++) {
        struct table_place *widest;
        while (excess > 0 && (widest = widest_of(table, layout, least_widths[i])) != NULL) {
            widest->width--;
            excess--;
        }
    }
    return excess <= 0;
}

// Leaves out the last column of prose, as long as there are others enough to make a table.
static bool hide_prose(const struct table *table, struct table_layout *layout) {
    enum { SHOWN_MIN = 4 };
    struct table_place *last = NULL;
    int shown = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        shown += layout->places[i].shown;
        if (layout->places[i].shown && table->columns[i].kind == TABLE_PROSE)
            last = &layout->places[i];
    }
    if (last == NULL || shown <= SHOWN_MIN)
        return false;
    last->shown = false;
    return true;
}

// ---- all together

static void choose(const struct table *table, int limit, struct table_layout *layout) {
    show_all(table, layout);
    if (fit_headings(table, layout, limit))
        return;
    if (!show_only_always(table, layout))
        show_all(table, layout);
    set_widths(table, layout, HEADING_LINES_MAX);
    if (total_width(table, layout) > limit) {
        while (!cut(table, layout, limit)) {
            if (!hide_prose(table, layout)) {
                layout->downwards = true;
                return;
            }
            set_widths(table, layout, HEADING_LINES_MAX);
        }
        return;
    }
    show_where_room(table, layout, limit);
    (void)fit_headings(table, layout, limit); // at the latest with the most lines
}

void table_lay_out(const struct table *table, int limit, struct table_layout *layout) {
    layout->downwards = false;
    layout->heading_lines = 0;
    choose(table, limit, layout);
    for (size_t i = 0; i < table->column_count; i++)
        if (layout->places[i].shown)
            layout->heading_lines =
                greater(layout->heading_lines,
                        table_heading_lines(table->columns[i].title, layout->places[i].width));
}
