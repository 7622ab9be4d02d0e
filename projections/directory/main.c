#include "directory.h"

int main(int argc, char **argv) {
    return projection_main(&directory, argc, argv);
}
