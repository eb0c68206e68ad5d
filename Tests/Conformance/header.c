// What was probed: the header of the result. Nothing in it changes from run to run on one machine.

#include "conformance.h"

#include <dlfcn.h>
#include <string.h>

static void print_text(FILE *output, const char *key, const char *value)
{
    fprintf(output, ", \"%s\": ", key);
    cut_print_string(output, value);
}

// The attributes of a device on which the outcome of probes depends.
static void print_attributes(FILE *output)
{
    static const struct {
        const char *name;
        enum cudaDeviceAttr attribute;
    } attributes[] = {
        {"computeMajor", cudaDevAttrComputeCapabilityMajor},
        {"computeMinor", cudaDevAttrComputeCapabilityMinor},
        {"unifiedAddressing", cudaDevAttrUnifiedAddressing},
        {"concurrentManagedAccess", cudaDevAttrConcurrentManagedAccess},
        {"pageableMemoryAccess", cudaDevAttrPageableMemoryAccess},
        {"pageableMemoryAccessUsesHostPageTables", cudaDevAttrPageableMemoryAccessUsesHostPageTables},
        {"memoryPoolsSupported", cudaDevAttrMemoryPoolsSupported},
        {"asyncEngineCount", cudaDevAttrAsyncEngineCount},
        {"maxPitch", cudaDevAttrMaxPitch},
    };
    for (size_t i = 0; i < CUT_COUNT(attributes); i++) {
        int value;
        if (cudaDeviceGetAttribute(&value, attributes[i].attribute, 0) == cudaSuccess)
            fprintf(output, ", \"%s\": %d", attributes[i].name, value);
    }
}

void cut_print_header(FILE *output)
{
    int runtime = 0, driver = 0, count = 0;
    cudaRuntimeGetVersion(&runtime);
    cudaDriverGetVersion(&driver);
    cudaError_t code = cudaGetDeviceCount(&count);
    fprintf(output, "{\"headers\": %d, \"runtime\": %d, \"driver\": %d", CUDART_VERSION, runtime, driver);

    Dl_info library;
    if (dladdr((void *)cudaGetDeviceCount, &library) && library.dli_fname) {
        const char *slash = strrchr(library.dli_fname, '/');
        print_text(output, "library", slash ? slash + 1 : library.dli_fname);
    }
    char module[256] = "";
    FILE *version = fopen("/proc/driver/nvidia/version", "r");
    if (version && fgets(module, sizeof module, version)) {
        module[strcspn(module, "\n")] = 0;
        print_text(output, "kernelModule", module);
    }
    if (version)
        fclose(version);
    print_text(output, "state", cudaGetErrorName(code));
    fprintf(output, ", \"devices\": %d", count);
    struct cudaDeviceProp properties;
    if (count > 0 && cudaGetDeviceProperties(&properties, 0) == cudaSuccess) {
        print_text(output, "device", properties.name);
        print_attributes(output);
    }
    fprintf(output, "}\n");
}
