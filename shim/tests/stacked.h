// The function without unwind tables that the program with call stacks calls.
#ifndef CUTAPE_TEST_STACKED_H
#define CUTAPE_TEST_STACKED_H

/// Calls `call`; what it returned, and one more.
int untabled(int (*call)(void));

#endif
