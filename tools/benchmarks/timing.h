// What the benchmarks' programs share: the time, and what many measurements come to.
#ifndef TIMING_H
#define TIMING_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// Nanoseconds since some moment.
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int ascending(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

// Prints the least measurement and the median one.
static void printLeastAndMedian(double *measurements, int count) {
    qsort(measurements, (size_t)count, sizeof measurements[0], ascending);
    printf("%.2f %.2f\n", measurements[0], measurements[count / 2]);
}

#endif
