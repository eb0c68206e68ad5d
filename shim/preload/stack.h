// Copies that use the stack of the thread that submits them.
//
// A buffer on the stack is gone when its function returns, and an asynchronous copy may still be under way. That it
// has returned shows at a later call of the thread: the stack pointer is above the buffer then. So an asynchronous copy
// with an operand on its thread's stack is followed by a record (API id 5) of the stack pointer, written before the
// first call that is made from above the operand; and one before the copy, the first time, says where the stack is.
//
// It costs other calls nothing. While a buffer is watched the thread's room for records is said to be used up, so that
// each of its calls takes the slow path, which compares the stack pointer. A stack pointer outside of the stack (a
// coroutine, a signal's own stack) says nothing.
#ifndef CUTAPE_STACK_H
#define CUTAPE_STACK_H

#include "state.h"

/// Whether `pointer` lies on the stack of `thread`.
static inline int cut_isOnStackOf(const CUTThread *_Nonnull thread, const void *_Nullable pointer) {
    return (uint64_t)pointer - thread->stackStart < thread->stackBytes;
}

/// Whether `pointer` lies on the stack of this thread.
static inline int cut_isOnStack(const void *_Nullable pointer) {
    return __builtin_expect(cut_isOnStackOf(cut_thread, pointer), 0);
}

/// An asynchronous copy that is about to be submitted uses `pointer`, which is on the stack. Keeps errno.
void cut_watchStack(const void *_Nonnull pointer, const void *_Nonnull stackPointer);

/// Finds where the stack of this thread is.
void cut_findStack(CUTThread *_Nonnull thread);

/// The thread makes a call from `stackPointer`: writes that down if watched buffers are gone.
void cut_leaveFrames(CUTThread *_Nonnull thread, const void *_Nonnull stackPointer);

/// The thread ends, and its whole stack with it.
void cut_leaveStack(CUTThread *_Nonnull thread);

#endif
