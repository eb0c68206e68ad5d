// The bytes that copies read from host memory, in records of their own, when the session asks for them.
//
// A content is what one source held. Its pieces (API id 900) are records like those of calls, in the same segments, and
// so survive what calls survive. Each names the whole content by its hash and length: that is what the record of the
// source (API id 8) has too. What this process has sent is not sent again, as far as a table of bounded size remembers.
//
// No call is lost for the sake of a content: half of the segments are kept for calls. When a content does not fit the
// other half, its bytes are left out and counted; the hash of the source is there all the same. Pieces of a content
// that did not become whole may be there; the recorder throws them away.
#ifndef CUTAPE_CONTENTS_H
#define CUTAPE_CONTENTS_H

#include "state.h"

/// What a source held.
typedef struct CUTContent {
    uint64_t hash;
    uint64_t bytes;
} CUTContent;

/// Whether the bytes have to be sent. When they have to be and there is no room, they are counted as left out.
int cut_wantsContent(const CUTContent *_Nonnull content);

/// Sends `count` bytes that begin at `offset` of the content, a multiple of CUT_CONTENT_BYTES. Returns whether there
/// was room.
int cut_sendContent(
    const CUTContent *_Nonnull content, uint64_t offset, const char *_Nonnull bytes, uint64_t count);

/// All bytes were sent, or, unless `isWhole`, not all of them.
void cut_endContent(const CUTContent *_Nonnull content, int isWhole);

#endif
