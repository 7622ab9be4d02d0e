// A client's segment in each scheme.
#ifndef DIRECTORY_SEGMENTS_H
#define DIRECTORY_SEGMENTS_H

#include "standpoint.h"

enum { SCHEMES = 5 }; // one more than the last of Facts__V1__ClientSegmented__Scheme

struct segments {
    bool has[SCHEMES];
    struct segment_row rows[SCHEMES]; // segment NULL = taken out
    struct dated since[SCHEMES];
};
// Of the surviving id first: those of the merged ids fill in what it is in no scheme for.
void segments_read(struct projection_view *view, const struct standpoint *stand, const char *client,
                   struct segments *segments);

#endif
