// A recorder that writes down how it was started, gives the spool its name, and ends.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **arguments) {
    FILE *file = fopen("recorder.seen", "w");
    if (!file) { return 1; }
    for (int index = 1; index < count; ++index) { fprintf(file, "%s ", arguments[index]); }
    // Three, the folder that is being read, and this file.
    int descriptors = 0;
    DIR *open = opendir("/proc/self/fd");
    struct dirent *entry;
    while (open && (entry = readdir(open)) != 0) { descriptors += entry->d_name[0] != '.'; }
    fprintf(file, "\ndescriptors %d\n", descriptors - 2);
    for (char **variable = environ; *variable; ++variable) { fprintf(file, "%s\n", *variable); }
    if (fclose(file) != 0) { return 1; }
    // Last: who waits for the name finds the rest.
    return count > 2 && linkat(AT_FDCWD, "/proc/self/fd/3", AT_FDCWD, arguments[2], AT_SYMLINK_FOLLOW) != 0;
}
