#include "rep_activity.h"

int main(int argc, char **argv) {
    return projection_main(&rep_activity, argc, argv);
}
