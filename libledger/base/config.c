#include "ledger/config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_internal.h"
#include "ledger/span.h"
#include "ledger/text.h"

enum { NAME_SIZE = 96, LINE_SIZE_MAX = 64 * 1024 };

// Where a value was written, for the error that refuses it.
struct origin {
    enum ledger_err refusal; // LEDGER_E_USAGE for flags, else LEDGER_E_CONFIG_INVALID
    char place[256];         // "--port", "ledgerd.conf:3: port", "LEDGERD_PORT"
};

// ---- one value

// Texts outlive the reading: settings point to them as long as the process runs. They are kept in
// a list so that a leak checker sees them in use.
static struct kept_text {
    struct kept_text *next;
    char text[];
} * kept_texts;

static const char *keep_text(const char *text) {
    size_t size = strlen(text) + 1;
    struct kept_text *kept = malloc(sizeof *kept + size);
    if (!kept)
        return NULL;
    memcpy(kept->text, text, size);
    kept->next = kept_texts;
    kept_texts = kept;
    return kept->text;
}

static bool parse_flag(const char *text, bool *flag) {
    static const char *const words[][2] = {
        {"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (int value = 0; value < 2; value++) {
            if (strcmp(text, words[i][value]) == 0) {
                *flag = value == 1;
                return true;
            }
        }
    }
    return false;
}

static enum ledger_err set_value(const struct ledger_option *option, void *settings,
                                 const char *text, const struct origin *origin,
                                 struct ledger_error *error) {
    void *field = (char *)settings + option->offset;
    int64_t number;
    switch (option->kind) {
    case LEDGER_OPTION_TEXT:
        *(const char **)field = keep_text(text);
        if (!*(const char **)field)
            return ledger_fail(error, LEDGER_E_NO_MEMORY, option->name, "out of memory");
        break;
    case LEDGER_OPTION_INTEGER:
        if (!ledger_i64_parse(ledger_span_text(text), &number) || number < option->min ||
            number > option->max)
            return ledger_fail(error, origin->refusal, option->name,
                               "%s: \"%s\" is not a whole number from %" PRId64 " to %" PRId64
                               "%s%s",
                               origin->place, text, option->min, option->max,
                               option->unit ? " " : "", option->unit ? option->unit : "");
        *(int64_t *)field = number;
        break;
    case LEDGER_OPTION_FLAG:
        if (!parse_flag(text, field))
            return ledger_fail(error, origin->refusal, option->name,
                               "%s: \"%s\" is neither true nor false", origin->place, text);
        break;
    }
    return LEDGER_E_OK;
}

static enum ledger_err set_defaults(const struct ledger_program *program, void *settings,
                                    struct ledger_error *error) {
    struct origin origin = {.refusal = LEDGER_E_INTERNAL, .place = "default"};
    for (size_t i = 0; i < program->option_count; i++) {
        const struct ledger_option *option = &program->options[i];
        void *field = (char *)settings + option->offset;
        enum ledger_err err = LEDGER_E_OK;
        if (option->fallback)
            err = set_value(option, settings, option->fallback, &origin, error);
        else if (option->kind == LEDGER_OPTION_TEXT)
            *(const char **)field = NULL;
        else if (option->kind == LEDGER_OPTION_INTEGER)
            *(int64_t *)field = 0;
        else
            *(bool *)field = false;
        if (err)
            return err;
    }
    return LEDGER_E_OK;
}

static const struct ledger_option *find_option(const struct ledger_program *program,
                                               const char *name, size_t length) {
    for (size_t i = 0; i < program->option_count; i++) {
        const char *known = program->options[i].name;
        if (strlen(known) == length && memcmp(known, name, length) == 0)
            return &program->options[i];
    }
    return NULL;
}

// ---- the file

static char *trim(char *text) {
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

static enum ledger_err read_line(const struct ledger_program *program, const char *path, int number,
                                 char *line, void *settings, struct ledger_error *error) {
    char *key = trim(line);
    if (*key == '\0' || *key == '#')
        return LEDGER_E_OK;
    char *equals = strchr(key, '=');
    if (!equals)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, NULL,
                           "%s:%d: a line must read `key = value`", path, number);
    *equals = '\0';
    key = trim(key);
    const struct ledger_option *option = find_option(program, key, strlen(key));
    if (!option)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, key, "%s:%d: there is no setting \"%s\"",
                           path, number, key);
    struct origin origin = {.refusal = LEDGER_E_CONFIG_INVALID};
    snprintf(origin.place, sizeof origin.place, "%.150s:%d: %.80s", path, number, key);
    return set_value(option, settings, trim(equals + 1), &origin, error);
}

static enum ledger_err read_file(const struct ledger_program *program, const char *path,
                                 void *settings, struct ledger_error *error) {
    FILE *file = fopen(path, "re");
    if (!file)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "config", "%s: %s", path,
                           strerror(errno));
    enum ledger_err err = LEDGER_E_OK;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    for (int number = 1; !err && (length = getline(&line, &capacity, file)) >= 0; number++) {
        if (length > LINE_SIZE_MAX || strlen(line) != (size_t)length)
            err = ledger_fail(error, LEDGER_E_CONFIG_INVALID, "config", "%s:%d: not a line of text",
                              path, number);
        else
            err = read_line(program, path, number, line, settings, error);
    }
    if (!err && ferror(file))
        err = ledger_fail(error, LEDGER_E_CONFIG_INVALID, "config", "%s: cannot be read", path);
    free(line);
    fclose(file);
    return err;
}

// ---- the environment

static enum ledger_err read_environment(const struct ledger_program *program, void *settings,
                                        struct ledger_error *error) {
    for (size_t i = 0; program->environment_prefix && i < program->option_count; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s_%s", program->environment_prefix, program->options[i].name);
        for (char *at = name; *at; at++)
            *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
        const char *text = getenv(name);
        if (!text)
            continue;
        struct origin origin = {.refusal = LEDGER_E_CONFIG_INVALID};
        snprintf(origin.place, sizeof origin.place, "%s", name);
        enum ledger_err err = set_value(&program->options[i], settings, text, &origin, error);
        if (err)
            return err;
    }
    return LEDGER_E_OK;
}

// ---- flags

// One reading of argv. The first only looks for what decides about the other sources (config,
// help, …), the second sets values over those of file and environment.
struct flags {
    const struct ledger_program *program;
    int argc;
    char **argv;
    int at;
    void *settings;     // NULL: only look
    bool whole_program; // --config, --version and --check-config are known
    bool mixed;         // arguments may stand between options
    int others;         // arguments moved to the front, if mixed
    const char *config_path;
    bool help, version, check_config;
};

// NULL and an error if it is missing.
static const char *flag_value(struct flags *flags, const char *argument, const char *name,
                              struct ledger_error *error) {
    const char *equals = strchr(argument, '=');
    if (equals)
        return equals + 1;
    if (flags->at + 1 < flags->argc)
        return flags->argv[++flags->at];
    ledger_fail(error, LEDGER_E_USAGE, name, "--%s needs a value", name);
    return NULL;
}

static bool *common_flag(struct flags *flags, const char *name, size_t length) {
    struct {
        const char *name;
        bool *flag;
        bool whole_program;
    } common[] = {{"help", &flags->help, false},
                  {"version", &flags->version, true},
                  {"check-config", &flags->check_config, true}};
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (strlen(common[i].name) == length && memcmp(common[i].name, name, length) == 0 &&
            (flags->whole_program || !common[i].whole_program))
            return common[i].flag;
    return NULL;
}

static enum ledger_err set_option(struct flags *flags, const struct ledger_option *option,
                                  const char *argument, struct ledger_error *error) {
    const char *text = "true";
    if (option->kind != LEDGER_OPTION_FLAG) {
        text = flag_value(flags, argument, option->name, error);
        if (!text)
            return LEDGER_E_USAGE;
    } else if (strchr(argument, '=')) {
        return ledger_fail(error, LEDGER_E_USAGE, option->name, "--%s takes no value",
                           option->name);
    }
    if (!flags->settings)
        return LEDGER_E_OK;
    struct origin origin = {.refusal = LEDGER_E_USAGE};
    snprintf(origin.place, sizeof origin.place, "--%s", option->name);
    return set_value(option, flags->settings, text, &origin, error);
}

static enum ledger_err read_flag(struct flags *flags, struct ledger_error *error) {
    const char *argument = flags->argv[flags->at];
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    const struct ledger_option *option = find_option(flags->program, name, length);
    if (option)
        return set_option(flags, option, argument, error);
    if (flags->whole_program && length == 6 && memcmp(name, "config", length) == 0) {
        flags->config_path = flag_value(flags, argument, "config", error);
        return flags->config_path ? LEDGER_E_OK : LEDGER_E_USAGE;
    }
    bool *flag = common_flag(flags, name, length);
    if (!flag || name[length] == '=')
        return ledger_fail(error, LEDGER_E_USAGE, NULL, "unknown option %s (see --help)", argument);
    *flag = true;
    return LEDGER_E_OK;
}

// Moves argv[at] in front of the options before it.
static void move_forward(struct flags *flags) {
    char *argument = flags->argv[flags->at];
    for (int i = flags->at; i > flags->others; i--)
        flags->argv[i] = flags->argv[i - 1];
    flags->argv[flags->others++] = argument;
}

// Stops at the first argument that is no option, unless they may mix.
static enum ledger_err read_flags(struct flags *flags, struct ledger_error *error) {
    bool options_over = false;
    for (; flags->at < flags->argc; flags->at++) {
        const char *argument = flags->argv[flags->at];
        bool is_option = !options_over && argument[0] == '-' && argument[1] != '\0';
        if (!is_option && !flags->mixed)
            return LEDGER_E_OK;
        if (!is_option) {
            move_forward(flags);
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            options_over = true;
            if (flags->mixed)
                continue;
            flags->at++;
            return LEDGER_E_OK;
        }
        if (strcmp(argument, "-h") == 0) {
            flags->help = true;
            continue;
        }
        if (argument[1] != '-')
            return ledger_fail(error, LEDGER_E_USAGE, NULL, "unknown option %s (see --help)",
                               argument);
        enum ledger_err err = read_flag(flags, error);
        if (err)
            return err;
    }
    return LEDGER_E_OK;
}

enum ledger_err ledger_config_read(const struct ledger_program *program, int argc, char **argv,
                                   void *settings, int *rest, bool *done,
                                   struct ledger_error *error) {
    struct flags look = {
        .program = program, .argc = argc, .argv = argv, .at = 1, .whole_program = true};
    *done = false;
    enum ledger_err err = read_flags(&look, error);
    if (err)
        return err;
    if (look.help || look.version) {
        *done = true;
        if (look.help)
            ledger_config_help(program);
        else
            config_print_version(program);
        return LEDGER_E_OK;
    }

    struct flags set = {.program = program,
                        .argc = argc,
                        .argv = argv,
                        .at = 1,
                        .whole_program = true,
                        .settings = settings};
    err = set_defaults(program, settings, error);
    if (!err && look.config_path)
        err = read_file(program, look.config_path, settings, error);
    if (!err)
        err = read_environment(program, settings, error);
    if (!err)
        err = read_flags(&set, error);
    if (!err && program->check)
        err = program->check(settings, error);
    if (err)
        return err;
    if (look.check_config) {
        *done = true;
        config_print_settings(program, settings);
    }
    *rest = set.at;
    return LEDGER_E_OK;
}

enum ledger_err ledger_config_flags(const struct ledger_program *program, int argc, char **argv,
                                    void *settings, int *rest, bool *done,
                                    struct ledger_error *error) {
    struct flags flags = {
        .program = program, .argc = argc, .argv = argv, .settings = settings, .mixed = true};
    *done = false;
    enum ledger_err err = set_defaults(program, settings, error);
    if (!err)
        err = read_flags(&flags, error);
    if (err)
        return err;
    if (flags.help) {
        *done = true;
        config_print_help(program, false);
    }
    *rest = flags.others;
    return LEDGER_E_OK;
}
