// The library exports what the CUDA 13 headers declare and has no interface of its own.
