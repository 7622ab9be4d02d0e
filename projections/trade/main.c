#include "trade.h"

int main(int argc, char **argv) {
    return projection_main(&trade, argc, argv);
}
