#include "field_route.h"

int main(int argc, char **argv) {
    return projection_main(&field_route, argc, argv);
}
