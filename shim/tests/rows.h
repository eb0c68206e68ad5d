// Which rows of the API table a test is about: those of the library CUT_MAJOR, 12 or 13, or 0 for the driver.
//
// CUT_ROW_##body(majors, text) is the text for the rows that are functions of that library, and nothing for the others.
#ifndef CUTAPE_TEST_ROWS_H
#define CUTAPE_TEST_ROWS_H

#define CUT_ROW_regular(majors, ...) CUT_HAS_##majors(__VA_ARGS__)
#define CUT_ROW_irregular(majors, ...) CUT_HAS_##majors(__VA_ARGS__)
#define CUT_ROW_internal(majors, ...)

#if CUT_MAJOR == 0
#define CUT_HAS_both(...)
#define CUT_HAS_only12(...)
#define CUT_HAS_only13(...)
#define CUT_HAS_driver(...) __VA_ARGS__
#else
#define CUT_HAS_both(...) __VA_ARGS__
#define CUT_HAS_driver(...)
#if CUT_MAJOR == 12
#define CUT_HAS_only12(...) __VA_ARGS__
#define CUT_HAS_only13(...)
#else
#define CUT_HAS_only12(...)
#define CUT_HAS_only13(...) __VA_ARGS__
#endif
#endif

#endif
