// The macro machinery that turns a row's lists into declarations, calls and tables.
//
//   CUT_EACH(macro, list)        macro x macro y ...    for a list (x, y, ...); nothing for ()
//   CUT_EACH_COMMA(macro, list)  the same with commas between
//   CUT_JOIN(a, b)               one token of two, after both are expanded
//
// The elements of the lists are parenthesised themselves, so `macro x` is a call of `macro`.
#ifndef CUTAPE_MAP_H
#define CUTAPE_MAP_H

#define CUT_JOIN(a, b) CUT_JOIN_(a, b)
#define CUT_JOIN_(a, b) a##b
#define CUT_UNWRAP(...) __VA_ARGS__

#define CUT_EACH(macro, list) CUT_EACH_(macro, CUT_UNWRAP list)
#define CUT_EACH_(macro, ...) __VA_OPT__(CUT_SCAN(CUT_EACH_STEP(macro, __VA_ARGS__)))
#define CUT_EACH_STEP(macro, first, ...) macro first __VA_OPT__(CUT_EACH_AGAIN CUT_NONE(macro, __VA_ARGS__))
#define CUT_EACH_AGAIN() CUT_EACH_STEP

#define CUT_EACH_COMMA(macro, list) CUT_EACH_COMMA_(macro, CUT_UNWRAP list)
#define CUT_EACH_COMMA_(macro, ...) __VA_OPT__(CUT_SCAN(CUT_EACH_COMMA_STEP(macro, __VA_ARGS__)))
#define CUT_EACH_COMMA_STEP(macro, first, ...) \
    macro first __VA_OPT__(, CUT_EACH_COMMA_AGAIN CUT_NONE(macro, __VA_ARGS__))
#define CUT_EACH_COMMA_AGAIN() CUT_EACH_COMMA_STEP

// Each step is expanded by one more scan: 64 of them, for lists of up to 64 elements.
#define CUT_NONE ()
#define CUT_SCAN(...) CUT_SCAN_16(CUT_SCAN_16(CUT_SCAN_16(CUT_SCAN_16(__VA_ARGS__))))
#define CUT_SCAN_16(...) CUT_SCAN_4(CUT_SCAN_4(CUT_SCAN_4(CUT_SCAN_4(__VA_ARGS__))))
#define CUT_SCAN_4(...) CUT_SCAN_1(CUT_SCAN_1(CUT_SCAN_1(CUT_SCAN_1(__VA_ARGS__))))
#define CUT_SCAN_1(...) __VA_ARGS__

#endif
