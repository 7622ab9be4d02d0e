#include "audit_trail.h"

int main(int argc, char **argv) {
    return projection_main(&audit_trail, argc, argv);
}
