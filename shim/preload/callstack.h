// Call stacks: who called the caller, when the session asks for it.
//
// In front of the record of a call stands one that names its stack (API id 902), in the same segment and at the next
// place: both are there or none. The frames of a stack are in a record of their own (API id 901), which each thread
// writes the first time that it has a call from there. A stack is named by a hash of its addresses.
//
// A thread remembers where on its stack it found the addresses of a call. When it makes a call from the same stack
// pointer, and they are all still there, it is the same stack: it is compared, not walked. That holds because each address
// says where the next one is, but for functions with frames of changing size, which would have to leave a whole stack
// of equal addresses behind.
//
// It costs other sessions nothing: in one with stacks a thread's room for records is said to be used up all the time, so
// that each call takes the slow path. No call is lost for the sake of a stack: the last quarter of the segments is kept
// for calls alone. Stacks that are not recorded are counted.
#ifndef CUTAPE_CALLSTACK_H
#define CUTAPE_CALLSTACK_H

#include "state.h"

/// The name of the stack of a call from `stackPointer`, whose frames are recorded by then; 0, and it is counted, when
/// there is none: no room, no memory, or a signal handler has interrupted the same.
uint64_t cut_takeStack(CUTThread *_Nonnull thread, const void *_Nonnull stackPointer);

/// Names the stack of the call whose record comes behind `record`.
void cut_nameStack(CUTRecord *_Nonnull record, uint64_t stack);

/// Gives back what the thread has for stacks.
void cut_endStacks(CUTThread *_Nonnull thread);

#endif
