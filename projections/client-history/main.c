#include "client_history.h"

int main(int argc, char **argv) {
    return projection_main(&client_history, argc, argv);
}
