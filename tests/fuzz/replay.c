// Without libFuzzer: gives the target nothing at all, then each file of the folders named.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void replay(const char *path) {
    FILE *file = fopen(path, "rb");
    struct ledger_buffer bytes = {0};
    size_t size;
    MUST(file != NULL);
    do {
        uint8_t *place = ledger_buffer_reserve(&bytes, 4096);
        MUST(place != NULL);
        size = fread(place, 1, 4096, file);
        bytes.size += size;
    } while (size > 0);
    MUST(!ferror(file));
    fclose(file);
    // A copy that ends where the input does: a sanitizer sees a read behind it.
    uint8_t *exact = malloc(bytes.size);
    MUST(exact != NULL || bytes.size == 0);
    if (bytes.size > 0)
        memcpy(exact, bytes.data, bytes.size);
    fprintf(stderr, "%s\n", path);
    MUST(LLVMFuzzerTestOneInput(exact, bytes.size) == 0);
    free(exact);
    ledger_buffer_fini(&bytes);
}

static size_t replay_folder(const char *folder) {
    size_t count = 0;
    DIR *directory = opendir(folder);
    MUST(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        MUST(snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path);
        replay(path);
        count++;
    }
    closedir(directory);
    return count;
}

int main(int argc, char **argv) {
    size_t count = 0;
    MUST(LLVMFuzzerTestOneInput((const uint8_t *)"", 0) == 0);
    for (int i = 1; i < argc; i++)
        count += replay_folder(argv[i]);
    fprintf(stderr, "%zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
