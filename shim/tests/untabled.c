// A function that no unwind table covers: it is compiled without any.
#include "stacked.h"

int untabled(int (*call)(void)) {
    int result = call();
    return result + 1;
}
