// Reading mangled names: a recursive descent over the grammar of the Itanium C++ ABI, section 5.1.
//
// Substitutions (S_, S0_) stand for things that came before, in the order in which they were completed; T_ stands for
// an argument of the innermost template. Both are kept as kinds of types, since only the kind matters. Whatever is
// outside the part of the grammar that kernels' names need makes the reader fail, never guess.
#include "mangling.h"

#include <stdio.h>
#include <string.h>

// A type, as far as parameters care.
typedef struct Type {
    CUTParameter kind;
    uint8_t isConst;    // the type itself is const
    uint8_t isFunction; // a pointer to it is no pointer to data
    uint8_t isReference;
    uint8_t isPack;
    uint8_t isPlain;    // numbers alone, though its name is that of a structure
    uint8_t isVoid;
    uint16_t members; // of an argument pack: 1 + index of the first; 0: none
    uint16_t next;    // in a list of template arguments: 1 + index of the next; 0: the last
} Type;

enum { MAX_TYPES = 256, MAX_DEPTH = 64 };

typedef struct Reader {
    const char *at;
    int failed;
    int depth;
    Type substitutions[MAX_TYPES];
    int substitutionCount;
    Type lists[MAX_TYPES]; // all lists of template arguments, and the members of packs
    int listCount;
    uint16_t arguments; // what T_ means: 1 + index in `lists`; 0: nothing
} Reader;

static const Type scalarType = {.kind = CUT_PARAMETER_SCALAR};
static const Type recordType = {.kind = CUT_PARAMETER_UNKNOWN};
static const Type plainType = {.kind = CUT_PARAMETER_UNKNOWN, .isPlain = 1};
static const Type voidType = {.kind = CUT_PARAMETER_SCALAR, .isVoid = 1};

static Type readType(Reader *reader);
static int readEncoding(Reader *reader, CUTParameter *parameters);
static int readName(Reader *reader);

static Type fail(Reader *reader) {
    reader->failed = 1;
    return recordType;
}

static int take(Reader *reader, const char *text) {
    size_t length = strlen(text);
    if (reader->failed || strncmp(reader->at, text, length) != 0) { return 0; }
    reader->at += length;
    return 1;
}

static void remember(Reader *reader, Type type) {
    if (reader->substitutionCount == MAX_TYPES) {
        reader->failed = 1;
        return;
    }
    reader->substitutions[reader->substitutionCount++] = type;
}

// <number>: at most 9 digits.
static unsigned readNumber(Reader *reader) {
    unsigned value = 0;
    int digits = 0;
    while (*reader->at >= '0' && *reader->at <= '9' && digits < 9) {
        value = value * 10 + (unsigned)(*reader->at++ - '0');
        ++digits;
    }
    if (digits == 0) { reader->failed = 1; }
    return value;
}

// <seq-id> _ in base 36 after S or T; empty is 0, so the value is one more than what is written.
static unsigned readSequence(Reader *reader, unsigned base) {
    if (take(reader, "_")) { return 0; }
    unsigned value = 0;
    while (*reader->at != '_') {
        char digit = *reader->at;
        unsigned part;
        if (digit >= '0' && digit <= '9') {
            part = (unsigned)(digit - '0');
        } else if (base == 36 && digit >= 'A' && digit <= 'Z') {
            part = (unsigned)(digit - 'A') + 10;
        } else {
            reader->failed = 1;
            return 0;
        }
        value = value * base + part;
        if (value > MAX_TYPES) {
            reader->failed = 1;
            return 0;
        }
        ++reader->at;
    }
    ++reader->at;
    return value + 1;
}

// <source-name>: a length, then that many characters; ABI tags may follow.
static void readSourceName(Reader *reader) {
    unsigned length = readNumber(reader);
    if (reader->failed || strnlen(reader->at, length) < length) {
        reader->failed = 1;
        return;
    }
    reader->at += length;
    while (*reader->at == 'B' && !reader->failed) {
        ++reader->at;
        readSourceName(reader);
    }
}

// <unqualified-name>, without operators: no kernel is one.
static void readUnqualifiedName(Reader *reader) {
    take(reader, "L"); // internal linkage
    char first = *reader->at;
    if (first >= '0' && first <= '9') {
        readSourceName(reader);
    } else if (take(reader, "Ut")) { // an unnamed type: Ut [number] _
        if (*reader->at != '_') { readNumber(reader); }
        if (!take(reader, "_")) { reader->failed = 1; }
    } else if (take(reader, "Ul")) { // a lambda: Ul <types> E [number] _
        while (*reader->at && *reader->at != 'E' && !reader->failed) { readType(reader); }
        if (!take(reader, "E")) { reader->failed = 1; }
        if (*reader->at != '_') { readNumber(reader); }
        if (!take(reader, "_")) { reader->failed = 1; }
    } else {
        reader->failed = 1;
    }
}

// Sa, Sb, Ss, Si, So, Sd: std::allocator and so on, which are no candidates for substitution.
static int takeStandardName(Reader *reader) {
    return take(reader, "Sa") || take(reader, "Sb") || take(reader, "Ss") || take(reader, "Si")
        || take(reader, "So") || take(reader, "Sd");
}

static Type readSubstitution(Reader *reader) {
    unsigned index = readSequence(reader, 36);
    if (reader->failed || (int)index >= reader->substitutionCount) { return fail(reader); }
    return reader->substitutions[index];
}

// T_, T0_: an argument of the template that is being read.
static Type readTemplateParameter(Reader *reader) {
    unsigned index = readSequence(reader, 10);
    uint16_t link = reader->arguments;
    while (link != 0 && index > 0) {
        link = reader->lists[link - 1].next;
        --index;
    }
    return link != 0 && !reader->failed ? reader->lists[link - 1] : fail(reader);
}

// Reads an encoding that is part of another (a local name, the address of a function), whose template is not that of
// the whole. Returns whether it is one of a template.
static int readInnerEncoding(Reader *reader) {
    CUTParameter ignored[CUT_MAX_PARAMETERS];
    uint16_t outer = reader->arguments;
    reader->arguments = 0;
    readEncoding(reader, ignored);
    int isTemplate = reader->arguments != 0;
    reader->arguments = outer;
    return isTemplate;
}

// L <type> <value> E, or L _Z <encoding> E.
static void readLiteral(Reader *reader) {
    if (take(reader, "_Z")) {
        readInnerEncoding(reader);
    } else {
        readType(reader);
        while (*reader->at && *reader->at != 'E') { ++reader->at; }
    }
    if (!take(reader, "E")) { reader->failed = 1; }
}

static Type readTemplateArgument(Reader *reader);

// <template-arg>* E: the list that they make.
static uint16_t readTemplateList(Reader *reader) {
    uint16_t first = 0;
    uint16_t *link = &first;
    if (++reader->depth > MAX_DEPTH) { reader->failed = 1; }
    while (*reader->at && *reader->at != 'E' && !reader->failed) {
        Type argument = readTemplateArgument(reader);
        if (reader->listCount == MAX_TYPES) {
            reader->failed = 1;
            break;
        }
        argument.next = 0;
        reader->lists[reader->listCount++] = argument;
        *link = (uint16_t)reader->listCount;
        link = &reader->lists[reader->listCount - 1].next;
    }
    if (!take(reader, "E")) { reader->failed = 1; }
    --reader->depth;
    return first;
}

static Type readTemplateArgument(Reader *reader) {
    if (take(reader, "L")) {
        readLiteral(reader);
        return scalarType;
    }
    if (take(reader, "XadL")) { // the address of a function or an object
        readLiteral(reader);
        if (!take(reader, "E")) { reader->failed = 1; }
        return scalarType;
    }
    if (take(reader, "J")) {
        return (Type){.kind = CUT_PARAMETER_UNKNOWN, .isPack = 1, .members = readTemplateList(reader)};
    }
    return readType(reader);
}

// N [qualifiers] <prefix> E. Returns whether the last part is a template with its arguments.
static int readNestedName(Reader *reader) {
    while (*reader->at == 'r' || *reader->at == 'V' || *reader->at == 'K') { ++reader->at; }
    int isTemplate = 0;
    int remembered = 0;
    while (*reader->at != 'E' && !reader->failed) {
        isTemplate = 0;
        remembered = 0;
        if (take(reader, "St") || takeStandardName(reader)) { continue; }
        if (take(reader, "S")) {
            readSubstitution(reader);
            continue;
        }
        if (take(reader, "T")) {
            readTemplateParameter(reader);
        } else if (take(reader, "I")) {
            reader->arguments = readTemplateList(reader);
            isTemplate = 1;
        } else {
            readUnqualifiedName(reader);
        }
        remember(reader, recordType);
        remembered = 1;
    }
    if (!take(reader, "E")) { reader->failed = 1; }
    // The whole is remembered by who asked for it, if it is a type.
    if (remembered && reader->substitutionCount > 0) { --reader->substitutionCount; }
    return isTemplate;
}

// Z <encoding> E <entity>: a name inside a function. Compilers do not agree on the substitutions inside a template.
static int readLocalName(Reader *reader) {
    if (readInnerEncoding(reader)) { reader->failed = 1; }
    if (!take(reader, "E")) {
        reader->failed = 1;
        return 0;
    }
    if (take(reader, "s")) { return 0; }
    int isTemplate = readName(reader);
    if (take(reader, "_") && *reader->at != '_') { readNumber(reader); }
    return isTemplate;
}

// <name>. Returns whether it ends with template arguments.
static int readName(Reader *reader) {
    if (take(reader, "N")) { return readNestedName(reader); }
    if (take(reader, "Z")) { return readLocalName(reader); }
    int isNew = 1;
    if (takeStandardName(reader)) {
        isNew = 0;
    } else if (take(reader, "St")) {
        readUnqualifiedName(reader);
    } else if (take(reader, "S")) {
        readSubstitution(reader);
        isNew = 0;
    } else {
        readUnqualifiedName(reader);
    }
    if (!take(reader, "I")) { return 0; }
    if (isNew) { remember(reader, recordType); }
    reader->arguments = readTemplateList(reader);
    return 1;
}

// Whether the name of a type, as it is mangled, is that of one of CUDA's numbers: float4, __half, cuComplex.
static int isOfNumbers(const char *name, size_t length) {
    static const char *const elements[] = {"char", "uchar", "short", "ushort", "int", "uint", "long", "ulong",
        "longlong", "ulonglong", "float", "double"};
    static const char *const others[] = {"6__half", "7__half2", "13__nv_bfloat16", "14__nv_bfloat162",
        "13__nv_fp8_e4m3", "13__nv_fp8_e5m2"};
    for (size_t index = 0; index < sizeof others / sizeof others[0]; ++index) {
        if (strlen(others[index]) == length && memcmp(name, others[index], length) == 0) { return 1; }
    }
    for (size_t index = 0; index < sizeof elements / sizeof elements[0]; ++index) {
        char vector[16]; // the length of the name, which counts the digit at its end, and the name
        for (int count = 1; count <= 4; ++count) {
            int written = snprintf(
                vector, sizeof vector, "%zu%s%d", strlen(elements[index]) + 1, elements[index], count);
            if ((size_t)written == length && memcmp(name, vector, length) == 0) { return 1; }
        }
    }
    return 0;
}

// A class or enumeration by its name. T_ inside its arguments is the outer template's, and stays so afterwards.
static Type readNamedType(Reader *reader) {
    uint16_t outer = reader->arguments;
    const char *start = reader->at;
    int isTemplate = readName(reader);
    reader->arguments = outer;
    int isStandard = start[0] == 'S' && start[1] != 't';
    Type type = isOfNumbers(start, (size_t)(reader->at - start)) ? plainType : recordType;
    if (!isStandard || isTemplate) { remember(reader, type); }
    return type;
}

// F [Y] <types> [qualifiers] E, after the F.
static Type readFunctionType(Reader *reader) {
    take(reader, "Y");
    while (*reader->at && *reader->at != 'E' && !reader->failed) {
        if (take(reader, "RE") || take(reader, "OE")) {
            --reader->at;
            break;
        }
        readType(reader);
    }
    if (!take(reader, "E")) { reader->failed = 1; }
    Type type = {.kind = CUT_PARAMETER_UNKNOWN, .isFunction = 1};
    remember(reader, type);
    return type;
}

// A [number] _ <element>, after the A. A pointer to it points to what its elements are.
static Type readArrayType(Reader *reader) {
    if (*reader->at != '_') { readNumber(reader); }
    if (!take(reader, "_")) { return fail(reader); }
    Type element = readType(reader);
    int isPlain = element.isPlain || (element.kind == CUT_PARAMETER_SCALAR && !element.isVoid);
    Type type = {.kind = CUT_PARAMETER_UNKNOWN, .isConst = element.isConst, .isPlain = (uint8_t)isPlain};
    remember(reader, type);
    return type;
}

// The types whose code begins with D.
static Type readExtendedType(Reader *reader) {
    if (take(reader, "p")) { return readType(reader); } // a pack expansion: its pack says what the members are
    if (take(reader, "F")) { // DF16_, DF16b: floating types by width
        readNumber(reader);
        if (!take(reader, "_") && !take(reader, "b") && !take(reader, "x")) { return fail(reader); }
        return scalarType;
    }
    if (take(reader, "v")) { // Dv4_f: a vector
        readNumber(reader);
        if (!take(reader, "_")) { return fail(reader); }
        readType(reader);
        remember(reader, scalarType);
        return scalarType;
    }
    if (*reader->at && strchr("defhisun", *reader->at)) {
        ++reader->at;
        return scalarType;
    }
    return fail(reader);
}

// P, R or O <type>, after the letter. A reference to a reference (T& && with T a template's argument) is that one.
static Type pointerTo(Reader *reader, int isReference) {
    Type target = readType(reader);
    int isDeep = target.isVoid || (target.kind != CUT_PARAMETER_SCALAR && !target.isPlain);
    Type type = {
        .kind = isDeep ? CUT_PARAMETER_DEEP_POINTER : CUT_PARAMETER_POINTER, .isReference = (uint8_t)isReference};
    if (target.isConst) { type.kind = isDeep ? CUT_PARAMETER_DEEP_CONST_POINTER : CUT_PARAMETER_CONST_POINTER; }
    if (isReference && target.isReference) { type = target; }
    if (target.isFunction) { type.kind = CUT_PARAMETER_SCALAR; }
    if (target.isPack) { return fail(reader); }
    remember(reader, type);
    return type;
}

static Type readQualifiedType(Reader *reader) {
    int isConst = 0;
    while (*reader->at == 'r' || *reader->at == 'V' || *reader->at == 'K') { isConst |= *reader->at++ == 'K'; }
    Type type = readType(reader);
    type.isConst |= (uint8_t)isConst;
    if (!type.isFunction) { remember(reader, type); }
    return type;
}

static Type readTypeInside(Reader *reader) {
    char first = *reader->at;
    switch (first) {
    case 'r':
    case 'V':
    case 'K':
        return readQualifiedType(reader);
    case 'P':
        ++reader->at;
        return pointerTo(reader, 0);
    case 'R':
    case 'O':
        ++reader->at;
        return pointerTo(reader, 1);
    case 'F':
        ++reader->at;
        return readFunctionType(reader);
    case 'A':
        ++reader->at;
        return readArrayType(reader);
    case 'M': // a pointer to member: class, then type
        ++reader->at;
        readType(reader);
        readType(reader);
        remember(reader, scalarType);
        return scalarType;
    case 'D':
        ++reader->at;
        return readExtendedType(reader);
    case 'T': {
        ++reader->at;
        Type type = readTemplateParameter(reader);
        remember(reader, type);
        if (take(reader, "I")) { return fail(reader); } // a template template parameter
        return type;
    }
    case 'S':
        if (reader->at[1] == '_' || (reader->at[1] >= '0' && reader->at[1] <= '9')
            || (reader->at[1] >= 'A' && reader->at[1] <= 'Z')) {
            ++reader->at;
            Type type = readSubstitution(reader);
            if (*reader->at != 'I') { return type; }
            ++reader->at; // a template that came before, with other arguments
            readTemplateList(reader);
            remember(reader, recordType);
            return recordType;
        }
        return readNamedType(reader);
    default:
        // The built-in types, by one letter each; z is an ellipsis.
        if (first && strchr("vwbcahstijlmxynofdegz", first)) {
            ++reader->at;
            return first == 'v' ? voidType : scalarType;
        }
        return readNamedType(reader);
    }
}

static Type readType(Reader *reader) {
    if (reader->failed || ++reader->depth > MAX_DEPTH) { return fail(reader); }
    Type type = readTypeInside(reader);
    --reader->depth;
    return type;
}

static int addParameter(Reader *reader, Type type, CUTParameter *parameters, int count) {
    if (count == CUT_MAX_PARAMETERS || type.isPack) {
        reader->failed = 1;
        return count;
    }
    parameters[count] = type.kind;
    return count + 1;
}

// <name> <types>: how many parameters there are. The types of a template begin with its result.
static int readEncoding(Reader *reader, CUTParameter *parameters) {
    if (++reader->depth > MAX_DEPTH) { reader->failed = 1; }
    if (readName(reader) && !reader->failed) { readType(reader); }
    int count = 0;
    while (*reader->at && *reader->at != 'E' && *reader->at != '.' && !reader->failed) {
        if (count == 0 && *reader->at == 'v') {
            ++reader->at;
            break;
        }
        Type type = readType(reader);
        if (!type.isPack) {
            count = addParameter(reader, type, parameters, count);
            continue;
        }
        for (uint16_t link = type.members; link != 0; link = reader->lists[link - 1].next) {
            count = addParameter(reader, reader->lists[link - 1], parameters, count);
        }
    }
    --reader->depth;
    return count;
}

int cut_readParameters(const char *name, CUTParameter *parameters) {
    if (strncmp(name, "_Z", 2) != 0) { return -1; }
    Reader reader = {.at = name + 2};
    int count = readEncoding(&reader, parameters);
    if (reader.failed || (*reader.at && *reader.at != '.')) { return -1; }
    return count;
}
