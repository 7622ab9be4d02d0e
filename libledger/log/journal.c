#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <isa-l/crc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "ledger/files.h"

enum { PATH_SIZE = 4096, ZEROS_SIZE = 256 << 10 };
enum { AT_RUN = 8, AT_FIRST = 16, AT_SIZE = 24, AT_CRC = 28 };
static const char magic[8] = {'F', 'L', 'J', 'R', 'N', 'L', '0', '0'};

struct journal {
    int fd;
    uint64_t run;
    uint64_t size, used;
};

static enum ledger_err path_of(const char *directory, const char *name, char path[PATH_SIZE],
                               struct ledger_error *error) {
    return snprintf(path, PATH_SIZE, "%s/%s", directory, name) < PATH_SIZE
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
}

static enum ledger_err failed(const char *path, const char *what, struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_IO, NULL, "%s: %s: %s", path, what, strerror(errno));
}

// ---- the file

static bool write_all(int fd, const uint8_t *bytes, size_t size, uint64_t at) {
    while (size != 0) {
        ssize_t done = pwrite(fd, bytes, size, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? ENOSPC : errno;
            return false;
        }
        bytes += done;
        size -= (size_t)done;
        at += (uint64_t)done;
    }
    return true;
}

static bool fill(int fd, uint64_t size) {
    uint8_t *zeros = calloc(1, ZEROS_SIZE);
    bool done = zeros != NULL;
    for (uint64_t at = 0; done && at < size; at += ZEROS_SIZE)
        done = write_all(fd, zeros, size - at < ZEROS_SIZE ? size - at : ZEROS_SIZE, at);
    free(zeros);
    return done && fsync(fd) == 0;
}

// Under another name until it is whole.
static enum ledger_err make(const char *directory, const char *path, uint64_t size,
                            struct ledger_error *error) {
    char made[PATH_SIZE];
    enum ledger_err err = path_of(directory, "journal.new", made, error);
    if (err != LEDGER_E_OK)
        return err;
    int fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return failed(made, "cannot be made", error);
    if (!fill(fd, size))
        err = failed(made, "cannot be filled", error);
    close(fd);
    if (err == LEDGER_E_OK && rename(made, path) != 0)
        err = failed(made, "cannot be renamed", error);
    if (err != LEDGER_E_OK)
        (void)unlink(made);
    return err == LEDGER_E_OK ? ledger_directory_sync(directory, error) : err;
}

// The first page is written, which says whether writing works as it is asked for.
static int open_and_try(const char *path, int flags) {
    int fd = open(path, flags);
    uint8_t *zeros = aligned_alloc(JOURNAL_PAGE, JOURNAL_PAGE);
    bool works = fd >= 0 && zeros != NULL;
    if (works) {
        memset(zeros, 0, JOURNAL_PAGE);
        works = write_all(fd, zeros, JOURNAL_PAGE, 0);
    }
    int error = errno;
    free(zeros);
    if (works)
        return fd;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

// Not every file system and disk takes O_DIRECT with pages of ours; O_DSYNC alone costs a little
// more.
static int open_file(const char *path, bool unsafe_no_sync) {
    int flags = O_WRONLY | O_CLOEXEC;
    if (unsafe_no_sync)
        return open_and_try(path, flags);
    int fd = open_and_try(path, flags | O_DSYNC | O_DIRECT);
    return fd < 0 && errno == EINVAL ? open_and_try(path, flags | O_DSYNC) : fd;
}

enum ledger_err journal_open(const char *directory, uint64_t size, bool unsafe_no_sync,
                             struct journal **out, struct ledger_error *error) {
    char path[PATH_SIZE];
    struct stat file;
    *out = NULL;
    size -= size % JOURNAL_PAGE;
    enum ledger_err err = path_of(directory, "journal", path, error);
    if (err == LEDGER_E_OK && (stat(path, &file) != 0 || (uint64_t)file.st_size != size))
        err = make(directory, path, size, error);
    if (err != LEDGER_E_OK)
        return err;
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the journal");
    journal->size = size;
    journal->fd = open_file(path, unsafe_no_sync);
    if (journal->fd < 0)
        err = failed(path, "cannot be written", error);
    else if (getrandom(&journal->run, sizeof journal->run, 0) != sizeof journal->run)
        err = ledger_fail(error, LEDGER_E_INTERNAL, NULL, "no random bytes for the journal");
    if (err == LEDGER_E_OK)
        *out = journal;
    else
        journal_close(journal);
    return err;
}

void journal_close(struct journal *journal) {
    if (journal == NULL)
        return;
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal);
}

enum ledger_err journal_remove(const char *directory, struct ledger_error *error) {
    char path[PATH_SIZE];
    enum ledger_err err = path_of(directory, "journal", path, error);
    if (err == LEDGER_E_OK && unlink(path) != 0 && errno != ENOENT)
        err = failed(path, "cannot be deleted", error);
    return err;
}

uint64_t journal_run(const struct journal *journal) {
    return journal->run;
}

uint32_t journal_records_max(const struct journal *journal) {
    return (uint32_t)(journal->size / JOURNAL_PAGE);
}

// ---- writing

bool journal_takes(const struct journal *journal, size_t block_size) {
    return block_size <= JOURNAL_BLOCK_SIZE_MAX &&
           journal->size - journal->used >= journal_record_size(block_size);
}

static uint32_t header_crc(const uint8_t *header) {
    return ~crc32_iscsi((unsigned char *)(uintptr_t)header, AT_CRC, ~0u);
}

uint8_t *journal_pack(uint64_t run, struct ledger_span block, uint64_t first) {
    size_t size = journal_record_size(block.size);
    uint8_t *record = aligned_alloc(JOURNAL_PAGE, size); // as O_DIRECT wants it
    if (record == NULL)
        return NULL;
    memcpy(record, magic, sizeof magic);
    le_write64(record + AT_RUN, run);
    le_write64(record + AT_FIRST, first);
    le_write32(record + AT_SIZE, (uint32_t)block.size);
    le_write32(record + AT_CRC, header_crc(record));
    memcpy(record + JOURNAL_HEADER_SIZE, block.data, block.size);
    memset(record + JOURNAL_HEADER_SIZE + block.size, 0, size - JOURNAL_HEADER_SIZE - block.size);
    return record;
}

enum ledger_err journal_write(struct journal *journal, const uint8_t *record, size_t block_size,
                              struct ledger_error *error) {
    uint64_t size = journal_record_size(block_size);
    if (!write_all(journal->fd, record, size, journal->used))
        return ledger_fail(error, LEDGER_E_IO, NULL, "writing the journal: %s", strerror(errno));
    journal->used += size;
    return LEDGER_E_OK;
}

void journal_restart(struct journal *journal) {
    journal->used = 0;
}

// ---- what was left

static enum ledger_err read_file(int fd, const char *path, struct journal_leavings *leavings,
                                 struct ledger_error *error) {
    struct stat file;
    if (fstat(fd, &file) != 0)
        return failed(path, "its size is not known", error);
    leavings->size = (size_t)file.st_size;
    leavings->bytes = malloc(leavings->size + 1);
    if (leavings->bytes == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading the journal");
    for (size_t done = 0; done < leavings->size;) {
        ssize_t got = pread(fd, leavings->bytes + done, leavings->size - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failed(path, "cannot be read", error);
        if (got == 0)
            leavings->size = done;
        done += (size_t)got;
    }
    return LEDGER_E_OK;
}

enum ledger_err journal_load(const char *directory, uint64_t run, struct journal_leavings *leavings,
                             struct ledger_error *error) {
    char path[PATH_SIZE];
    *leavings = (struct journal_leavings){.run = run};
    enum ledger_err err = path_of(directory, "journal", path, error);
    if (err != LEDGER_E_OK)
        return err;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return ledger_fail(error, LEDGER_E_NOT_FOUND, NULL, "%s is not there", path);
    if (fd < 0)
        return failed(path, "cannot be opened", error);
    err = read_file(fd, path, leavings, error);
    close(fd);
    if (err != LEDGER_E_OK)
        journal_unload(leavings);
    return err;
}

void journal_unload(struct journal_leavings *leavings) {
    free(leavings->bytes);
    leavings->bytes = NULL;
}

// Of the run's record at an offset: the position of its block's first record. 0 = there is none.
static uint64_t first_at(const struct journal_leavings *leavings, size_t at) {
    if (leavings->size < JOURNAL_HEADER_SIZE || at > leavings->size - JOURNAL_HEADER_SIZE)
        return 0;
    const uint8_t *header = leavings->bytes + at;
    if (memcmp(header, magic, sizeof magic) != 0 || le_read64(header + AT_RUN) != leavings->run ||
        le_read32(header + AT_CRC) != header_crc(header))
        return 0;
    return le_read64(header + AT_FIRST);
}

// A record is written when the one before it is on the disk.
static enum ledger_err look_behind(const struct journal_leavings *leavings, uint64_t position,
                                   struct ledger_error *error) {
    for (size_t at = leavings->at; at < leavings->size; at += JOURNAL_PAGE)
        if (first_at(leavings, at) > position)
            return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                               "the journal is damaged at position %" PRIu64
                               ": later facts stand behind it; restore from a copy, or see ledgerd "
                               "--forget-journal",
                               position);
    return ledger_fail(error, LEDGER_E_NOT_FOUND, NULL, "the journal ends before position %" PRIu64,
                       position);
}

enum ledger_err journal_next(struct journal_leavings *leavings, uint64_t position,
                             struct ledger_span *block, struct ledger_error *error) {
    if (first_at(leavings, leavings->at) != position)
        return look_behind(leavings, position, error);
    size_t left = leavings->size - leavings->at;
    uint32_t size = le_read32(leavings->bytes + leavings->at + AT_SIZE);
    struct block parts;
    *block = journal_block(leavings->bytes + leavings->at, size);
    if (size > left - JOURNAL_HEADER_SIZE || block_open(*block, &parts, NULL) != LEDGER_E_OK ||
        parts.first != position)
        return look_behind(leavings, position, error);
    leavings->at += journal_record_size(size) < left ? journal_record_size(size) : left;
    return LEDGER_E_OK;
}
