#include "agenda.h"

int main(int argc, char **argv) {
    return projection_main(&agenda, argc, argv);
}
