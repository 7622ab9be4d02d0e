// Appends what ledger-generate writes: its output is a packed Append of any length, which is cut
// into pieces as it comes. One request in flight keeps the order; the next is read meanwhile.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "ledger/event.h"
#include "ledger/limits.h"
#include "replay_facts.h"

extern char **environ;

enum {
    PIECE_EVENTS = 4000,
    HEAD_SIZE = 32,
    PATH_SIZE = 512,
    NUMBER_SIZE = 24,
    BUSY_PAUSE_MS = 20,
    TELL_EVERY = 1000000,
};

// A part of the Append.
struct piece {
    struct ledger_buffer bytes;
    uint32_t events;
};

struct fill {
    struct ledger_client *client;
    struct ledger_arena *arena;
    FILE *facts;
    struct piece pieces[2]; // one is sent while the other is read
    struct ledger_call *call;
    uint64_t stored, told, begun;
};

// ---- the generator

static enum ledger_err spawn(char *const *argv, int output, pid_t *pid,
                             struct ledger_error *error) {
    posix_spawn_file_actions_t actions;
    int errnum = posix_spawn_file_actions_init(&actions);
    if (errnum == 0)
        errnum = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (errnum == 0)
        errnum = posix_spawn(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return errnum == 0 ? LEDGER_E_OK
                       : ledger_fail(error, ledger_err_from_errno(errnum), NULL, "%s: %s", argv[0],
                                     strerror(errnum));
}

static enum ledger_err start_generator(uint64_t events, uint64_t seed, FILE **facts, pid_t *pid,
                                       struct ledger_error *error) {
    char program[PATH_SIZE], count[NUMBER_SIZE], number[NUMBER_SIZE];
    int ends[2];
    enum ledger_err err = child_program("ledger-generate", program, sizeof program, error);
    if (err != LEDGER_E_OK)
        return err;
    snprintf(count, sizeof count, "%" PRIu64, events);
    snprintf(number, sizeof number, "%" PRIu64, seed);
    char *const argv[] = {program,
                          (char *)(uintptr_t) "--events",
                          count,
                          (char *)(uintptr_t) "--months",
                          (char *)(uintptr_t) "12",
                          (char *)(uintptr_t) "--from",
                          (char *)(uintptr_t) "2024-01-01",
                          (char *)(uintptr_t) "--seed",
                          number,
                          (char *)(uintptr_t) "--packed",
                          NULL};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "a pipe: %s",
                           strerror(errno));
    *facts = fdopen(ends[0], "re");
    if (*facts == NULL) {
        close(ends[0]);
        close(ends[1]);
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading from ledger-generate");
    }
    err = spawn(argv, ends[1], pid, error);
    close(ends[1]);
    if (err != LEDGER_E_OK)
        fclose(*facts);
    return err;
}

static enum ledger_err end_generator(FILE *facts, pid_t pid, enum ledger_err err,
                                     struct ledger_error *error) {
    int status;
    fclose(facts); // if it still writes, that ends it
    if (waitpid(pid, &status, 0) < 0 || err != LEDGER_E_OK)
        return err;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_UNAVAILABLE, NULL, "ledger-generate failed");
}

// ---- pieces

// The varint goes on to `place` too.
static bool read_varint(FILE *facts, uint8_t **place, uint64_t *number) {
    int byte;
    *number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if ((byte = getc_unlocked(facts)) == EOF)
            return false;
        *(*place)++ = (uint8_t)byte;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return true;
    }
    return false;
}

// False at the end of the facts.
static bool read_event(FILE *facts, struct ledger_buffer *bytes) {
    uint8_t head[HEAD_SIZE], *end = head;
    uint64_t tag, size;
    if (!read_varint(facts, &end, &tag) || !read_varint(facts, &end, &size) ||
        size > LEDGER_REQUEST_SIZE_MAX)
        return false;
    ledger_buffer_add(bytes, head, (size_t)(end - head));
    uint8_t *place = ledger_buffer_reserve(bytes, size);
    if (place == NULL || fread(place, 1, size, facts) != size)
        return false;
    bytes->size += size;
    return true;
}

static enum ledger_err read_piece(struct fill *fill, struct piece *piece,
                                  struct ledger_error *error) {
    ledger_buffer_clear(&piece->bytes);
    piece->events = 0;
    while (piece->events < PIECE_EVENTS && piece->bytes.size < LEDGER_REQUEST_SIZE_MAX / 2 &&
           read_event(fill->facts, &piece->bytes))
        piece->events++;
    return piece->bytes.failed ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading facts")
                               : LEDGER_E_OK;
}

// ---- requests

static uint8_t *put_head(uint8_t *place, const ProtobufCMessageDescriptor *message,
                         const char *field, size_t size) {
    enum { LENGTH_DELIMITED = 2 };
    uint32_t number = protobuf_c_message_descriptor_get_field_by_name(message, field)->id;
    return ledger_varint_write(ledger_varint_write(place, number << 3 | LENGTH_DELIMITED), size);
}

// A Request around an AppendRequest around the Append that the piece is.
static enum ledger_err send_piece(struct fill *fill, const struct piece *piece,
                                  struct ledger_error *error) {
    uint8_t inner[HEAD_SIZE], outer[HEAD_SIZE];
    size_t size = piece->bytes.size;
    size_t inner_size =
        (size_t)(put_head(inner, &ledger__v1__append_request__descriptor, "appends", size) - inner);
    size_t outer_size =
        (size_t)(put_head(outer, &ledger__v1__request__descriptor, "append", inner_size + size) -
                 outer);
    const struct ledger_span parts[] = {ledger_span_of(outer, outer_size),
                                        ledger_span_of(inner, inner_size),
                                        ledger_buffer_span(&piece->bytes)};
    const struct ledger_packed_request request = {.parts = parts, .part_count = 3};
    return ledger_call_begin_packed(fill->client, &request, &fill->call, error);
}

static enum ledger_err take_outcome(struct fill *fill, const struct piece *piece,
                                    struct ledger_error *error) {
    Ledger__V1__Reply *reply;
    struct ledger_call *call = fill->call;
    fill->call = NULL;
    ledger_arena_reset(fill->arena);
    enum ledger_err err = ledger_call_end(call, fill->arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    if (reply->append->n_outcomes != 1)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "an append has one outcome");
    const Ledger__V1__AppendOutcome *outcome = reply->append->outcomes[0];
    if (outcome->error != NULL) {
        ledger_error_from_reply(outcome->error, error);
        return error->code;
    }
    fill->stored += piece->events;
    return LEDGER_E_OK;
}

// Until it is stored.
static enum ledger_err finish_piece(struct fill *fill, const struct piece *piece,
                                    struct ledger_error *error) {
    enum ledger_err err;
    while ((err = take_outcome(fill, piece, error)) == LEDGER_E_BUSY) {
        clock_sleep_ms(error->retry_after_ms != 0 ? error->retry_after_ms : BUSY_PAUSE_MS);
        err = send_piece(fill, piece, error);
        if (err != LEDGER_E_OK)
            break;
    }
    return err;
}

static void tell(struct fill *fill) {
    if (fill->stored / TELL_EVERY == fill->told)
        return;
    fill->told = fill->stored / TELL_EVERY;
    fprintf(stderr, "ledger-bench: %" PRIu64 " facts made and stored after %.0f s\n", fill->stored,
            clock_seconds(clock_now() - fill->begun));
}

static enum ledger_err append_all(struct fill *fill, struct ledger_error *error) {
    struct piece *reading = &fill->pieces[0], *sent = NULL;
    for (;;) {
        enum ledger_err err = read_piece(fill, reading, error);
        if (err == LEDGER_E_OK && sent != NULL)
            err = finish_piece(fill, sent, error);
        if (err == LEDGER_E_OK && reading->events != 0)
            err = send_piece(fill, reading, error);
        if (err != LEDGER_E_OK || reading->events == 0)
            return err;
        tell(fill);
        sent = reading;
        reading = sent == &fill->pieces[0] ? &fill->pieces[1] : &fill->pieces[0];
    }
}

// After a failure a piece may be under way.
static void drop_call(struct fill *fill) {
    Ledger__V1__Reply *reply;
    if (fill->call != NULL)
        (void)!ledger_call_end(fill->call, fill->arena, &reply, NULL);
}

enum ledger_err replay_facts_make(struct service *service, uint64_t events, uint64_t seed,
                                  struct ledger_error *error) {
    struct fill fill = {.client = service_appends(service), .begun = clock_now()};
    pid_t generator;
    fill.arena = ledger_arena_new(0);
    if (fill.arena == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "appending facts");
    enum ledger_err err = start_generator(events, seed, &fill.facts, &generator, error);
    if (err == LEDGER_E_OK) {
        err = append_all(&fill, error);
        drop_call(&fill);
        err = end_generator(fill.facts, generator, err, error);
    }
    if (err == LEDGER_E_OK && fill.stored != events)
        err = ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%" PRIu64 " facts instead of %" PRIu64,
                          fill.stored, events);
    for (size_t i = 0; i < 2; i++)
        ledger_buffer_fini(&fill.pieces[i].bytes);
    ledger_arena_free(fill.arena);
    return err;
}
