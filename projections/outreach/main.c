#include "outreach.h"

int main(int argc, char **argv) {
    return projection_main(&outreach, argc, argv);
}
