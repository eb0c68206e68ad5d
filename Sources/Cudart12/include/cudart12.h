// The library exports what the CUDA 12 headers declare and has no interface of its own.
