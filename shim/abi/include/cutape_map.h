// The macro machinery that turns a row's lists into declarations, calls and tables.
//
//   CUT_EACH(macro, list)        macro x macro y ...    for a list (x, y, ...); nothing for ()
//   CUT_EACH_COMMA(macro, list)  the same with commas between
//   CUT_JOIN(a, b)               one token of two, after both are expanded
//
//   CUT_DECLARATIONS, CUT_TYPES, CUT_ARGUMENTS   a row's parameters as C wants them
//   CUT_CLASS(role)              word, result or kind
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

// Parameter lists: (type, name, role) as declaration, type and argument.
#define CUT_DECLARE(type, name, role) type name
#define CUT_TYPE(type, name, role) type
#define CUT_ARGUMENT(type, name, role) name
#define CUT_DECLARATIONS(parameters) CUT_OR_VOID(CUT_EACH_COMMA(CUT_DECLARE, parameters))
#define CUT_TYPES(parameters) CUT_OR_VOID(CUT_EACH_COMMA(CUT_TYPE, parameters))
#define CUT_ARGUMENTS(parameters) CUT_EACH_COMMA(CUT_ARGUMENT, parameters)
#define CUT_OR_VOID(...) CUT_OR_VOID_(__VA_ARGS__)
#define CUT_OR_VOID_(...) CUT_JOIN(CUT_VOID_, __VA_OPT__(NOT))(__VA_ARGS__)
#define CUT_VOID_(...) void
#define CUT_VOID_NOT(...) __VA_ARGS__

// The class of a role: `kind` has a place of its own, results are read again after the call, the others are words.
#define CUT_CLASS(role) CUT_CLASS_(CUT_CLASS_OF_##role, word, )
#define CUT_CLASS_(...) CUT_SECOND(__VA_ARGS__)
#define CUT_SECOND(first, second, ...) second
#define CUT_CLASS_OF_kind , kind
#define CUT_CLASS_OF_outPointer , result
#define CUT_CLASS_OF_outPitch , result
#define CUT_CLASS_OF_outStream , result
#define CUT_CLASS_OF_outEvent , result
#define CUT_CLASS_OF_outArray , result
#define CUT_CLASS_OF_outGraph , result
#define CUT_CLASS_OF_outGraphExec , result
#define CUT_CLASS_OF_outGraphNode , result
#define CUT_CLASS_OF_outPool , result
#define CUT_CLASS_OF_outKernel , result
#define CUT_CLASS_OF_outContext , result
#define CUT_CLASS_OF_outValue , result
#define CUT_CLASS_OF_outMode , result

#endif
