// The types of OpenGL that CUDA's prototypes use, so that they can be compared without OpenGL.
typedef unsigned int GLenum;
typedef unsigned int GLuint;
