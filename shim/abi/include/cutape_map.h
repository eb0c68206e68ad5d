// The macro machinery that turns a row's lists into declarations, calls and tables.
#ifndef CUTAPE_MAP_H
#define CUTAPE_MAP_H
#endif
