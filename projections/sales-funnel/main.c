#include "sales_funnel.h"

int main(int argc, char **argv) {
    return projection_main(&sales_funnel, argc, argv);
}
