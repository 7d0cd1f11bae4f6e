/* SPDX-License-Identifier: MIT
 *
 * test_arguments.c: every argument of every public function that returns a status: NULL, zero,
 * negative, the ends of the type, NaN, infinity, shapes that do not fit, handles of another
 * context.
 *
 * A refused call returns its code, names the argument in the error text, writes no output, keeps no
 * memory and leaves every handle as it was; assertions of the library (which stand before every
 * call of BLAS and LAPACK) are on in the suites. An argument that may have any value is shown to be
 * accepted. Each test reads the function's parameters from its header and asks that every one of
 * them was tried. The functions without a status are asked to stand NULL.
 */
#include "support/interface.h"
#include "support/suite.h"
#include "support/world.h"

#include "base/base.h"

#include <float.h>
#include <math.h>
#include <unistd.h>

static world home, abroad; /* two contexts */
static world *w = &home;

/* Where refused calls would write. */
static union {
    unsigned char bytes[4096];
    double values[512];
    int64_t whole[512];
    int32_t small[512];
    uint64_t words[512];
    const char *name;
    void *data;
    libnc_context *context;
    libnc_random *random;
    libnc_classes *classes;
    libnc_dataset *dataset, *datasets[2];
    libnc_model *model;
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *trainer;
    libnc_geometry *geometry;
    libnc_curvature *curvature;
    libnc_report *report;
    libnc_minority *minority;
    libnc_accumulator *accumulator;
    libnc_array *array;
    libnc_array_writer *writer;
} out;

enum { UNTOUCHED = 0xa7, MOST_TRIED = 4096 };

/* ---- what was tried, and what must hold ---- */

typedef struct attempt {
    char function[LONGEST_NAME];
    const char *argument;
} attempt;

static attempt tried[MOST_TRIED];
static int tried_count;

static void name_of_call(char name[LONGEST_NAME], const char *call)
{
    size_t length = strcspn(call, "(");
    ck_assert_uint_lt(length, LONGEST_NAME);
    memcpy(name, call, length);
    name[length] = '\0';
}

static void note(const char *call, const char *argument)
{
    ck_assert_int_lt(tried_count, MOST_TRIED);
    name_of_call(tried[tried_count].function, call);
    tried[tried_count++].argument = argument;
}

static bool was_tried(const char *name, const char *argument)
{
    for (int i = 0; i < tried_count; i++)
        if (strcmp(tried[i].function, name) == 0 && strcmp(tried[i].argument, argument) == 0)
            return true;
    return false;
}

static bool is_of_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool has_word(const char *text, const char *word)
{
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        if ((at == text || !is_of_word(at[-1])) && !is_of_word(at[strlen(word)]))
            return true;
    return false;
}

static record before_call;
static int64_t live_before, bytes_before;

static void before(void)
{
    memset(&out, UNTOUCHED, sizeof out);
    world_record(w, &before_call);
    live_before = w->memory.live;
    bytes_before = w->memory.live_bytes;
    w->context->error[0] = '\0';
    abroad.context->error[0] = '\0';
}

static void after(const char *call, libnc_status status, libnc_status code)
{
    static record seen;
    size_t i = 0;
    ck_assert_msg(status == code, "%s: status %d instead of %d: %s", call, (int)status, (int)code,
                  libnc_context_error(w->context));
    while (i < sizeof out && out.bytes[i] == UNTOUCHED)
        i++;
    ck_assert_msg(i == sizeof out, "%s: wrote an output", call);
    ck_assert_msg(w->memory.live == live_before && w->memory.live_bytes == bytes_before,
                  "%s: kept memory", call);
    world_record(w, &seen);
    ck_assert_same_record(&seen, &before_call, call);
}

static void after_text(const char *call, libnc_status status, libnc_status code, const char *word)
{
    const char *text = libnc_context_error(w->context);
    ck_assert_msg(status != code || has_word(text, word), "%s: \"%s\" does not name %s", call, text,
                  word);
    after(call, status, code);
}

/* Refused, with a text that has the word. */
#define REFUSED_AS(code, argument, word, call)                                                     \
    (before(), after_text(#call, (call), (code), (word)), note(#call, (argument)))
#define REFUSED(code, argument, call) REFUSED_AS(code, argument, argument, call)
#define WRONG(argument, call)         REFUSED(LIBNC_ERROR_ARGUMENT, argument, call)
#define MISFIT(argument, call)        REFUSED(LIBNC_ERROR_DIMENSION, argument, call)

/* Refused without a context to leave a text in. */
#define NO_CONTEXT(argument, call)                                                                 \
    do {                                                                                           \
        before();                                                                                  \
        after(#call, (call), LIBNC_ERROR_ARGUMENT);                                                \
        ck_assert_str_eq(libnc_context_error(w->context), "");                                     \
        note(#call, (argument));                                                                   \
    } while (0)

/* Fine: any value will do here. */
#define ACCEPTED(argument, call)                                                                   \
    (ck_assert_msg((call) >= 0, "%s: %s", #call, libnc_context_error(w->context)),                 \
     note(#call, (argument)))

#define COUNT(list)   (sizeof(list) / sizeof *(list))
#define EACH(i, list) for (size_t i = 0; i < COUNT(list); i++)

static const int32_t not_positive32[] = {0, -1, INT32_MIN};
static const int64_t not_positive[] = {0, -1, INT64_MIN};
static const int64_t over_int[] = {(int64_t)INT32_MAX + 1, (int64_t)1 << 53, INT64_MAX};
static const int64_t not_size[] = {0, -1, INT64_MIN, (int64_t)INT32_MAX + 1, INT64_MAX};
static const int64_t not_count[] = {0, -1, INT64_MIN, ((int64_t)1 << 53) + 1, INT64_MAX};
static const int32_t not_scalar[] = {0, 3, -1, INT32_MIN, INT32_MAX};
static const int32_t not_depth[] = {0, -1, 1001, INT32_MIN, INT32_MAX};
static const int32_t not_threads[] = {0, -1, 257, INT32_MIN, INT32_MAX};
static const int32_t not_bias[] = {-1, 2, INT32_MIN, INT32_MAX};
static const double not_finite[] = {NAN, INFINITY, -INFINITY};
static const double not_decay[] = {-DBL_MIN, -1, NAN, INFINITY, -INFINITY};

/* ---- base ---- */

static void blas_set_threads(void)
{
    NO_CONTEXT("context", libnc_blas_set_threads(NULL, 1));
    EACH(i, not_threads)
    WRONG("threads", libnc_blas_set_threads(w->context, not_threads[i]));
}

static void context_create(void)
{
    NO_CONTEXT("context", libnc_context_create(NULL));
}

static void *plain_allocate(size_t size, void *user)
{
    ck_assert_ptr_null(user);
    return malloc(size);
}

static void plain_release(void *block, void *user)
{
    ck_assert_ptr_null(user);
    free(block);
}

static void context_create_with_allocator(void)
{
    libnc_context *made;
    NO_CONTEXT("context", libnc_context_create_with_allocator(NULL, world_allocate, faults_release,
                                                              &w->memory));
    NO_CONTEXT("allocate",
               libnc_context_create_with_allocator(&out.context, NULL, faults_release, &w->memory));
    NO_CONTEXT("release",
               libnc_context_create_with_allocator(&out.context, world_allocate, NULL, &w->memory));
    ACCEPTED("user",
             libnc_context_create_with_allocator(&made, plain_allocate, plain_release, NULL));
    libnc_context_destroy(made);
}

static void listen(int32_t level, const char *text, void *user)
{
    (void)level;
    (void)text;
    (void)user;
}

static void context_set_log(void)
{
    static const int32_t wrong[] = {0, -1, 4, INT32_MIN, INT32_MAX};
    NO_CONTEXT("context", libnc_context_set_log(NULL, listen, NULL, LIBNC_LOG_ERROR));
    EACH(i, wrong)
    WRONG("level", libnc_context_set_log(w->context, listen, NULL, wrong[i]));
    ACCEPTED("user", libnc_context_set_log(w->context, listen, NULL, LIBNC_LOG_ERROR));
    ACCEPTED("log", libnc_context_set_log(w->context, NULL, NULL, LIBNC_LOG_ERROR));
}

static void context_set_threads(void)
{
    NO_CONTEXT("context", libnc_context_set_threads(NULL, 1));
    EACH(i, not_threads)
    WRONG("threads", libnc_context_set_threads(w->context, not_threads[i]));
}

static const int32_t not_keys[] = {0, -1, 100, INT32_MIN, INT32_MAX};

static void options_set_int64(void)
{
    libnc_options *options = libnc_trainer_options(w->trainer);
    static const int64_t wrong[] = {-1, INT64_MIN, (int64_t)INT32_MAX + 1, INT64_MAX};
    NO_CONTEXT("options", libnc_options_set_int64(NULL, LIBNC_TRAINER_OPTION_BATCH_SIZE, 1));
    EACH(i, not_keys)
    WRONG("key", libnc_options_set_int64(options, not_keys[i], 1));
    WRONG("key", libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_TIME_LIMIT, 1));
    EACH(i, wrong)
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "value", "batch_size",
               libnc_options_set_int64(options, LIBNC_TRAINER_OPTION_BATCH_SIZE, wrong[i]));
}

static void options_set_double(void)
{
    libnc_options *options = libnc_optimizer_options(w->optimizer);
    static const double wrong[] = {-1, NAN, INFINITY, -INFINITY, DBL_MAX};
    NO_CONTEXT("options", libnc_options_set_double(NULL, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, 1));
    EACH(i, not_keys)
    WRONG("key", libnc_options_set_double(options, not_keys[i], 1));
    WRONG("key", libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_HISTORY, 1));
    EACH(i, wrong)
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "value", "learning_rate",
               libnc_options_set_double(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, wrong[i]));
}

/* Every option of every kind of handle, by key and by text, one step beyond its bounds. */
static void beyond_bounds(libnc_options *options)
{
    for (int32_t i = 0; i < libnc_options_count(options); i++) {
        int32_t key, type;
        const char *name;
        double bounds[2];
        must(libnc_options_describe(options, i, &key, &name, &type, &bounds[0], &bounds[1], NULL,
                                    NULL));
        EACH(j, not_finite)
        if (type == LIBNC_OPTION_DOUBLE && !(not_finite[j] == bounds[1]))
            REFUSED_AS(LIBNC_ERROR_ARGUMENT, "value", name,
                       libnc_options_set_double(options, key, not_finite[j]));
        for (int j = 0; j < 2; j++) {
            char text[64];
            if (type != LIBNC_OPTION_DOUBLE)
                REFUSED_AS(
                    LIBNC_ERROR_ARGUMENT, "value", name,
                    libnc_options_set_int64(options, key, (int64_t)bounds[j] + (j ? 1 : -1)));
            if (isinf(bounds[j]))
                continue;
            snprintf(text, sizeof text, "%.17g", nextafter(bounds[j], j ? INFINITY : -INFINITY));
            REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", name,
                       libnc_options_set_text(options, name, text));
        }
    }
}

/* Every choice of every option has a public enumerator of the value that the option takes. */
static const struct {
    const char *option, *choice;
    int64_t value;
} enumerators[] = {
    {"loss", "mse", LIBNC_LOSS_MSE},
    {"loss", "ce", LIBNC_LOSS_CROSS_ENTROPY},
    {"loss", "focal", LIBNC_LOSS_FOCAL},
    {"form", "decay", LIBNC_GEOMETRY_FORM_DECAY},
    {"form", "energy", LIBNC_GEOMETRY_FORM_ENERGY},
    {"order", "c", LIBNC_ARRAY_ORDER_C},
    {"order", "fortran", LIBNC_ARRAY_ORDER_FORTRAN},
    {"byte_order", "little", LIBNC_ARRAY_BYTE_ORDER_LITTLE},
    {"byte_order", "big", LIBNC_ARRAY_BYTE_ORDER_BIG},
    {"reduction", "off", LIBNC_TRAINER_REDUCTION_OFF},
    {"reduction", "auto", LIBNC_TRAINER_REDUCTION_AUTO},
    {"schedule", "constant", LIBNC_SCHEDULE_CONSTANT},
    {"schedule", "step", LIBNC_SCHEDULE_STEP},
    {"schedule", "cosine", LIBNC_SCHEDULE_COSINE},
    {"scatter", "none", LIBNC_SCATTER_NONE},
    {"scatter", "full", LIBNC_SCATTER_FULL},
    {"scatter", "projected", LIBNC_SCATTER_PROJECTED},
    {"precision", "input", LIBNC_PRECISION_INPUT},
    {"precision", "float64", LIBNC_PRECISION_FLOAT64},
};

static bool has_enumerator(const char *option, const char *choice, int64_t value)
{
    EACH(i, enumerators)
    if (strcmp(enumerators[i].option, option) == 0 && strcmp(enumerators[i].choice, choice) == 0)
        return enumerators[i].value == value;
    return false;
}

static void choices_have_enumerators(const libnc_options *options)
{
    for (int32_t i = 0; i < libnc_options_count(options); i++) {
        int32_t key, type;
        const char *name;
        double low, high;
        must(libnc_options_describe(options, i, &key, &name, &type, &low, &high, NULL, NULL));
        for (int64_t value = (int64_t)low; type == LIBNC_OPTION_CHOICE && value <= (int64_t)high;
             value++) {
            const char *choice = libnc_options_choice(options, key, value);
            ck_assert_msg(has_enumerator(name, choice, value), "%s = %s: no enumerator of %d", name,
                          choice, (int)value);
        }
        ck_assert(type != LIBNC_OPTION_CHOICE ||
                  !libnc_options_choice(options, key, (int64_t)low - 1));
    }
}

static void options_set_text(void)
{
    libnc_options *options = libnc_optimizer_options(w->optimizer);
    static const char *const wrong[] = {"",      " ",   "nan", "inf", "1x",
                                        "1e999", "0x1", "-1",  "1 ",  "--1"};
    static char endless[10000];
    memset(endless, 'x', sizeof endless - 1);
    NO_CONTEXT("options", libnc_options_set_text(NULL, "schedule", "step"));
    WRONG("name", libnc_options_set_text(options, NULL, "step"));
    WRONG("name", libnc_options_set_text(options, "", "step"));
    WRONG("name", libnc_options_set_text(options, endless, "step"));
    WRONG("text", libnc_options_set_text(options, "schedule", NULL));
    EACH(i, wrong)
    {
        REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "learning_rate",
                   libnc_options_set_text(options, "learning_rate", wrong[i]));
        REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "period",
                   libnc_options_set_text(options, "period", wrong[i]));
        REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "schedule",
                   libnc_options_set_text(options, "schedule", wrong[i]));
    }
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "period",
               libnc_options_set_text(options, "period", endless));
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "text", "schedule",
               libnc_options_set_text(options, "schedule", endless));
    libnc_loss *losses[2];
    must(libnc_loss_create(&losses[0], w->context, LIBNC_LOSS_FOCAL));
    must(libnc_loss_create(&losses[1], w->context, LIBNC_LOSS_CROSS_ENTROPY));
    beyond_bounds(libnc_loss_options(losses[0]));
    beyond_bounds(libnc_loss_options(losses[1]));
    beyond_bounds(options);
    beyond_bounds(libnc_trainer_options(w->trainer));
    beyond_bounds(libnc_geometry_options(w->geometry));
    beyond_bounds(libnc_minority_options(w->minority));
    beyond_bounds(libnc_accumulator_options(w->accumulator));
    libnc_loss_destroy(losses[0]);
    libnc_loss_destroy(losses[1]);
    choices_have_enumerators(libnc_geometry_options(w->geometry));
    choices_have_enumerators(libnc_trainer_options(w->trainer));
    choices_have_enumerators(options);
    choices_have_enumerators(libnc_accumulator_options(w->accumulator));
    choices_have_enumerators(libnc_minority_options(w->minority));
    choices_have_enumerators(libnc_report_options(w->report));
}

static void options_get_int64(void)
{
    const libnc_options *options = libnc_trainer_options(w->trainer);
    NO_CONTEXT("options", libnc_options_get_int64(NULL, LIBNC_TRAINER_OPTION_SEED, out.whole));
    EACH(i, not_keys)
    WRONG("key", libnc_options_get_int64(options, not_keys[i], out.whole));
    WRONG("key", libnc_options_get_int64(options, LIBNC_TRAINER_OPTION_TIME_LIMIT, out.whole));
    WRONG("value", libnc_options_get_int64(options, LIBNC_TRAINER_OPTION_SEED, NULL));
}

static void options_get_double(void)
{
    const libnc_options *options = libnc_trainer_options(w->trainer);
    NO_CONTEXT("options",
               libnc_options_get_double(NULL, LIBNC_TRAINER_OPTION_TIME_LIMIT, out.values));
    EACH(i, not_keys)
    WRONG("key", libnc_options_get_double(options, not_keys[i], out.values));
    WRONG("key", libnc_options_get_double(options, LIBNC_TRAINER_OPTION_SEED, out.values));
    WRONG("value", libnc_options_get_double(options, LIBNC_TRAINER_OPTION_TIME_LIMIT, NULL));
}

static void options_describe(void)
{
    const libnc_options *options = libnc_trainer_options(w->trainer);
    static const int32_t wrong[] = {-1, 10, INT32_MIN, INT32_MAX};
    static const char *const outputs[] = {"key",     "name",    "type", "minimum",
                                          "maximum", "initial", "help"};
    NO_CONTEXT("options",
               libnc_options_describe(NULL, 0, out.small, NULL, NULL, NULL, NULL, NULL, &out.name));
    ck_assert_int_eq(libnc_options_count(options), 10);
    EACH(i, wrong)
    WRONG("index", libnc_options_describe(options, wrong[i], out.small, NULL, NULL, out.values,
                                          out.values, out.values, NULL));
    EACH(i, outputs)
    ACCEPTED(outputs[i],
             libnc_options_describe(options, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void random_create(void)
{
    libnc_random *made;
    NO_CONTEXT("context", libnc_random_create(&out.random, NULL, 0));
    WRONG("random", libnc_random_create(NULL, w->context, 0));
    ACCEPTED("seed", libnc_random_create(&made, w->context, UINT64_MAX));
    libnc_random_destroy(made);
}

static void random_split(void)
{
    libnc_random *made;
    NO_CONTEXT("parent", libnc_random_split(&out.random, NULL, 0));
    WRONG("child", libnc_random_split(NULL, w->random, 0));
    ACCEPTED("index", libnc_random_split(&made, w->random, UINT64_MAX));
    libnc_random_destroy(made);
}

static const size_t too_many[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / sizeof(double)};

static void random_words(void)
{
    NO_CONTEXT("random", libnc_random_words(NULL, out.words, 1));
    WRONG("words", libnc_random_words(w->random, NULL, 1));
    EACH(i, too_many)
    WRONG("count", libnc_random_words(w->random, out.words, too_many[i]));
}

static void random_uniform(void)
{
    NO_CONTEXT("random", libnc_random_uniform(NULL, out.values, 1));
    WRONG("values", libnc_random_uniform(w->random, NULL, 1));
    EACH(i, too_many)
    WRONG("count", libnc_random_uniform(w->random, out.values, too_many[i]));
}

static void random_normal(void)
{
    NO_CONTEXT("random", libnc_random_normal(NULL, out.values, 1));
    WRONG("values", libnc_random_normal(w->random, NULL, 1));
    EACH(i, too_many)
    WRONG("count", libnc_random_normal(w->random, out.values, too_many[i]));
}

static void random_permutation(void)
{
    NO_CONTEXT("random", libnc_random_permutation(NULL, out.whole, 1));
    WRONG("order", libnc_random_permutation(w->random, NULL, 1));
    EACH(i, too_many)
    WRONG("count", libnc_random_permutation(w->random, out.whole, too_many[i]));
}

/* ---- data ---- */

static void classes_from_counts(void)
{
    NO_CONTEXT("context", libnc_classes_from_counts(&out.classes, NULL, world_counts, 3));
    WRONG("classes", libnc_classes_from_counts(NULL, w->context, world_counts, 3));
    WRONG("counts", libnc_classes_from_counts(&out.classes, w->context, NULL, 3));
    EACH(i, not_size)
    WRONG("class_count",
          libnc_classes_from_counts(&out.classes, w->context, world_counts, not_size[i]));
    EACH(i, not_count)
    WRONG("counts",
          libnc_classes_from_counts(&out.classes, w->context, (int64_t[]){1, not_count[i]}, 2));
    WRONG("counts",
          libnc_classes_from_counts(&out.classes, w->context, (int64_t[]){1, 1LL << 53}, 2));
}

static void classes_from_labels(void)
{
    static const int32_t labels[3] = {0, 1, 0}, wrong[] = {-1, INT32_MIN, 3, INT32_MAX};
    NO_CONTEXT("context", libnc_classes_from_labels(&out.classes, NULL, labels, 3));
    WRONG("classes", libnc_classes_from_labels(NULL, w->context, labels, 3));
    WRONG("labels", libnc_classes_from_labels(&out.classes, w->context, NULL, 3));
    EACH(i, not_count)
    WRONG("count", libnc_classes_from_labels(&out.classes, w->context, labels, not_count[i]));
    EACH(i, wrong)
    WRONG("labels",
          libnc_classes_from_labels(&out.classes, w->context, (int32_t[]){0, wrong[i], 1}, 3));
}

static void classes_balanced(void)
{
    NO_CONTEXT("context", libnc_classes_balanced(&out.classes, NULL, 2, 1));
    WRONG("classes", libnc_classes_balanced(NULL, w->context, 2, 1));
    EACH(i, not_size)
    WRONG("class_count", libnc_classes_balanced(&out.classes, w->context, not_size[i], 1));
    WRONG("class_count", libnc_classes_balanced(&out.classes, w->context, 2, 1LL << 53));
    EACH(i, not_count)
    WRONG("n", libnc_classes_balanced(&out.classes, w->context, 2, not_count[i]));
    REFUSED(LIBNC_ERROR_MEMORY, "memory",
            libnc_classes_balanced(&out.classes, w->context, INT32_MAX, 1));
}

static void classes_step(void)
{
    static const int64_t wrong[] = {-1, 5, INT64_MIN, INT64_MAX};
    NO_CONTEXT("context", libnc_classes_step(&out.classes, NULL, 4, 2, 3, 1));
    WRONG("classes", libnc_classes_step(NULL, w->context, 4, 2, 3, 1));
    EACH(i, not_size)
    WRONG("class_count", libnc_classes_step(&out.classes, w->context, not_size[i], 0, 3, 1));
    EACH(i, wrong)
    WRONG("majority_classes", libnc_classes_step(&out.classes, w->context, 4, wrong[i], 3, 1));
    EACH(i, not_count)
    {
        WRONG("majority_count",
              libnc_classes_step(&out.classes, w->context, 4, 2, not_count[i], 1));
        WRONG("minority_count",
              libnc_classes_step(&out.classes, w->context, 4, 2, 3, not_count[i]));
    }
    WRONG("class_count", libnc_classes_step(&out.classes, w->context, 4, 2, 1LL << 53, 1LL << 53));
}

static void classes_long_tailed(void)
{
    static const double wrong[] = {0.5, 0, -1, NAN, INFINITY, -INFINITY};
    NO_CONTEXT("context", libnc_classes_long_tailed(&out.classes, NULL, 4, 100, 10));
    WRONG("classes", libnc_classes_long_tailed(NULL, w->context, 4, 100, 10));
    EACH(i, not_size)
    WRONG("class_count", libnc_classes_long_tailed(&out.classes, w->context, not_size[i], 100, 10));
    EACH(i, not_count)
    WRONG("largest", libnc_classes_long_tailed(&out.classes, w->context, 4, not_count[i], 10));
    EACH(i, wrong)
    WRONG("ratio", libnc_classes_long_tailed(&out.classes, w->context, 4, 100, wrong[i]));
    WRONG("counts", libnc_classes_long_tailed(&out.classes, w->context, 4, 1LL << 53, 1));
}

static const size_t not_samples[] = {0, WORLD_SAMPLES - 1, WORLD_SAMPLES + 1, SIZE_MAX};

static void classes_labels(void)
{
    NO_CONTEXT("classes", libnc_classes_labels(NULL, out.small, WORLD_SAMPLES));
    WRONG("labels", libnc_classes_labels(w->classes, NULL, WORLD_SAMPLES));
    EACH(i, not_samples)
    MISFIT("size", libnc_classes_labels(w->classes, out.small, not_samples[i]));
}

static void dataset_from_memory(void)
{
    static const double x[4] = {1, 2, 3, 4};
    static const int32_t labels[2] = {0, 1}, wrong[] = {-1, INT32_MIN, 2, INT32_MAX};
    NO_CONTEXT("context",
               libnc_dataset_from_memory(&out.dataset, NULL, LIBNC_FLOAT64, x, labels, 2, 2));
    WRONG("dataset", libnc_dataset_from_memory(NULL, w->context, LIBNC_FLOAT64, x, labels, 2, 2));
    EACH(i, not_scalar)
    WRONG("scalar",
          libnc_dataset_from_memory(&out.dataset, w->context, not_scalar[i], x, labels, 2, 2));
    WRONG("inputs",
          libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, NULL, labels, 2, 2));
    WRONG("labels",
          libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, x, NULL, 2, 2));
    EACH(i, not_size)
    {
        WRONG("count", libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, x, labels,
                                                 not_size[i], 2));
        WRONG("width", libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, x, labels,
                                                 2, not_size[i]));
    }
    EACH(i, not_finite)
    REFUSED(LIBNC_ERROR_NOT_FINITE, "inputs",
            libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64,
                                      (double[]){1, 2, 3, not_finite[i]}, labels, 2, 2));
    EACH(i, wrong)
    WRONG("labels", libnc_dataset_from_memory(&out.dataset, w->context, LIBNC_FLOAT64, x,
                                              (int32_t[]){0, wrong[i]}, 2, 2));
}

static void dataset_from_idx(void)
{
    static const char none[] = "/nonexistent/file";
    NO_CONTEXT("context", libnc_dataset_from_idx(&out.dataset, NULL, LIBNC_FLOAT64, none, none));
    WRONG("dataset", libnc_dataset_from_idx(NULL, w->context, LIBNC_FLOAT64, none, none));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_dataset_from_idx(&out.dataset, w->context, not_scalar[i], none, none));
    WRONG("inputs_path",
          libnc_dataset_from_idx(&out.dataset, w->context, LIBNC_FLOAT64, NULL, none));
    WRONG("labels_path",
          libnc_dataset_from_idx(&out.dataset, w->context, LIBNC_FLOAT64, none, NULL));
    REFUSED(LIBNC_ERROR_FILE, "inputs_path",
            libnc_dataset_from_idx(&out.dataset, w->context, LIBNC_FLOAT64, none, none));
    REFUSED(LIBNC_ERROR_FILE, "inputs_path",
            libnc_dataset_from_idx(&out.dataset, w->context, LIBNC_FLOAT64, "", ""));
}

static void dataset_gaussian(void)
{
    static const double wrong[] = {-1, -DBL_MIN, NAN, INFINITY, -INFINITY};
    libnc_dataset **to = &out.dataset, *made;
    libnc_classes *many;
    NO_CONTEXT("classes", libnc_dataset_gaussian(to, NULL, LIBNC_FLOAT64, 2, 1, 1, 0));
    WRONG("dataset", libnc_dataset_gaussian(NULL, w->classes, LIBNC_FLOAT64, 2, 1, 1, 0));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_dataset_gaussian(to, w->classes, not_scalar[i], 2, 1, 1, 0));
    EACH(i, not_size)
    WRONG("width", libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, not_size[i], 1, 1, 0));
    EACH(i, wrong)
    {
        WRONG("separation",
              libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, 2, wrong[i], 1, 0));
        WRONG("noise", libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, 2, 1, wrong[i], 0));
    }
    WRONG("separation", libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT32, 2, 1e39, 0, 0));
    WRONG("noise", libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, 2, 0, DBL_MAX, 0));
    must(libnc_classes_balanced(&many, w->context, 2, (int64_t)1 << 40));
    WRONG("classes", libnc_dataset_gaussian(to, many, LIBNC_FLOAT64, 2, 1, 1, 0));
    libnc_classes_destroy(many);
    REFUSED(LIBNC_ERROR_MEMORY, "memory",
            libnc_dataset_gaussian(to, w->classes, LIBNC_FLOAT64, INT32_MAX, 1, 1, 0));
    ACCEPTED("seed", libnc_dataset_gaussian(&made, w->classes, LIBNC_FLOAT64, 2, 1, 1, UINT64_MAX));
    libnc_dataset_destroy(made);
}

static void dataset_select(void)
{
    libnc_dataset *made;
    libnc_classes *more, *classes;
    must(libnc_classes_balanced(&more, w->context, 3, 4));
    must(libnc_classes_balanced(&classes, w->context, 4, 1));
    NO_CONTEXT("dataset", libnc_dataset_select(&out.dataset, NULL, w->classes, 0));
    WRONG("selection", libnc_dataset_select(NULL, w->dataset, w->classes, 0));
    WRONG("counts", libnc_dataset_select(&out.dataset, w->dataset, NULL, 0));
    WRONG("counts", libnc_dataset_select(&out.dataset, w->dataset, abroad.classes, 0));
    WRONG("counts", libnc_dataset_select(&out.dataset, w->dataset, more, 0));
    WRONG("counts", libnc_dataset_select(&out.dataset, w->dataset, classes, 0));
    ACCEPTED("seed", libnc_dataset_select(&made, w->dataset, w->classes, UINT64_MAX));
    libnc_dataset_destroy(made);
    libnc_classes_destroy(more);
    libnc_classes_destroy(classes);
}

static void dataset_split(void)
{
    static const double wrong[] = {0, 1, -1, 2, NAN, INFINITY, -INFINITY};
    libnc_dataset *train, *test, *single;
    libnc_dataset **to = out.datasets;
    libnc_classes *one_each;
    must(libnc_classes_balanced(&one_each, w->context, 2, 1));
    must(libnc_dataset_gaussian(&single, one_each, LIBNC_FLOAT64, 2, 1, 1, 0));
    NO_CONTEXT("dataset", libnc_dataset_split(&to[0], &to[1], NULL, 0.5, 0));
    WRONG("train", libnc_dataset_split(NULL, &to[1], w->dataset, 0.5, 0));
    WRONG("test", libnc_dataset_split(&to[0], NULL, w->dataset, 0.5, 0));
    WRONG("test", libnc_dataset_split(&to[0], &to[0], w->dataset, 0.5, 0));
    WRONG("dataset", libnc_dataset_split(&to[0], &to[1], single, 0.5, 0));
    EACH(i, wrong)
    WRONG("test_share", libnc_dataset_split(&to[0], &to[1], w->dataset, wrong[i], 0));
    ACCEPTED("seed", libnc_dataset_split(&train, &test, w->dataset, 0.5, UINT64_MAX));
    libnc_dataset_destroy(train);
    libnc_dataset_destroy(test);
    libnc_dataset_destroy(single);
    libnc_classes_destroy(one_each);
}

static void dataset_order(void)
{
    int64_t order[WORLD_SAMPLES];
    NO_CONTEXT("dataset", libnc_dataset_order(NULL, 0, 0, out.whole, WORLD_SAMPLES));
    WRONG("order", libnc_dataset_order(w->dataset, 0, 0, NULL, WORLD_SAMPLES));
    EACH(i, not_samples)
    MISFIT("size", libnc_dataset_order(w->dataset, 0, 0, out.whole, not_samples[i]));
    ACCEPTED("seed", libnc_dataset_order(w->dataset, UINT64_MAX, 0, order, WORLD_SAMPLES));
    ACCEPTED("epoch", libnc_dataset_order(w->dataset, 0, UINT64_MAX, order, WORLD_SAMPLES));
}

/* ---- oversampling ---- */

static const int64_t three_repeats[WORLD_CLASSES] = {1, 2, 3};
enum { WORLD_ENTRIES = 7 + 2 * 4 + 3 * 3 };
static const int64_t not_repeats[] = {0, -1, INT64_MIN, (int64_t)1 << 53, INT64_MAX};
static const int64_t not_classes64[] = {0, -1, 2, 4, INT64_MIN, INT64_MAX};

static void dataset_order_repeated(void)
{
    const int64_t *r = three_repeats;
    const size_t size = WORLD_ENTRIES;
    static const size_t not_entries[] = {0, WORLD_SAMPLES, WORLD_ENTRIES + 1, SIZE_MAX};
    int64_t order[WORLD_ENTRIES];
    libnc_dataset *d = w->dataset;
    NO_CONTEXT("dataset", libnc_dataset_order_repeated(NULL, r, 3, 0, 0, out.whole, size));
    WRONG("repeats", libnc_dataset_order_repeated(d, NULL, 3, 0, 0, out.whole, size));
    EACH(i, not_repeats)
    {
        const int64_t wrong[WORLD_CLASSES] = {1, not_repeats[i], 1};
        WRONG("repeats", libnc_dataset_order_repeated(d, wrong, 3, 0, 0, out.whole, size));
    }
    EACH(i, not_classes64)
    MISFIT("class_count",
           libnc_dataset_order_repeated(d, r, not_classes64[i], 0, 0, out.whole, size));
    WRONG("order", libnc_dataset_order_repeated(d, r, 3, 0, 0, NULL, size));
    EACH(i, not_entries)
    MISFIT("size", libnc_dataset_order_repeated(d, r, 3, 0, 0, out.whole, not_entries[i]));
    ACCEPTED("seed", libnc_dataset_order_repeated(d, r, 3, UINT64_MAX, 0, order, size));
    ACCEPTED("epoch", libnc_dataset_order_repeated(d, r, 3, 0, UINT64_MAX, order, size));
}

static void trainer_set_repeats(void)
{
    NO_CONTEXT("trainer", libnc_trainer_set_repeats(NULL, three_repeats, 3));
    WRONG("repeats", libnc_trainer_set_repeats(w->trainer, NULL, 3));
    EACH(i, not_repeats)
    {
        const int64_t wrong[WORLD_CLASSES] = {1, not_repeats[i], 1};
        WRONG("repeats", libnc_trainer_set_repeats(w->trainer, wrong, 3));
    }
    EACH(i, not_classes64)
    MISFIT("class_count", libnc_trainer_set_repeats(w->trainer, three_repeats, not_classes64[i]));
}

/* ---- models ---- */

static void model_create_free(void)
{
    libnc_model **to = &out.model;
    const int64_t *d = world_widths;
    libnc_classes *many;
    NO_CONTEXT("context", libnc_model_create_free(to, NULL, 1, w->classes, 2, d, 0));
    WRONG("model", libnc_model_create_free(NULL, w->context, 1, w->classes, 2, d, 0));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_model_create_free(to, w->context, not_scalar[i], w->classes, 2, d, 0));
    WRONG("classes", libnc_model_create_free(to, w->context, 1, NULL, 2, d, 0));
    WRONG("classes", libnc_model_create_free(to, w->context, 1, abroad.classes, 2, d, 0));
    EACH(i, not_depth)
    WRONG("depth", libnc_model_create_free(to, w->context, 1, w->classes, not_depth[i], d, 0));
    WRONG("widths", libnc_model_create_free(to, w->context, 1, w->classes, 2, NULL, 0));
    EACH(i, not_positive)
    WRONG("widths", libnc_model_create_free(to, w->context, 1, w->classes, 2,
                                            (int64_t[]){1, not_positive[i]}, 0));
    EACH(i, over_int)
    REFUSED(
        LIBNC_ERROR_MEMORY, "widths",
        libnc_model_create_free(to, w->context, 1, w->classes, 2, (int64_t[]){1, over_int[i]}, 0));
    REFUSED(LIBNC_ERROR_MEMORY, "memory",
            libnc_model_create_free(to, w->context, 1, w->classes, 3,
                                    (int64_t[]){INT32_MAX, INT32_MAX, INT32_MAX}, 0));
    EACH(i, not_bias)
    WRONG("bias", libnc_model_create_free(to, w->context, 1, w->classes, 2, d, not_bias[i]));
    must(libnc_classes_balanced(&many, w->context, 2, (int64_t)1 << 40));
    REFUSED(LIBNC_ERROR_MEMORY, "classes",
            libnc_model_create_free(to, w->context, 1, many, 2, d, 0));
    libnc_classes_destroy(many);
}

static libnc_status backbone_of(libnc_model **to, int64_t inputs, int32_t layers,
                                const int64_t *layer_widths, const int32_t *activations,
                                int64_t class_count, const int64_t *widths)
{
    return libnc_model_create_backbone(to, w->context, LIBNC_FLOAT64, inputs, layers, layer_widths,
                                       activations, class_count, 2, widths, 0);
}

#define BACKBONE(code, argument, ...)                                                              \
    (REFUSED(code, argument, backbone_of(__VA_ARGS__)),                                            \
     note("libnc_model_create_backbone(", argument))

static void model_create_backbone(void)
{
    const int64_t *d = world_widths, layers[2] = {3, 4};
    const int32_t act[2] = {0, 1};
    static const int32_t wrong_layers[] = {-1, 1001, INT32_MIN, INT32_MAX};
    static const int32_t wrong_activation[] = {-1, 2, INT32_MIN, INT32_MAX};
    libnc_model **to = &out.model;
    const libnc_status argument = LIBNC_ERROR_ARGUMENT, memory = LIBNC_ERROR_MEMORY;
    NO_CONTEXT("context", libnc_model_create_backbone(to, NULL, 1, 5, 2, layers, act, 3, 2, d, 0));
    BACKBONE(argument, "model", NULL, 5, 2, layers, act, 3, d);
    EACH(i, not_scalar)
    WRONG("scalar", libnc_model_create_backbone(to, w->context, not_scalar[i], 5, 2, layers, act, 3,
                                                2, d, 0));
    EACH(i, not_positive)
    {
        const int64_t bad = not_positive[i];
        BACKBONE(argument, "inputs", to, bad, 2, layers, act, 3, d);
        BACKBONE(argument, "class_count", to, 5, 2, layers, act, bad, d);
        BACKBONE(argument, "layer_widths", to, 5, 2, ((int64_t[]){bad, 4}), act, 3, d);
        BACKBONE(argument, "widths", to, 5, 2, layers, act, 3, ((int64_t[]){4, bad}));
    }
    EACH(i, over_int)
    {
        const int64_t bad = over_int[i];
        BACKBONE(memory, "inputs", to, bad, 2, layers, act, 3, d);
        BACKBONE(memory, "class_count", to, 5, 2, layers, act, bad, d);
        BACKBONE(memory, "layer_widths", to, 5, 2, ((int64_t[]){bad, 4}), act, 3, d);
        BACKBONE(memory, "widths", to, 5, 2, layers, act, 3, ((int64_t[]){4, bad}));
    }
    EACH(i, wrong_layers)
    BACKBONE(argument, "layers", to, 5, wrong_layers[i], layers, act, 3, d);
    BACKBONE(argument, "layer_widths", to, 5, 2, NULL, act, 3, d);
    BACKBONE(argument, "activations", to, 5, 2, layers, NULL, 3, d);
    EACH(i, wrong_activation)
    BACKBONE(argument, "activations", to, 5, 2, layers, ((int32_t[]){1, wrong_activation[i]}), 3,
             d);
    BACKBONE(argument, "widths", to, 5, 2, layers, act, 3, NULL);
    BACKBONE(LIBNC_ERROR_DIMENSION, "widths", to, 5, 2, layers, act, 3, ((int64_t[]){3, 6}));
    BACKBONE(LIBNC_ERROR_DIMENSION, "widths", to, 5, 0, NULL, NULL, 3, d);
    BACKBONE(memory, "memory", to, INT32_MAX, 2, ((int64_t[]){INT32_MAX, 4}), act, 3, d);
    EACH(i, not_depth)
    WRONG("depth",
          libnc_model_create_backbone(to, w->context, 1, 5, 2, layers, act, 3, not_depth[i], d, 0));
    EACH(i, not_bias)
    WRONG("bias",
          libnc_model_create_backbone(to, w->context, 1, 5, 2, layers, act, 3, 2, d, not_bias[i]));
}

static void model_initialise(void)
{
    static const int32_t wrong[] = {0, 4, -1, INT32_MIN, INT32_MAX};
    static const double wrong_scale[] = {0, -1, NAN, INFINITY, -INFINITY, DBL_MAX};
    NO_CONTEXT("model", libnc_model_initialise(NULL, LIBNC_INITIALISE_GAUSSIAN, 1, 0));
    EACH(i, wrong)
    WRONG("scheme", libnc_model_initialise(w->model, wrong[i], 1, 0));
    EACH(i, wrong_scale)
    WRONG("scale", libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, wrong_scale[i], 0));
    ACCEPTED("seed", libnc_model_initialise(w->model, LIBNC_INITIALISE_GAUSSIAN, 1, UINT64_MAX));
}

static const int32_t not_parameter[] = {-1, 4, INT32_MIN, INT32_MAX};

static void model_parameter_info(void)
{
    static const char *const outputs[] = {"name", "rows", "cols"};
    ck_assert_int_eq(libnc_model_parameter_count(w->model), 4);
    NO_CONTEXT("model", libnc_model_parameter_info(NULL, 0, &out.name, NULL, NULL));
    EACH(i, not_parameter)
    WRONG("index",
          libnc_model_parameter_info(w->model, not_parameter[i], &out.name, out.whole, out.whole));
    EACH(i, outputs)
    ACCEPTED(outputs[i], libnc_model_parameter_info(w->model, 0, NULL, NULL, NULL));
}

static void model_parameter_index(void)
{
    static const char *const wrong[] = {
        "", "feature", "features ", "head.0.weight", "head.3.weight", "backbone.1.weight"};
    static char endless[10000];
    memset(endless, 'x', sizeof endless - 1);
    NO_CONTEXT("model", libnc_model_parameter_index(NULL, "features", out.small));
    WRONG("name", libnc_model_parameter_index(w->model, NULL, out.small));
    WRONG("name", libnc_model_parameter_index(w->model, endless, out.small));
    EACH(i, wrong)
    WRONG("name", libnc_model_parameter_index(w->model, wrong[i], out.small));
    WRONG("index", libnc_model_parameter_index(w->model, "features", NULL));
}

static void model_parameter_view(void)
{
    NO_CONTEXT("model", libnc_model_parameter_view(NULL, 0, &out.data));
    EACH(i, not_parameter)
    WRONG("index", libnc_model_parameter_view(w->model, not_parameter[i], &out.data));
    WRONG("data", libnc_model_parameter_view(w->model, 0, NULL));
}

enum { FEATURES = WORLD_SAMPLES * 4 };
static const size_t not_features[] = {0, FEATURES - 1, FEATURES + 1, SIZE_MAX};

static void model_get_parameter(void)
{
    NO_CONTEXT("model", libnc_model_get_parameter(NULL, 0, out.values, FEATURES));
    EACH(i, not_parameter)
    WRONG("index", libnc_model_get_parameter(w->model, not_parameter[i], out.values, FEATURES));
    WRONG("values", libnc_model_get_parameter(w->model, 0, NULL, FEATURES));
    EACH(i, not_features)
    MISFIT("size", libnc_model_get_parameter(w->model, 0, out.values, not_features[i]));
}

static void model_set_parameter(void)
{
    double values[FEATURES] = {0};
    NO_CONTEXT("model", libnc_model_set_parameter(NULL, 0, values, FEATURES));
    EACH(i, not_parameter)
    WRONG("index", libnc_model_set_parameter(w->model, not_parameter[i], values, FEATURES));
    WRONG("values", libnc_model_set_parameter(w->model, 0, NULL, FEATURES));
    EACH(i, not_features)
    MISFIT("size", libnc_model_set_parameter(w->model, 0, values, not_features[i]));
    EACH(i, not_finite)
    {
        values[FEATURES - 1] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "values",
                libnc_model_set_parameter(w->model, 0, values, FEATURES));
    }
}

enum { LOGITS = WORLD_SAMPLES * WORLD_CLASSES };
static const size_t not_logits[] = {0, LOGITS - 1, LOGITS + 1, SIZE_MAX};

static void model_evaluate(void)
{
    static const int32_t wrong[] = {0, -1, WORLD_DEPTH + 2, INT32_MIN, INT32_MAX};
    libnc_dataset *wide;
    must(libnc_dataset_gaussian(&wide, w->classes, LIBNC_FLOAT64, WORLD_INPUTS + 1, 1, 1, 0));
    NO_CONTEXT("model", libnc_model_evaluate(NULL, NULL, 3, out.values, LOGITS));
    WRONG("dataset", libnc_model_evaluate(w->model, w->dataset, 3, out.values, LOGITS));
    WRONG("dataset", libnc_model_evaluate(w->backbone, NULL, 3, out.values, LOGITS));
    WRONG("dataset", libnc_model_evaluate(w->backbone, abroad.dataset, 3, out.values, LOGITS));
    MISFIT("dataset", libnc_model_evaluate(w->backbone, wide, 3, out.values, LOGITS));
    EACH(i, wrong)
    WRONG("layer", libnc_model_evaluate(w->model, NULL, wrong[i], out.values, LOGITS));
    WRONG("out", libnc_model_evaluate(w->model, NULL, 3, NULL, LOGITS));
    EACH(i, not_logits)
    {
        MISFIT("size", libnc_model_evaluate(w->model, NULL, 3, out.values, not_logits[i]));
        MISFIT("size", libnc_model_evaluate(w->backbone, w->dataset, 3, out.values, not_logits[i]));
    }
    libnc_dataset_destroy(wide);
}

/* ---- loss, penalty, optimizer ---- */

static void loss_create(void)
{
    static const int32_t wrong[] = {0, 4, -1, INT32_MIN, INT32_MAX};
    NO_CONTEXT("context", libnc_loss_create(&out.loss, NULL, LIBNC_LOSS_MSE));
    WRONG("loss", libnc_loss_create(NULL, w->context, LIBNC_LOSS_MSE));
    EACH(i, wrong)
    WRONG("kind", libnc_loss_create(&out.loss, w->context, wrong[i]));
}

static void loss_set_class_weights(void)
{
    static const double weights[2] = {1, 2};
    NO_CONTEXT("loss", libnc_loss_set_class_weights(NULL, weights, 2));
    WRONG("weights", libnc_loss_set_class_weights(w->loss, NULL, 2));
    EACH(i, not_decay)
    WRONG("weights", libnc_loss_set_class_weights(w->loss, (double[]){1, not_decay[i]}, 2));
    EACH(i, not_size)
    WRONG("class_count", libnc_loss_set_class_weights(w->loss, weights, not_size[i]));
    WRONG("class_count", libnc_loss_set_class_weights(w->loss, NULL, -1));
}

static void loss_class_weights(void)
{
    static const int64_t misfits[] = {1, 3, INT32_MAX};
    double values[2];
    NO_CONTEXT("loss", libnc_loss_class_weights(NULL, out.values, 2));
    WRONG("weights", libnc_loss_class_weights(w->loss, NULL, 2));
    EACH(i, not_size)
    WRONG("class_count", libnc_loss_class_weights(w->loss, out.values, not_size[i]));
    must(libnc_loss_set_class_weights(w->loss, (double[]){1, 2}, 2));
    EACH(i, misfits)
    MISFIT("class_count", libnc_loss_class_weights(w->loss, out.values, misfits[i]));
    ACCEPTED("weights", libnc_loss_class_weights(w->loss, values, 2));
    must(libnc_loss_set_class_weights(w->loss, NULL, 0));
}

static void loss_evaluate(void)
{
    static const double z[4] = {1, 2, 3, 4}, weights[3] = {1, 2, 3};
    static const int32_t y[2] = {0, 1}, wrong[] = {-1, 2, INT32_MIN, INT32_MAX};
    double value;
    double *v = out.values, *g = out.values + 1;
    NO_CONTEXT("loss", libnc_loss_evaluate(NULL, z, y, 2, 2, v, g));
    WRONG("logits", libnc_loss_evaluate(w->loss, NULL, y, 2, 2, v, g));
    WRONG("labels", libnc_loss_evaluate(w->loss, z, NULL, 2, 2, v, g));
    EACH(i, not_positive)
    WRONG("count", libnc_loss_evaluate(w->loss, z, y, not_positive[i], 2, v, g));
    WRONG("count", libnc_loss_evaluate(w->loss, z, y, INT64_MAX, 2, v, g));
    WRONG("count", libnc_loss_evaluate(w->loss, z, y, (int64_t)1 << 59, 2, v, g));
    EACH(i, not_size)
    WRONG("class_count", libnc_loss_evaluate(w->loss, z, y, 2, not_size[i], v, g));
    EACH(i, wrong)
    WRONG("labels", libnc_loss_evaluate(w->loss, z, (int32_t[]){0, wrong[i]}, 2, 2, v, g));
    EACH(i, not_finite)
    REFUSED(LIBNC_ERROR_NOT_FINITE, "logits",
            libnc_loss_evaluate(w->loss, (double[]){1, 2, 3, not_finite[i]}, y, 2, 2, v, g));
    ACCEPTED("value", libnc_loss_evaluate(w->loss, z, y, 2, 2, NULL, NULL));
    ACCEPTED("gradient", libnc_loss_evaluate(w->loss, z, y, 2, 2, &value, NULL));
    must(libnc_loss_set_class_weights(w->loss, weights, 3));
    MISFIT("class_count", libnc_loss_evaluate(w->loss, z, y, 2, 2, v, g));
}

static void penalty_create(void)
{
    NO_CONTEXT("model", libnc_penalty_create(&out.penalty, NULL));
    WRONG("penalty", libnc_penalty_create(NULL, w->model));
}

static void penalty_set_weight_decay(void)
{
    static const double decays[WORLD_DEPTH] = {1, 2};
    static const int64_t misfits[] = {WORLD_DEPTH + 1, 1 + (INT64_C(1) << 32)};
    NO_CONTEXT("penalty", libnc_penalty_set_weight_decay(NULL, decays, 1));
    WRONG("decays", libnc_penalty_set_weight_decay(w->penalty, NULL, 1));
    EACH(i, not_decay)
    {
        WRONG("decays", libnc_penalty_set_weight_decay(w->penalty, &not_decay[i], 1));
        WRONG("decays", libnc_penalty_set_weight_decay(w->penalty, (double[]){1, not_decay[i]}, 2));
    }
    EACH(i, not_positive32)
    WRONG("count", libnc_penalty_set_weight_decay(w->penalty, decays, not_positive32[i]));
    EACH(i, misfits)
    MISFIT("count", libnc_penalty_set_weight_decay(w->penalty, decays, misfits[i]));
}

static void penalty_set_feature_decay(void)
{
    NO_CONTEXT("penalty", libnc_penalty_set_feature_decay(NULL, 1));
    EACH(i, not_decay)
    WRONG("decay", libnc_penalty_set_feature_decay(w->penalty, not_decay[i]));
}

static const char *const not_names[] = {NULL, "", "head", "head.0.weight", "head.3.weight"};

static void penalty_set_decay(void)
{
    NO_CONTEXT("penalty", libnc_penalty_set_decay(NULL, "head.bias", 1));
    EACH(i, not_names)
    WRONG("parameter", libnc_penalty_set_decay(w->penalty, not_names[i], 1));
    EACH(i, not_decay)
    WRONG("decay", libnc_penalty_set_decay(w->penalty, "head.bias", not_decay[i]));
}

static void penalty_get_decay(void)
{
    NO_CONTEXT("penalty", libnc_penalty_get_decay(NULL, "head.bias", out.values));
    EACH(i, not_names)
    WRONG("parameter", libnc_penalty_get_decay(w->penalty, not_names[i], out.values));
    WRONG("decay", libnc_penalty_get_decay(w->penalty, "head.bias", NULL));
}

static void penalty_set_energies(void)
{
    NO_CONTEXT("penalty", libnc_penalty_set_energies(NULL, 1, 1));
    EACH(i, not_decay)
    {
        WRONG("classifier_energy", libnc_penalty_set_energies(w->penalty, not_decay[i], 1));
        WRONG("feature_energy", libnc_penalty_set_energies(w->penalty, 1, not_decay[i]));
    }
    WRONG("classifier_energy", libnc_penalty_set_energies(w->penalty, 0, 1));
    WRONG("feature_energy", libnc_penalty_set_energies(w->penalty, 1, 0));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "penalty", libnc_penalty_set_energies(w->penalty, 1, 1));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "penalty",
            libnc_penalty_set_energies(w->backbone_penalty, 1, 1));
}

static void penalty_get_energies(void)
{
    double energies[2] = {-1, -1};
    NO_CONTEXT("penalty", libnc_penalty_get_energies(NULL, out.values, out.values + 1));
    ACCEPTED("classifier_energy", libnc_penalty_get_energies(w->penalty, NULL, &energies[1]));
    ACCEPTED("feature_energy", libnc_penalty_get_energies(w->penalty, &energies[0], NULL));
    ck_assert(energies[0] == 0 && energies[1] == 0);
}

static void optimizer_create(void)
{
    static const int32_t wrong[] = {0, 7, -1, INT32_MIN, INT32_MAX};
    NO_CONTEXT("context", libnc_optimizer_create(&out.optimizer, NULL, 1));
    WRONG("optimizer", libnc_optimizer_create(NULL, w->context, 1));
    EACH(i, wrong)
    WRONG("kind", libnc_optimizer_create(&out.optimizer, w->context, wrong[i]));
}

static void optimizer_rate(void)
{
    NO_CONTEXT("optimizer", libnc_optimizer_rate(NULL, 0, out.values));
    WRONG("step", libnc_optimizer_rate(w->optimizer, -1, out.values));
    WRONG("step", libnc_optimizer_rate(w->optimizer, INT64_MIN, out.values));
    WRONG("rate", libnc_optimizer_rate(w->optimizer, 0, NULL));
    libnc_options *options = libnc_optimizer_options(w->optimizer);
    for (int64_t schedule = 0; schedule <= 2; schedule++) { /* the end of the type is a step */
        double rate = -1;
        must(libnc_options_set_int64(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, schedule));
        ACCEPTED("step", libnc_optimizer_rate(w->optimizer, INT64_MAX, &rate));
        ck_assert(rate >= 0 && isfinite(rate));
    }
}

/* ---- trainers ---- */

static void trainer_create(void)
{
    libnc_trainer **to = &out.trainer;
    libnc_model *model;
    libnc_dataset *wide, *more;
    libnc_classes *four;
    must(libnc_model_create_free(&model, w->context, 1, w->classes, 2, world_widths, 1));
    must(libnc_classes_balanced(&four, w->context, 4, 2));
    must(libnc_dataset_gaussian(&wide, w->classes, 1, WORLD_INPUTS + 1, 1, 1, 0));
    must(libnc_dataset_gaussian(&more, four, 1, WORLD_INPUTS, 1, 1, 0));
    const libnc_loss *l = w->loss;
    const libnc_penalty *p = w->penalty, *q = w->backbone_penalty;
    const libnc_optimizer *o = w->optimizer;
    NO_CONTEXT("model", libnc_trainer_create(to, NULL, l, p, o, NULL));
    WRONG("trainer", libnc_trainer_create(NULL, model, l, p, o, NULL));
    WRONG("loss", libnc_trainer_create(to, model, NULL, p, o, NULL));
    WRONG("loss", libnc_trainer_create(to, model, abroad.loss, p, o, NULL));
    WRONG("penalty", libnc_trainer_create(to, model, l, NULL, o, NULL));
    WRONG("penalty", libnc_trainer_create(to, model, l, abroad.penalty, o, NULL));
    MISFIT("penalty", libnc_trainer_create(to, model, l, q, o, NULL));
    WRONG("optimizer", libnc_trainer_create(to, model, l, p, NULL, NULL));
    WRONG("optimizer", libnc_trainer_create(to, model, l, p, abroad.optimizer, NULL));
    WRONG("dataset", libnc_trainer_create(to, model, l, p, o, w->dataset));
    WRONG("dataset", libnc_trainer_create(to, w->backbone, l, q, o, NULL));
    WRONG("dataset", libnc_trainer_create(to, w->backbone, l, q, o, abroad.dataset));
    MISFIT("dataset", libnc_trainer_create(to, w->backbone, l, q, o, wide));
    MISFIT("dataset", libnc_trainer_create(to, w->backbone, l, q, o, more));
    REFUSED(LIBNC_ERROR_STATE, "model", libnc_trainer_create(to, w->model, l, p, o, NULL));
    must(libnc_loss_set_class_weights(w->loss, (double[]){1, 2}, 2));
    MISFIT("class_count", libnc_trainer_create(to, model, l, p, o, NULL));
    libnc_dataset_destroy(more);
    libnc_dataset_destroy(wide);
    libnc_classes_destroy(four);
    libnc_model_destroy(model);
}

static int32_t watch(libnc_trainer *trainer, void *user)
{
    (void)trainer;
    (void)user;
    return 0;
}

static void trainer_set_observer(void)
{
    NO_CONTEXT("trainer", libnc_trainer_set_observer(NULL, watch, NULL));
    ACCEPTED("user", libnc_trainer_set_observer(w->trainer, watch, NULL));
    ACCEPTED("observer", libnc_trainer_set_observer(w->trainer, NULL, NULL));
}

/* What L-BFGS refuses: minibatches. */
static void refuse_minibatches(world *lbfgs)
{
    world *kept = w;
    world_create(lbfgs, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_LBFGS);
    w = lbfgs;
    world_train(w);
    must(libnc_options_set_int64(libnc_trainer_options(w->trainer), LIBNC_TRAINER_OPTION_BATCH_SIZE,
                                 2));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "batch_size", libnc_trainer_step(w->trainer, 1, NULL));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "batch_size",
            libnc_trainer_evaluate(w->trainer, NULL, NULL, NULL));
    world_destroy(w);
    w = kept;
}

static void trainer_step(void)
{
    static world lbfgs;
    NO_CONTEXT("trainer", libnc_trainer_step(NULL, 1, NULL));
    WRONG("count", libnc_trainer_step(w->trainer, -1, NULL));
    WRONG("count", libnc_trainer_step(w->trainer, INT64_MIN, NULL));
    ACCEPTED("count", libnc_trainer_step(w->trainer, 0, NULL));
    ACCEPTED("reason", libnc_trainer_step(w->trainer, 0, NULL));
    refuse_minibatches(&lbfgs);
    must(libnc_loss_set_class_weights(w->loss, (double[]){1, 2}, 2));
    MISFIT("class_count", libnc_trainer_step(w->trainer, 1, NULL));
}

static void trainer_run(void)
{
    NO_CONTEXT("trainer", libnc_trainer_run(NULL, NULL));
    ACCEPTED("reason", libnc_trainer_run(w->trainer, NULL));
    must(libnc_loss_set_class_weights(w->loss, (double[]){1, 2}, 2));
    MISFIT("class_count", libnc_trainer_run(w->trainer, NULL));
}

static void trainer_evaluate(void)
{
    static const char *const outputs[] = {"objective", "loss", "gradient_norm"};
    double *v = out.values;
    void *view;
    NO_CONTEXT("trainer", libnc_trainer_evaluate(NULL, v, v + 1, v + 2));
    EACH(i, outputs)
    ACCEPTED(outputs[i], libnc_trainer_evaluate(w->trainer, NULL, NULL, NULL));
    must(libnc_model_parameter_view(w->model, 1, &view));
    ((double *)view)[3] = NAN;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "objective",
            libnc_trainer_evaluate(w->trainer, v, v + 1, v + 2));
}

static void trainer_gradient(void)
{
    NO_CONTEXT("trainer", libnc_trainer_gradient(NULL, 0, out.values, FEATURES));
    EACH(i, not_parameter)
    WRONG("index", libnc_trainer_gradient(w->trainer, not_parameter[i], out.values, FEATURES));
    WRONG("values", libnc_trainer_gradient(w->trainer, 0, NULL, FEATURES));
    EACH(i, not_features)
    MISFIT("size", libnc_trainer_gradient(w->trainer, 0, out.values, not_features[i]));
}

static void trainer_sync(void)
{
    NO_CONTEXT("trainer", libnc_trainer_sync(NULL));
}

static void trainer_geometry(void)
{
    NO_CONTEXT("trainer", libnc_trainer_geometry(&out.geometry, NULL));
    WRONG("geometry", libnc_trainer_geometry(NULL, w->trainer));
    must(libnc_penalty_set_feature_decay(w->penalty, 0));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "penalty", libnc_trainer_geometry(&out.geometry, w->trainer));
}

static void trainer_history(void)
{
    static const int32_t wrong[] = {0, 6, -1, INT32_MIN, INT32_MAX};
    static const size_t misfits[] = {0, 1, 3, SIZE_MAX};
    must(libnc_trainer_run(w->trainer, NULL));
    ck_assert_int_eq(libnc_trainer_history_rows(w->trainer), 2);
    NO_CONTEXT("trainer", libnc_trainer_history(NULL, 1, out.values, 2));
    EACH(i, wrong)
    WRONG("column", libnc_trainer_history(w->trainer, wrong[i], out.values, 2));
    WRONG("values", libnc_trainer_history(w->trainer, 1, NULL, 2));
    EACH(i, misfits)
    MISFIT("size", libnc_trainer_history(w->trainer, 1, out.values, misfits[i]));
}

/* ---- geometry ---- */

static const size_t not_classes[] = {0, WORLD_CLASSES - 1, WORLD_CLASSES + 1, SIZE_MAX};
static const int32_t not_layer[] = {0, -1, WORLD_DEPTH + 1, INT32_MIN, INT32_MAX};
enum { K = WORLD_CLASSES, SQUARE = WORLD_CLASSES * WORLD_CLASSES };
static const size_t not_square[] = {0, K, SQUARE - 1, SQUARE + 1, SIZE_MAX};

static void geometry_create(void)
{
    NO_CONTEXT("classes", libnc_geometry_create(&out.geometry, NULL, 1));
    WRONG("geometry", libnc_geometry_create(NULL, w->classes, 1));
    EACH(i, not_depth)
    WRONG("depth", libnc_geometry_create(&out.geometry, w->classes, not_depth[i]));
}

static void geometry_set_weight_decay(void)
{
    static const double decays[WORLD_DEPTH] = {1, 2};
    static const double wrong[] = {0, -1, DBL_MIN / 2, DBL_MAX, NAN, INFINITY, -INFINITY};
    static const int64_t misfits[] = {0, -1, WORLD_DEPTH + 1, INT64_MIN, 1 + (INT64_C(1) << 32)};
    NO_CONTEXT("geometry", libnc_geometry_set_weight_decay(NULL, decays, 1));
    WRONG("decays", libnc_geometry_set_weight_decay(w->geometry, NULL, 1));
    EACH(i, wrong)
    WRONG("decays", libnc_geometry_set_weight_decay(w->geometry, (double[]){1, wrong[i]}, 2));
    EACH(i, misfits)
    MISFIT("count", libnc_geometry_set_weight_decay(w->geometry, decays, misfits[i]));
}

static void geometry_weight_decays(void)
{
    static const size_t misfits[] = {0, 1, WORLD_DEPTH + 1, SIZE_MAX};
    NO_CONTEXT("geometry", libnc_geometry_weight_decays(NULL, out.values, WORLD_DEPTH));
    WRONG("decays", libnc_geometry_weight_decays(w->geometry, NULL, WORLD_DEPTH));
    EACH(i, misfits)
    MISFIT("size", libnc_geometry_weight_decays(w->geometry, out.values, misfits[i]));
}

static void geometry_class_weights(void)
{
    NO_CONTEXT("geometry", libnc_geometry_class_weights(NULL, out.values, K));
    WRONG("weights", libnc_geometry_class_weights(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_class_weights(w->geometry, out.values, not_classes[i]));
}

static void geometry_solve(void)
{
    libnc_options *options = libnc_geometry_options(w->geometry);
    NO_CONTEXT("geometry", libnc_geometry_solve(NULL));
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, 0.1));
    WRONG("label_smoothing", libnc_geometry_solve(w->geometry));
    must(libnc_options_set_text(options, "loss", "ce"));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "counts", libnc_geometry_solve(w->geometry));
    must(libnc_options_set_text(options, "form", "energy"));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "depth", libnc_geometry_solve(w->geometry));
    must(libnc_options_set_text(options, "loss", "mse"));
    must(libnc_options_set_double(options, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, 0));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "loss", libnc_geometry_solve(w->geometry));
    must(libnc_options_set_text(options, "form", "decay"));
    must(libnc_geometry_set_class_weights(w->geometry, (double[]){1, 2, 3}, K));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "loss", libnc_geometry_solve(w->geometry));
}

static void geometry_set_class_weights(void)
{
    static const double wrong[] = {0, -1, NAN, INFINITY, -INFINITY, 1e-101, 1e101};
    static const int64_t misfits[] = {0, -1, K - 1, K + 1, K + (INT64_C(1) << 32)};
    const double weights[] = {1, 2, 3};
    NO_CONTEXT("geometry", libnc_geometry_set_class_weights(NULL, weights, K));
    WRONG("weights", libnc_geometry_set_class_weights(w->geometry, NULL, K));
    EACH(i, wrong)
    WRONG("weights", libnc_geometry_set_class_weights(w->geometry, (double[]){1, 1, wrong[i]}, K));
    EACH(i, misfits)
    MISFIT("count", libnc_geometry_set_class_weights(w->geometry, weights, misfits[i]));
    ACCEPTED("weights", libnc_geometry_set_class_weights(w->geometry, NULL, 0));
}

static void geometry_multiplier(void)
{
    NO_CONTEXT("geometry", libnc_geometry_multiplier(NULL, out.values));
    WRONG("multiplier", libnc_geometry_multiplier(w->geometry, NULL));
}

static void geometry_rank(void)
{
    int64_t rank;
    NO_CONTEXT("geometry", libnc_geometry_rank(NULL, &rank));
    WRONG("rank", libnc_geometry_rank(w->geometry, NULL));
}

static void geometry_groups(void)
{
    int64_t count;
    int32_t groups[K];
    NO_CONTEXT("geometry", libnc_geometry_groups(NULL, &count, out.small, K));
    WRONG("count", libnc_geometry_groups(w->geometry, NULL, NULL, K));
    WRONG("groups", libnc_geometry_groups(w->geometry, NULL, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_groups(w->geometry, &count, out.small, not_classes[i]));
    ACCEPTED("count", libnc_geometry_groups(w->geometry, NULL, groups, K));
    ACCEPTED("groups", libnc_geometry_groups(w->geometry, &count, NULL, K));
}

static void geometry_factors(void)
{
    static const int64_t narrow[] = {0, 1, 2};
    static const int64_t wide[] = {INT64_MAX, INT64_MAX / 8};
    double values[SQUARE];
    NO_CONTEXT("geometry", libnc_geometry_factors(NULL, K, out.values, out.values, SQUARE));
    WRONG("classifier", libnc_geometry_factors(w->geometry, K, NULL, NULL, SQUARE));
    WRONG("features", libnc_geometry_factors(w->geometry, K, NULL, NULL, SQUARE));
    WRONG("width", libnc_geometry_factors(w->geometry, -1, out.values, NULL, SQUARE));
    EACH(i, narrow)
    MISFIT("width", libnc_geometry_factors(w->geometry, narrow[i], out.values, NULL, SQUARE));
    EACH(i, wide)
    MISFIT("width", libnc_geometry_factors(w->geometry, wide[i], NULL, out.values, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_geometry_factors(w->geometry, K, out.values, NULL, not_square[i]));
    ACCEPTED("classifier", libnc_geometry_factors(w->geometry, K, NULL, values, SQUARE));
    ACCEPTED("features", libnc_geometry_factors(w->geometry, K, values, NULL, SQUARE));
}

static void geometry_loss(void)
{
    double loss;
    NO_CONTEXT("geometry", libnc_geometry_loss(NULL, out.values, out.values + 1));
    WRONG("loss", libnc_geometry_loss(w->geometry, NULL, out.values));
    ACCEPTED("gap", libnc_geometry_loss(w->geometry, &loss, NULL));
}

static void geometry_unique(void)
{
    NO_CONTEXT("geometry", libnc_geometry_unique(NULL, out.small));
    WRONG("unique", libnc_geometry_unique(w->geometry, NULL));
}

static void geometry_singular_values(void)
{
    NO_CONTEXT("geometry", libnc_geometry_singular_values(NULL, out.values, K));
    WRONG("values", libnc_geometry_singular_values(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_singular_values(w->geometry, out.values, not_classes[i]));
}

static void geometry_layer_singular_values(void)
{
    NO_CONTEXT("geometry", libnc_geometry_layer_singular_values(NULL, 1, out.values, K));
    for (size_t i = 1; i < COUNT(not_layer); i++) /* 0 stands for the features */
        WRONG("layer",
              libnc_geometry_layer_singular_values(w->geometry, not_layer[i], out.values, K));
    WRONG("values", libnc_geometry_layer_singular_values(w->geometry, 1, NULL, K));
    EACH(i, not_classes)
    MISFIT("size",
           libnc_geometry_layer_singular_values(w->geometry, 1, out.values, not_classes[i]));
}

static void geometry_lengths(void)
{
    double values[K];
    NO_CONTEXT("geometry", libnc_geometry_lengths(NULL, 1, out.values, out.values + K, K));
    EACH(i, not_layer)
    WRONG("layer",
          libnc_geometry_lengths(w->geometry, not_layer[i], out.values, out.values + K, K));
    WRONG("classifier", libnc_geometry_lengths(w->geometry, 1, NULL, NULL, K));
    WRONG("features", libnc_geometry_lengths(w->geometry, 1, NULL, NULL, K));
    EACH(i, not_classes)
    {
        MISFIT("size", libnc_geometry_lengths(w->geometry, 1, out.values, NULL, not_classes[i]));
        MISFIT("size", libnc_geometry_lengths(w->geometry, 1, NULL, out.values, not_classes[i]));
    }
    ACCEPTED("classifier", libnc_geometry_lengths(w->geometry, 1, NULL, values, K));
    ACCEPTED("features", libnc_geometry_lengths(w->geometry, 1, values, NULL, K));
}

static void geometry_classifier_gram(void)
{
    NO_CONTEXT("geometry", libnc_geometry_classifier_gram(NULL, 1, out.values, SQUARE));
    EACH(i, not_layer)
    WRONG("layer", libnc_geometry_classifier_gram(w->geometry, not_layer[i], out.values, SQUARE));
    WRONG("gram", libnc_geometry_classifier_gram(w->geometry, 1, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_geometry_classifier_gram(w->geometry, 1, out.values, not_square[i]));
}

static void geometry_feature_gram(void)
{
    NO_CONTEXT("geometry", libnc_geometry_feature_gram(NULL, 1, out.values, SQUARE));
    EACH(i, not_layer)
    WRONG("layer", libnc_geometry_feature_gram(w->geometry, not_layer[i], out.values, SQUARE));
    WRONG("gram", libnc_geometry_feature_gram(w->geometry, 1, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_geometry_feature_gram(w->geometry, 1, out.values, not_square[i]));
}

static void geometry_logits(void)
{
    NO_CONTEXT("geometry", libnc_geometry_logits(NULL, out.values, SQUARE));
    WRONG("logits", libnc_geometry_logits(w->geometry, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_geometry_logits(w->geometry, out.values, not_square[i]));
}

static void geometry_class_logits(void)
{
    NO_CONTEXT("geometry", libnc_geometry_class_logits(NULL, out.values, K));
    WRONG("values", libnc_geometry_class_logits(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_class_logits(w->geometry, out.values, not_classes[i]));
}

static void geometry_bias(void)
{
    NO_CONTEXT("geometry", libnc_geometry_bias(NULL, out.values, K));
    WRONG("bias", libnc_geometry_bias(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_bias(w->geometry, out.values, not_classes[i]));
}

static void geometry_lost_classes(void)
{
    NO_CONTEXT("geometry", libnc_geometry_lost_classes(NULL, out.small, K));
    WRONG("lost", libnc_geometry_lost_classes(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_lost_classes(w->geometry, out.small, not_classes[i]));
}

/* ---- deep cross-entropy ---- */

static void geometry_etf(void)
{
    libnc_geometry *balanced;
    libnc_classes *classes;
    double value;
    NO_CONTEXT("geometry", libnc_geometry_etf(NULL, out.values, out.values));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "geometry",
            libnc_geometry_etf(w->geometry, out.values, out.values));
    WRONG("loss", libnc_geometry_etf(w->geometry, NULL, NULL));
    WRONG("scale", libnc_geometry_etf(w->geometry, NULL, NULL));
    must(libnc_classes_balanced(&classes, w->context, 3, 2));
    must(libnc_geometry_create(&balanced, classes, 2));
    must(libnc_options_set_int64(libnc_geometry_options(balanced), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    ACCEPTED("loss", libnc_geometry_etf(balanced, NULL, &value));
    ACCEPTED("scale", libnc_geometry_etf(balanced, &value, NULL));
    libnc_geometry_destroy(balanced);
    libnc_classes_destroy(classes);
}

static void geometry_search(void)
{
    int64_t count;
    NO_CONTEXT("geometry", libnc_geometry_search(NULL, out.whole, out.whole));
    WRONG("starts", libnc_geometry_search(w->geometry, NULL, NULL));
    WRONG("hits", libnc_geometry_search(w->geometry, NULL, NULL));
    ACCEPTED("starts", libnc_geometry_search(w->geometry, NULL, &count));
    ACCEPTED("hits", libnc_geometry_search(w->geometry, &count, NULL));
}

static void geometry_structure(void)
{
    NO_CONTEXT("geometry", libnc_geometry_structure(NULL, out.small));
    WRONG("kind", libnc_geometry_structure(w->geometry, NULL));
}

static void geometry_class_sets(void)
{
    int32_t values[K];
    NO_CONTEXT("geometry", libnc_geometry_class_sets(NULL, out.small, out.small, out.small, K));
    WRONG("sets", libnc_geometry_class_sets(w->geometry, NULL, NULL, NULL, K));
    WRONG("same", libnc_geometry_class_sets(w->geometry, NULL, NULL, NULL, K));
    WRONG("opposite", libnc_geometry_class_sets(w->geometry, NULL, NULL, NULL, K));
    EACH(i, not_classes)
    MISFIT("size",
           libnc_geometry_class_sets(w->geometry, out.small, out.small, NULL, not_classes[i]));
    ACCEPTED("sets", libnc_geometry_class_sets(w->geometry, NULL, values, NULL, K));
    ACCEPTED("same", libnc_geometry_class_sets(w->geometry, NULL, NULL, values, K));
    ACCEPTED("opposite", libnc_geometry_class_sets(w->geometry, values, NULL, NULL, K));
}

static void geometry_multiplicities(void)
{
    NO_CONTEXT("geometry", libnc_geometry_multiplicities(NULL, out.whole, K));
    WRONG("multiplicities", libnc_geometry_multiplicities(w->geometry, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_geometry_multiplicities(w->geometry, out.whole, not_classes[i]));
}

/* Cross-entropy with two layers, solved by a search. */
static libnc_geometry *searched_geometry(void)
{
    libnc_geometry *geometry;
    must(libnc_geometry_create(&geometry, w->classes, 2));
    must(libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    must(
        libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_STARTS, 1));
    must(libnc_geometry_solve(geometry));
    return geometry;
}

static libnc_curvature *made_curvature(void)
{
    libnc_curvature *curvature;
    libnc_geometry *geometry = searched_geometry();
    must(libnc_curvature_create(&curvature, geometry, LIBNC_CURVATURE_SOLUTION));
    libnc_geometry_destroy(geometry);
    return curvature;
}

static void curvature_create(void)
{
    static const int32_t not_point[] = {-1, 2, INT32_MIN, INT32_MAX};
    libnc_geometry *geometry = searched_geometry(), *raw;
    NO_CONTEXT("geometry", libnc_curvature_create(&out.curvature, NULL, 0));
    WRONG("curvature", libnc_curvature_create(NULL, geometry, 0));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "geometry",
            libnc_curvature_create(&out.curvature, w->geometry, 0));
    EACH(i, not_point)
    WRONG("point", libnc_curvature_create(&out.curvature, geometry, not_point[i]));
    REFUSED_AS(LIBNC_ERROR_UNSUPPORTED, "point", "counts",
               libnc_curvature_create(&out.curvature, geometry, LIBNC_CURVATURE_ETF));
    must(libnc_geometry_create(&raw, w->classes, 2));
    REFUSED(LIBNC_ERROR_STATE, "geometry", libnc_curvature_create(&out.curvature, raw, 0));
    libnc_geometry_destroy(raw);
    libnc_geometry_destroy(geometry);
}

static void curvature_eigenvalue(void)
{
    libnc_curvature *curvature = made_curvature();
    double value;
    NO_CONTEXT("curvature",
               libnc_curvature_eigenvalue(NULL, out.values, out.values + 1, out.small + 8));
    WRONG("eigenvalue", libnc_curvature_eigenvalue(curvature, NULL, NULL, NULL));
    WRONG("residual", libnc_curvature_eigenvalue(curvature, NULL, NULL, NULL));
    WRONG("saddle", libnc_curvature_eigenvalue(curvature, NULL, NULL, NULL));
    ACCEPTED("eigenvalue", libnc_curvature_eigenvalue(curvature, NULL, &value, NULL));
    ACCEPTED("residual", libnc_curvature_eigenvalue(curvature, &value, NULL, NULL));
    ACCEPTED("saddle", libnc_curvature_eigenvalue(curvature, &value, NULL, NULL));
    libnc_curvature_destroy(curvature);
}

static void curvature_logits(void)
{
    libnc_curvature *curvature = made_curvature();
    double values[SQUARE];
    NO_CONTEXT("curvature", libnc_curvature_logits(NULL, out.values, out.values, SQUARE));
    WRONG("logits", libnc_curvature_logits(curvature, NULL, NULL, SQUARE));
    WRONG("change", libnc_curvature_logits(curvature, NULL, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_curvature_logits(curvature, out.values, out.values, not_square[i]));
    ACCEPTED("logits", libnc_curvature_logits(curvature, NULL, values, SQUARE));
    ACCEPTED("change", libnc_curvature_logits(curvature, values, NULL, SQUARE));
    libnc_curvature_destroy(curvature);
}

static void curvature_layer(void)
{
    static const int32_t wrong[] = {-1, 3, INT32_MIN, INT32_MAX};
    static const int64_t narrow[] = {0, -1, INT64_MIN, (int64_t)INT32_MAX + 1, INT64_MAX};
    libnc_curvature *curvature = made_curvature();
    double values[K * K];
    NO_CONTEXT("curvature", libnc_curvature_layer(NULL, 1, K, K, out.values, out.values));
    EACH(i, wrong)
    WRONG("layer", libnc_curvature_layer(curvature, wrong[i], K, K, out.values, out.values));
    EACH(i, narrow)
    MISFIT("rows", libnc_curvature_layer(curvature, 1, narrow[i], K, out.values, out.values));
    MISFIT("rows", libnc_curvature_layer(curvature, 0, K + 1, K, out.values, out.values));
    MISFIT("rows", libnc_curvature_layer(curvature, 2, K - 1, K, out.values, out.values));
    EACH(i, narrow)
    MISFIT("cols", libnc_curvature_layer(curvature, 1, K, narrow[i], out.values, out.values));
    WRONG("values", libnc_curvature_layer(curvature, 1, K, K, NULL, NULL));
    WRONG("change", libnc_curvature_layer(curvature, 1, K, K, NULL, NULL));
    ACCEPTED("values", libnc_curvature_layer(curvature, 1, K, K, NULL, values));
    ACCEPTED("change", libnc_curvature_layer(curvature, 1, K, K, values, NULL));
    libnc_curvature_destroy(curvature);
}

static void curvature_bias(void)
{
    libnc_curvature *curvature = made_curvature();
    double values[K];
    NO_CONTEXT("curvature", libnc_curvature_bias(NULL, out.values, out.values, K));
    WRONG("values", libnc_curvature_bias(curvature, NULL, NULL, K));
    WRONG("change", libnc_curvature_bias(curvature, NULL, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_curvature_bias(curvature, out.values, out.values, not_classes[i]));
    ACCEPTED("values", libnc_curvature_bias(curvature, NULL, values, K));
    ACCEPTED("change", libnc_curvature_bias(curvature, values, NULL, K));
    libnc_curvature_destroy(curvature);
}

static void geometry_thresholds(void)
{
    double value;
    EACH(i, not_positive32)
    NO_CONTEXT("depth", libnc_geometry_thresholds(not_positive32[i], out.values, out.values + 1));
    ACCEPTED("threshold", libnc_geometry_thresholds(2, NULL, &value));
    ACCEPTED("existence", libnc_geometry_thresholds(2, &value, NULL));
    ACCEPTED("depth", libnc_geometry_thresholds(INT32_MAX, &value, NULL));
    ck_assert(isfinite(value));
}

/* ---- closed forms: ReLU features, SELI, regression, parsimony ---- */

static const double not_positive_decay[] = {0, -1, 1e-310, 1e301, NAN, INFINITY, -INFINITY};
static const int64_t not_width[] = {-1, INT64_MIN};

static void relu_features_solve(void)
{
    double values[K];
    int32_t lost[K];
    NO_CONTEXT("classes", libnc_relu_features_solve(NULL, 1, 1, 0, out.values, out.values + 1,
                                                    out.values + 5, NULL, K));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay", libnc_relu_features_solve(w->classes, not_positive_decay[i], 1, 0,
                                                        out.values, NULL, NULL, NULL, K));
        WRONG("feature_decay", libnc_relu_features_solve(w->classes, 1, not_positive_decay[i], 0,
                                                         out.values, NULL, NULL, NULL, K));
    }
    EACH(i, not_width)
    WRONG("width", libnc_relu_features_solve(w->classes, 1e-3, 1e-3, not_width[i], out.values, NULL,
                                             NULL, NULL, K));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "width",
            libnc_relu_features_solve(w->classes, 1e-3, 1e-3, 2, out.values, NULL, NULL, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_relu_features_solve(w->classes, 1e-3, 1e-3, 0, out.values, out.values,
                                             out.values, out.small, not_classes[i]));
    ACCEPTED("loss", libnc_relu_features_solve(w->classes, 1e-3, 1e-3, INT64_MAX, NULL, values,
                                               values, lost, K));
    ACCEPTED("scales",
             libnc_relu_features_solve(w->classes, 1, 1, 0, values, NULL, values, lost, K));
    ACCEPTED("lengths",
             libnc_relu_features_solve(w->classes, 1, 1, 0, values, values, NULL, lost, K));
    ACCEPTED("lost",
             libnc_relu_features_solve(w->classes, 1, 1, 0, values, values, values, NULL, K));
}

static void relu_features_classifier_gram(void)
{
    NO_CONTEXT("classes", libnc_relu_features_classifier_gram(NULL, 1, 1, out.values, SQUARE));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay", libnc_relu_features_classifier_gram(w->classes, not_positive_decay[i],
                                                                  1, out.values, SQUARE));
        WRONG("feature_decay", libnc_relu_features_classifier_gram(
                                   w->classes, 1, not_positive_decay[i], out.values, SQUARE));
    }
    WRONG("gram", libnc_relu_features_classifier_gram(w->classes, 1, 1, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size",
           libnc_relu_features_classifier_gram(w->classes, 1, 1, out.values, not_square[i]));
}

static void relu_features_threshold(void)
{
    NO_CONTEXT("classes", libnc_relu_features_threshold(NULL, 1, 1, out.values));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay",
              libnc_relu_features_threshold(w->classes, not_positive_decay[i], 1, out.values));
        WRONG("feature_decay",
              libnc_relu_features_threshold(w->classes, 1, not_positive_decay[i], out.values));
    }
    WRONG("count", libnc_relu_features_threshold(w->classes, 1, 1, NULL));
}

static void seli_singular_values(void)
{
    NO_CONTEXT("classes", libnc_seli_singular_values(NULL, out.values, K));
    WRONG("values", libnc_seli_singular_values(w->classes, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_seli_singular_values(w->classes, out.values, not_classes[i]));
}

static void seli_lengths(void)
{
    double values[K];
    NO_CONTEXT("classes", libnc_seli_lengths(NULL, out.values, out.values + K, K));
    WRONG("classifier", libnc_seli_lengths(w->classes, NULL, NULL, K));
    WRONG("features", libnc_seli_lengths(w->classes, NULL, NULL, K));
    EACH(i, not_classes)
    {
        MISFIT("size", libnc_seli_lengths(w->classes, out.values, NULL, not_classes[i]));
        MISFIT("size", libnc_seli_lengths(w->classes, NULL, out.values, not_classes[i]));
    }
    ACCEPTED("classifier", libnc_seli_lengths(w->classes, NULL, values, K));
    ACCEPTED("features", libnc_seli_lengths(w->classes, values, NULL, K));
}

static void seli_grams(void)
{
    double values[SQUARE];
    static const int32_t not_flag[] = {-1, 2, INT32_MIN, INT32_MAX};
    NO_CONTEXT("classes", libnc_seli_grams(NULL, 0, out.values, NULL, SQUARE));
    EACH(i, not_flag)
    WRONG("cosines", libnc_seli_grams(w->classes, not_flag[i], out.values, NULL, SQUARE));
    WRONG("classifier", libnc_seli_grams(w->classes, 0, NULL, NULL, SQUARE));
    WRONG("features", libnc_seli_grams(w->classes, 0, NULL, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_seli_grams(w->classes, 1, out.values, NULL, not_square[i]));
    ACCEPTED("classifier", libnc_seli_grams(w->classes, 0, NULL, values, SQUARE));
    ACCEPTED("features", libnc_seli_grams(w->classes, 0, values, NULL, SQUARE));
}

static void seli_logits(void)
{
    NO_CONTEXT("classes", libnc_seli_logits(NULL, out.values, SQUARE));
    WRONG("logits", libnc_seli_logits(w->classes, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_seli_logits(w->classes, out.values, not_square[i]));
}

static void regression_moments(void)
{
    const double targets[4] = {1, 2, 3, 5};
    double mean[2], covariance[4];
    NO_CONTEXT("context", libnc_regression_moments(NULL, targets, 2, 2, out.values, NULL));
    WRONG("targets", libnc_regression_moments(w->context, NULL, 2, 2, out.values, NULL));
    EACH(i, not_finite)
    REFUSED(
        LIBNC_ERROR_NOT_FINITE, "targets",
        libnc_regression_moments(w->context, (double[]){1, not_finite[i]}, 1, 2, out.values, NULL));
    EACH(i, not_positive)
    WRONG("samples",
          libnc_regression_moments(w->context, targets, not_positive[i], 2, out.values, NULL));
    WRONG("samples", libnc_regression_moments(w->context, targets, INT64_MAX, 2, out.values, NULL));
    EACH(i, not_size)
    WRONG("outputs",
          libnc_regression_moments(w->context, targets, 2, not_size[i], out.values, NULL));
    WRONG("mean", libnc_regression_moments(w->context, targets, 2, 2, NULL, NULL));
    WRONG("covariance", libnc_regression_moments(w->context, targets, 2, 2, NULL, NULL));
    ACCEPTED("mean", libnc_regression_moments(w->context, targets, 2, 2, NULL, covariance));
    ACCEPTED("covariance", libnc_regression_moments(w->context, targets, 2, 2, mean, NULL));
}

static const double covariance_of_two[4] = {2, 1, 1, 2};

static void regression_solve(void)
{
    const double *c = covariance_of_two;
    double values[2];
    int64_t rank;
    int32_t unique;
    NO_CONTEXT("context",
               libnc_regression_solve(NULL, c, 2, 1, 1, 0, out.values, NULL, NULL, NULL));
    WRONG("covariance",
          libnc_regression_solve(w->context, NULL, 2, 1, 1, 0, out.values, NULL, NULL, NULL));
    WRONG("covariance", libnc_regression_solve(w->context, (double[]){2, 1, 1.1, 2}, 2, 1, 1, 0,
                                               out.values, NULL, NULL, NULL));
    WRONG("covariance", libnc_regression_solve(w->context, (double[]){1, 2, 2, 1}, 2, 1, 1, 0,
                                               out.values, NULL, NULL, NULL));
    EACH(i, not_finite)
    REFUSED(LIBNC_ERROR_NOT_FINITE, "covariance",
            libnc_regression_solve(w->context, (double[]){1, 0, 0, not_finite[i]}, 2, 1, 1, 0,
                                   out.values, NULL, NULL, NULL));
    EACH(i, not_size)
    WRONG("outputs", libnc_regression_solve(w->context, c, not_size[i], 1, 1, 0, out.values, NULL,
                                            NULL, NULL));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay", libnc_regression_solve(w->context, c, 2, not_positive_decay[i], 1, 0,
                                                     out.values, NULL, NULL, NULL));
        WRONG("feature_decay", libnc_regression_solve(w->context, c, 2, 1, not_positive_decay[i], 0,
                                                      out.values, NULL, NULL, NULL));
    }
    EACH(i, not_width)
    WRONG("width", libnc_regression_solve(w->context, c, 2, 1, 1, not_width[i], out.values, NULL,
                                          NULL, NULL));
    ACCEPTED("loss", libnc_regression_solve(w->context, c, 2, 1, 1, INT64_MAX, NULL, values, &rank,
                                            &unique));
    ACCEPTED("values",
             libnc_regression_solve(w->context, c, 2, 1, 1, 0, values, NULL, &rank, &unique));
    ACCEPTED("rank",
             libnc_regression_solve(w->context, c, 2, 1, 1, 0, NULL, values, NULL, &unique));
    ACCEPTED("unique",
             libnc_regression_solve(w->context, c, 2, 1, 1, 0, NULL, values, &rank, NULL));
}

static void regression_matrices(void)
{
    const double *c = covariance_of_two;
    double values[4];
    NO_CONTEXT("context",
               libnc_regression_matrices(NULL, c, 2, 1, 1, 0, out.values, NULL, NULL, NULL));
    WRONG("covariance",
          libnc_regression_matrices(w->context, NULL, 2, 1, 1, 0, out.values, NULL, NULL, NULL));
    EACH(i, not_size)
    WRONG("outputs", libnc_regression_matrices(w->context, c, not_size[i], 1, 1, 0, out.values,
                                               NULL, NULL, NULL));
    EACH(i, not_positive_decay)
    {
        WRONG("weight_decay", libnc_regression_matrices(w->context, c, 2, not_positive_decay[i], 1,
                                                        0, out.values, NULL, NULL, NULL));
        WRONG("feature_decay", libnc_regression_matrices(w->context, c, 2, 1, not_positive_decay[i],
                                                         0, out.values, NULL, NULL, NULL));
    }
    EACH(i, not_width)
    WRONG("width", libnc_regression_matrices(w->context, c, 2, 1, 1, not_width[i], out.values, NULL,
                                             NULL, NULL));
    ACCEPTED("classifier",
             libnc_regression_matrices(w->context, c, 2, 1, 1, 0, NULL, values, NULL, NULL));
    ACCEPTED("features",
             libnc_regression_matrices(w->context, c, 2, 1, 1, 0, NULL, NULL, values, NULL));
    ACCEPTED("fit", libnc_regression_matrices(w->context, c, 2, 1, 1, 0, NULL, NULL, NULL, values));
    ACCEPTED("directions",
             libnc_regression_matrices(w->context, c, 2, 1, 1, 0, values, NULL, NULL, NULL));
}

static void parsimony_run(void)
{
    const double rho[2] = {1, 1}, *decays = rho;
    static const int32_t not_layers[] = {1, 0, -1, 1001, INT32_MIN, INT32_MAX};
    static const int64_t not_steps[] = {-1, INT64_MIN, INT64_MAX};
    static const size_t misfits[] = {0, 5, 7, SIZE_MAX};
    NO_CONTEXT("context", libnc_parsimony_run(NULL, 2, rho, decays, 1, 1, 2, 1, out.values, 6));
    EACH(i, not_layers)
    WRONG("depth",
          libnc_parsimony_run(w->context, not_layers[i], rho, decays, .1, 1, 2, 1, out.values, 6));
    WRONG("initial", libnc_parsimony_run(w->context, 2, NULL, decays, .1, 1, 2, 1, out.values, 6));
    WRONG("decays", libnc_parsimony_run(w->context, 2, rho, NULL, .1, 1, 2, 1, out.values, 6));
    EACH(i, not_decay)
    {
        const double wrong[2] = {1, not_decay[i]};
        WRONG("initial",
              libnc_parsimony_run(w->context, 2, wrong, decays, .1, 1, 2, 1, out.values, 6));
        WRONG("decays", libnc_parsimony_run(w->context, 2, rho, wrong, .1, 1, 2, 1, out.values, 6));
        WRONG("rate",
              libnc_parsimony_run(w->context, 2, rho, decays, wrong[1], 1, 2, 1, out.values, 6));
        WRONG("gain",
              libnc_parsimony_run(w->context, 2, rho, decays, .1, wrong[1], 2, 1, out.values, 6));
    }
    WRONG("rate", libnc_parsimony_run(w->context, 2, rho, decays, 0, 1, 2, 1, out.values, 6));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "rate",
            libnc_parsimony_run(w->context, 2, rho, decays, DBL_MAX, 1, 2, 1, out.values, 6));
    EACH(i, not_steps)
    WRONG("steps",
          libnc_parsimony_run(w->context, 2, rho, decays, .1, 1, not_steps[i], 1, out.values, 6));
    EACH(i, not_positive)
    WRONG("every", libnc_parsimony_run(w->context, 2, rho, decays, .1, 1, 2, not_positive[i],
                                       out.values, 6));
    WRONG("trace", libnc_parsimony_run(w->context, 2, rho, decays, .1, 1, 2, 1, NULL, 6));
    EACH(i, misfits)
    MISFIT("size",
           libnc_parsimony_run(w->context, 2, rho, decays, .1, 1, 2, 1, out.values, misfits[i]));
}

static void parsimony_subspace(void)
{
    const double map[4] = {1, 2, 3, 4};
    static const int64_t not_rows[] = {0, -1, 3, INT64_MIN, INT64_MAX};
    static const double not_tolerance[] = {-DBL_MIN, 1, NAN, INFINITY, -INFINITY};
    static const size_t misfits[] = {0, 3, 5, SIZE_MAX};
    int64_t *dimension = out.whole + 100;
    NO_CONTEXT("context",
               libnc_parsimony_subspace(NULL, map, map, 2, 2, 0, out.values, 4, dimension));
    WRONG("target",
          libnc_parsimony_subspace(w->context, NULL, map, 2, 2, 0, out.values, 4, dimension));
    WRONG("product",
          libnc_parsimony_subspace(w->context, map, NULL, 2, 2, 0, out.values, 4, dimension));
    EACH(i, not_finite)
    {
        const double wrong[4] = {1, 2, 3, not_finite[i]};
        REFUSED(
            LIBNC_ERROR_NOT_FINITE, "target",
            libnc_parsimony_subspace(w->context, wrong, map, 2, 2, 0, out.values, 4, dimension));
        REFUSED(
            LIBNC_ERROR_NOT_FINITE, "product",
            libnc_parsimony_subspace(w->context, map, wrong, 2, 2, 0, out.values, 4, dimension));
    }
    EACH(i, not_rows)
    WRONG("rows", libnc_parsimony_subspace(w->context, map, map, not_rows[i], 2, 0, out.values, 4,
                                           dimension));
    EACH(i, not_size)
    WRONG("cols", libnc_parsimony_subspace(w->context, map, map, 1, not_size[i], 0, out.values, 4,
                                           dimension));
    EACH(i, not_tolerance)
    WRONG("tolerance", libnc_parsimony_subspace(w->context, map, map, 2, 2, not_tolerance[i],
                                                out.values, 4, dimension));
    WRONG("basis", libnc_parsimony_subspace(w->context, map, map, 2, 2, 0, NULL, 4, dimension));
    EACH(i, misfits)
    MISFIT("size", libnc_parsimony_subspace(w->context, map, map, 2, 2, 0, out.values, misfits[i],
                                            dimension));
    WRONG("dimension",
          libnc_parsimony_subspace(w->context, map, map, 2, 2, 0, out.values, 4, NULL));
}

/* ---- thresholds and remedies ---- */

/* Cross-entropy with one layer, counts 7, 2, 2; not solved. */
static libnc_geometry *imbalanced(int64_t form)
{
    libnc_classes *classes;
    libnc_geometry *geometry;
    must(libnc_classes_from_counts(&classes, w->context, (int64_t[]){7, 2, 2}, K));
    must(libnc_geometry_create(&geometry, classes, 1));
    libnc_classes_destroy(classes);
    must(libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    must(libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_FORM,
                                 form));
    return geometry;
}

/* 0 is a class, but alone in its group. */
static const int64_t not_merging[] = {0, -2, K, INT64_MIN, INT64_MAX};
static const double not_positive_double[] = {0, -1, NAN, INFINITY, -INFINITY};
static const double not_margin[] = {-DBL_MIN, -1, NAN, INFINITY};

static void threshold_merge_decay(void)
{
    libnc_geometry *geometry = imbalanced(0);
    NO_CONTEXT("geometry", libnc_threshold_merge_decay(NULL, 1, out.values));
    EACH(i, not_merging)
    WRONG("class_index", libnc_threshold_merge_decay(geometry, not_merging[i], out.values));
    WRONG("decay", libnc_threshold_merge_decay(geometry, 1, NULL));
    REFUSED_AS(LIBNC_ERROR_UNSUPPORTED, "geometry", "loss",
               libnc_threshold_merge_decay(w->geometry, 1, out.values));
    libnc_geometry_destroy(geometry);
}

static void threshold_total_decay(void)
{
    libnc_geometry *geometry = imbalanced(1);
    NO_CONTEXT("geometry", libnc_threshold_total_decay(NULL, out.values));
    REFUSED_AS(LIBNC_ERROR_UNSUPPORTED, "geometry", "form",
               libnc_threshold_total_decay(geometry, out.values));
    WRONG("decay", libnc_threshold_total_decay(geometry, NULL));
    libnc_geometry_destroy(geometry);
}

static void threshold_merge_energy(void)
{
    libnc_geometry *geometry = imbalanced(1);
    double energy;
    NO_CONTEXT("geometry", libnc_threshold_merge_energy(NULL, 1, out.values, out.values + 1));
    EACH(i, not_merging)
    WRONG("class_index",
          libnc_threshold_merge_energy(geometry, not_merging[i], out.values, out.values + 1));
    WRONG("energy", libnc_threshold_merge_energy(geometry, 1, NULL, out.values));
    ACCEPTED("width", libnc_threshold_merge_energy(geometry, 1, &energy, NULL));
    libnc_geometry_destroy(geometry);
}

static void threshold_merge_counts(void)
{
    static const int64_t wrong[] = {1, 0, -1, INT64_MIN, INT64_MAX};
    static const double not_rest[] = {-DBL_MIN, NAN, INFINITY}, not_smoothing[] = {-1, 1, NAN};
    libnc_context *c = w->context;
    double *low = out.values, *high = out.values + 1, value;
    NO_CONTEXT("context", libnc_threshold_merge_counts(NULL, 2, 5, 1, 0, low, high));
    EACH(i, wrong)
    WRONG("multiplicity", libnc_threshold_merge_counts(c, wrong[i], 5, 1, 0, low, high));
    EACH(i, not_rest)
    WRONG("rest", libnc_threshold_merge_counts(c, 2, not_rest[i], 1, 0, low, high));
    EACH(i, not_positive_double)
    WRONG("decay", libnc_threshold_merge_counts(c, 2, 5, not_positive_double[i], 0, low, high));
    EACH(i, not_smoothing)
    WRONG("smoothing", libnc_threshold_merge_counts(c, 2, 5, 1, not_smoothing[i], low, high));
    ACCEPTED("lower", libnc_threshold_merge_counts(c, 2, 5, 1, 0, NULL, &value));
    ACCEPTED("upper", libnc_threshold_merge_counts(c, 2, 5, 1, 0, &value, NULL));
}

static void threshold_merge_ratios(void)
{
    static const int64_t not_majority[] = {0, -1, 9, 10, INT64_MIN, INT64_MAX};
    static const double not_smoothing[] = {-1, 1, NAN};
    libnc_context *c = w->context;
    double *low = out.values, *high = out.values + 1, value;
    NO_CONTEXT("context", libnc_threshold_merge_ratios(NULL, 10, 5, 5, 1, 0, low, high));
    EACH(i, not_size)
    WRONG("class_count", libnc_threshold_merge_ratios(c, not_size[i], 5, 5, 1, 0, low, high));
    EACH(i, not_majority)
    WRONG("majority_classes",
          libnc_threshold_merge_ratios(c, 10, not_majority[i], 5, 1, 0, low, high));
    EACH(i, not_positive_double)
    {
        const double wrong = not_positive_double[i];
        WRONG("majority_count", libnc_threshold_merge_ratios(c, 10, 5, wrong, 1, 0, low, high));
        WRONG("decay", libnc_threshold_merge_ratios(c, 10, 5, 5, wrong, 0, low, high));
    }
    EACH(i, not_smoothing)
    WRONG("smoothing", libnc_threshold_merge_ratios(c, 10, 5, 5, 1, not_smoothing[i], low, high));
    ACCEPTED("lower", libnc_threshold_merge_ratios(c, 10, 5, 5, 1, 0, NULL, &value));
    ACCEPTED("upper", libnc_threshold_merge_ratios(c, 10, 5, 5, 1, 0, &value, NULL));
}

static void threshold_peeled_merged(void)
{
    static const int64_t not_majority[] = {0, -1, 9, 10, INT64_MIN, INT64_MAX};
    libnc_context *c = w->context;
    NO_CONTEXT("context", libnc_threshold_peeled_merged(NULL, 10, 3, 1, 5, out.values));
    WRONG("ratio", libnc_threshold_peeled_merged(c, 10, 3, 1, 5, NULL));
    EACH(i, not_size)
    WRONG("class_count", libnc_threshold_peeled_merged(c, not_size[i], 3, 1, 5, out.values));
    EACH(i, not_majority)
    WRONG("majority_classes",
          libnc_threshold_peeled_merged(c, 10, not_majority[i], 1, 5, out.values));
    EACH(i, not_positive_double)
    {
        const double wrong = not_positive_double[i];
        WRONG("classifier_energy", libnc_threshold_peeled_merged(c, 10, 3, wrong, 5, out.values));
        WRONG("feature_energy", libnc_threshold_peeled_merged(c, 10, 3, 1, wrong, out.values));
    }
}

static void threshold_peeled_lost(void)
{
    static const int64_t not_majority[] = {0, -1, 10, INT64_MIN, INT64_MAX};
    libnc_context *c = w->context;
    NO_CONTEXT("context", libnc_threshold_peeled_lost(NULL, 10, 3, 1, 5, out.values));
    WRONG("ratio", libnc_threshold_peeled_lost(c, 10, 3, 1, 5, NULL));
    EACH(i, not_size)
    WRONG("class_count", libnc_threshold_peeled_lost(c, not_size[i], 3, 1, 5, out.values));
    EACH(i, not_majority)
    WRONG("majority_classes",
          libnc_threshold_peeled_lost(c, 10, not_majority[i], 1, 5, out.values));
    EACH(i, not_positive_double)
    {
        const double wrong = not_positive_double[i];
        WRONG("classifier_energy", libnc_threshold_peeled_lost(c, 10, 3, wrong, 5, out.values));
        WRONG("feature_energy", libnc_threshold_peeled_lost(c, 10, 3, 1, wrong, out.values));
    }
}

static void threshold_locate(void)
{
    static const int32_t not_kind[] = {0, 4, -1, INT32_MIN, INT32_MAX};
    libnc_geometry *geometry = imbalanced(0);
    int32_t *side = out.small, *method = out.small + 1, found;
    double *margin = out.values + 8, *width = out.values + 9, value;
    NO_CONTEXT("geometry", libnc_threshold_locate(NULL, 1, 1, side, margin, width, method));
    EACH(i, not_kind)
    WRONG("kind", libnc_threshold_locate(geometry, not_kind[i], 1, side, margin, width, method));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "kind",
            libnc_threshold_locate(geometry, 2, 1, side, margin, width, method));
    EACH(i, not_merging)
    WRONG("class_index",
          libnc_threshold_locate(geometry, 1, not_merging[i], side, margin, width, method));
    WRONG("side", libnc_threshold_locate(geometry, 1, 1, NULL, margin, width, method));
    ACCEPTED("margin", libnc_threshold_locate(geometry, 1, 1, &found, NULL, &value, &found));
    ACCEPTED("width", libnc_threshold_locate(geometry, 1, 1, &found, &value, NULL, &found));
    ACCEPTED("method", libnc_threshold_locate(geometry, 1, 1, &found, &value, &value, NULL));
    libnc_geometry_destroy(geometry);
}

static void remedy_weight(void)
{
    static const int64_t two[] = {1, 2}, twice[] = {1, 1}, beyond[] = {1, K}, below[] = {-1, 2};
    static const int64_t not_many[] = {0, -1, K + 1, INT64_MIN, INT64_MAX};
    libnc_geometry *g = imbalanced(0);
    double *x = out.values, *y = out.values + 1, value;
    int64_t *n = out.whole + 2, number;
    NO_CONTEXT("problem", libnc_remedy_weight(NULL, two, 2, 1, 0, x, y, n));
    WRONG("classes", libnc_remedy_weight(g, NULL, 2, 1, 0, x, y, n));
    WRONG("classes", libnc_remedy_weight(g, twice, 2, 1, 0, x, y, n));
    WRONG("classes", libnc_remedy_weight(g, beyond, 2, 1, 0, x, y, n));
    WRONG("classes", libnc_remedy_weight(g, below, 2, 1, 0, x, y, n));
    EACH(i, not_many)
    WRONG("count", libnc_remedy_weight(g, two, not_many[i], 1, 0, x, y, n));
    EACH(i, not_merging)
    WRONG("class_index", libnc_remedy_weight(g, two, 2, not_merging[i], 0, x, y, n));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_weight(g, two, 2, 1, not_margin[i], x, y, n));
    WRONG("weight", libnc_remedy_weight(g, two, 2, 1, 0, NULL, y, n));
    ACCEPTED("limit", libnc_remedy_weight(g, two, 2, 1, 0, &value, NULL, &number));
    ACCEPTED("repeats", libnc_remedy_weight(g, two, 2, 1, 0, &value, &value, NULL));
    libnc_geometry_destroy(g);
}

static void remedy_decay(void)
{
    libnc_geometry *geometry = imbalanced(0);
    NO_CONTEXT("problem", libnc_remedy_decay(NULL, 1, 0, out.values));
    EACH(i, not_merging)
    REFUSED_AS(LIBNC_ERROR_ARGUMENT, "class_index", "class_index",
               libnc_remedy_decay(geometry, not_merging[i], 0, out.values));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_decay(geometry, 1, not_margin[i], out.values));
    WRONG("decay", libnc_remedy_decay(geometry, 1, 0, NULL));
    libnc_geometry_destroy(geometry);
}

static void remedy_energy(void)
{
    libnc_geometry *geometry = imbalanced(1);
    NO_CONTEXT("problem", libnc_remedy_energy(NULL, 1, 0, out.values));
    EACH(i, not_merging)
    WRONG("class_index", libnc_remedy_energy(geometry, not_merging[i], 0, out.values));
    EACH(i, not_margin)
    WRONG("margin", libnc_remedy_energy(geometry, 1, not_margin[i], out.values));
    WRONG("energy", libnc_remedy_energy(geometry, 1, 0, NULL));
    libnc_geometry_destroy(geometry);
}

static void remedy_apply_weight(void)
{
    static const int64_t two[] = {1, 2}, twice[] = {1, 1}, beyond[] = {1, K};
    static const int64_t not_many[] = {0, -1, K + 1, INT64_MIN, INT64_MAX};
    libnc_geometry *g = imbalanced(0);
    NO_CONTEXT("problem", libnc_remedy_apply_weight(&out.geometry, NULL, two, 2, 3));
    WRONG("geometry", libnc_remedy_apply_weight(NULL, g, two, 2, 3));
    WRONG("classes", libnc_remedy_apply_weight(&out.geometry, g, NULL, 2, 3));
    WRONG("classes", libnc_remedy_apply_weight(&out.geometry, g, twice, 2, 3));
    WRONG("classes", libnc_remedy_apply_weight(&out.geometry, g, beyond, 2, 3));
    EACH(i, not_many)
    WRONG("count", libnc_remedy_apply_weight(&out.geometry, g, two, not_many[i], 3));
    EACH(i, not_positive_double)
    WRONG("weight", libnc_remedy_apply_weight(&out.geometry, g, two, 2, not_positive_double[i]));
    libnc_geometry_destroy(g);
}

/* ---- minority ---- */

static const int64_t not_group[] = {-1, K, INT64_MIN, INT64_MAX};
static const int32_t not_family[] = {0, 4, -1, INT32_MIN, INT32_MAX};
static const int32_t not_statistic[] = {0, 5, -1, INT32_MIN, INT32_MAX};

static void minority_create(void)
{
    WRONG("minority", libnc_minority_create(NULL, w->context));
    NO_CONTEXT("context", libnc_minority_create(&out.minority, NULL));
}

static void minority_set_groups(void)
{
    static const int64_t groups[] = {0, 1, 0}, gap[] = {0, 2, 2}, below[] = {0, -1, 1};
    NO_CONTEXT("minority", libnc_minority_set_groups(NULL, groups, K));
    WRONG("groups", libnc_minority_set_groups(w->minority, gap, K));
    WRONG("groups", libnc_minority_set_groups(w->minority, below, K));
    WRONG("groups", libnc_minority_set_groups(w->minority, NULL, K));
    EACH(i, not_size)
    WRONG("class_count", libnc_minority_set_groups(w->minority, groups, not_size[i]));
}

static void minority_from_geometry(void)
{
    static const int32_t wrong[] = {0, -1, WORLD_DEPTH + 1, INT32_MIN, INT32_MAX};
    NO_CONTEXT("minority", libnc_minority_from_geometry(NULL, w->geometry, 1));
    WRONG("geometry", libnc_minority_from_geometry(w->minority, NULL, 1));
    WRONG("geometry", libnc_minority_from_geometry(w->minority, abroad.geometry, 1));
    EACH(i, wrong)
    WRONG("layer", libnc_minority_from_geometry(w->minority, w->geometry, wrong[i]));
    must(libnc_minority_set_groups(w->minority, (int64_t[]){0, 1, 2, 3}, K + 1));
    REFUSED_AS(LIBNC_ERROR_DIMENSION, "minority", "libnc_minority_set_groups",
               libnc_minority_from_geometry(w->minority, w->geometry, 1));
}

static void minority_from_report(void)
{
    static const int32_t wrong[] = {0, -1, WORLD_DEPTH + 1, INT32_MIN, INT32_MAX};
    libnc_report *nothing;
    NO_CONTEXT("minority", libnc_minority_from_report(NULL, w->report, 1));
    WRONG("report", libnc_minority_from_report(w->minority, NULL, 1));
    WRONG("report", libnc_minority_from_report(w->minority, abroad.report, 1));
    EACH(i, wrong)
    WRONG("layer", libnc_minority_from_report(w->minority, w->report, wrong[i]));
    must(libnc_report_create(&nothing, w->context));
    REFUSED(LIBNC_ERROR_STATE, "report", libnc_minority_from_report(w->minority, nothing, 1));
    libnc_report_destroy(nothing);
}

static void minority_group(void)
{
    int64_t found[2];
    NO_CONTEXT("minority", libnc_minority_group(NULL, 0, out.whole, out.whole + 1, out.whole + 2));
    EACH(i, not_group)
    WRONG("group",
          libnc_minority_group(w->minority, not_group[i], out.whole, out.whole + 1, out.whole + 2));
    ACCEPTED("classes", libnc_minority_group(w->minority, 0, NULL, found, found + 1));
    ACCEPTED("samples", libnc_minority_group(w->minority, 0, found, NULL, found + 1));
    ACCEPTED("first", libnc_minority_group(w->minority, 0, found, found + 1, NULL));
}

static void minority_group_of(void)
{
    NO_CONTEXT("minority", libnc_minority_group_of(NULL, out.whole, K));
    WRONG("groups", libnc_minority_group_of(w->minority, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_minority_group_of(w->minority, out.whole, not_classes[i]));
}

static void minority_state(void)
{
    libnc_minority *nothing;
    NO_CONTEXT("minority", libnc_minority_state(NULL, 1, 0, out.small));
    EACH(i, not_family)
    WRONG("vectors", libnc_minority_state(w->minority, not_family[i], 0, out.small));
    EACH(i, not_group)
    WRONG("group", libnc_minority_state(w->minority, 1, not_group[i], out.small));
    WRONG("state", libnc_minority_state(w->minority, 1, 0, NULL));
    must(libnc_minority_create(&nothing, w->context));
    REFUSED(LIBNC_ERROR_STATE, "minority", libnc_minority_state(nothing, 1, 0, out.small));
    libnc_minority_destroy(nothing);
}

static void minority_cosine(void)
{
    NO_CONTEXT("minority", libnc_minority_cosine(NULL, 1, 0, 0, 1, out.values));
    EACH(i, not_family)
    WRONG("vectors", libnc_minority_cosine(w->minority, not_family[i], 0, 0, 1, out.values));
    EACH(i, not_group)
    {
        WRONG("group", libnc_minority_cosine(w->minority, 1, not_group[i], 0, 1, out.values));
        WRONG("other", libnc_minority_cosine(w->minority, 1, 0, not_group[i], 1, out.values));
    }
    EACH(i, not_statistic)
    WRONG("statistic", libnc_minority_cosine(w->minority, 1, 0, 0, not_statistic[i], out.values));
    WRONG("cosine", libnc_minority_cosine(w->minority, 1, 0, 0, 1, NULL));
}

static void minority_norm(void)
{
    NO_CONTEXT("minority", libnc_minority_norm(NULL, 1, 0, 1, out.values));
    EACH(i, not_family)
    WRONG("vectors", libnc_minority_norm(w->minority, not_family[i], 0, 1, out.values));
    EACH(i, not_group)
    WRONG("group", libnc_minority_norm(w->minority, 1, not_group[i], 1, out.values));
    EACH(i, not_statistic)
    WRONG("statistic", libnc_minority_norm(w->minority, 1, 0, not_statistic[i], out.values));
    WRONG("norm", libnc_minority_norm(w->minority, 1, 0, 1, NULL));
}

static void minority_distinct(void)
{
    static const int64_t wrong[] = {-2, K, INT64_MIN, INT64_MAX};
    int64_t found;
    NO_CONTEXT("minority", libnc_minority_distinct(NULL, -1, out.whole, out.whole + 1));
    EACH(i, wrong)
    WRONG("group", libnc_minority_distinct(w->minority, wrong[i], out.whole, out.whole + 1));
    ACCEPTED("predictions", libnc_minority_distinct(w->minority, -1, NULL, &found));
    ACCEPTED("rows", libnc_minority_distinct(w->minority, 0, &found, NULL));
}

/* ---- reports ---- */

static void report_create(void)
{
    NO_CONTEXT("context", libnc_report_create(&out.report, NULL));
    WRONG("report", libnc_report_create(NULL, w->context));
}

static void report_measure(void)
{
    NO_CONTEXT("report", libnc_report_measure(NULL, w->model, NULL));
    WRONG("model", libnc_report_measure(w->report, NULL, NULL));
    WRONG("model", libnc_report_measure(w->report, abroad.model, NULL));
    WRONG("dataset", libnc_report_measure(w->report, w->model, w->dataset));
    WRONG("dataset", libnc_report_measure(w->report, w->backbone, NULL));
    WRONG("dataset", libnc_report_measure(w->report, w->backbone, abroad.dataset));
}

static void report_compare(void)
{
    libnc_geometry *other;
    must(libnc_geometry_create(&other, w->classes, WORLD_DEPTH + 1));
    NO_CONTEXT("report", libnc_report_compare(NULL, w->geometry, 1));
    WRONG("geometry", libnc_report_compare(w->report, NULL, 1));
    WRONG("geometry", libnc_report_compare(w->report, abroad.geometry, 1));
    REFUSED(LIBNC_ERROR_STATE, "geometry", libnc_report_compare(w->report, other, 1));
    must(libnc_geometry_solve(other));
    MISFIT("geometry", libnc_report_compare(w->report, other, 1));
    WRONG("objective", libnc_report_compare(w->report, w->geometry, INFINITY));
    WRONG("objective", libnc_report_compare(w->report, w->geometry, -INFINITY));
    ACCEPTED("objective", libnc_report_compare(w->report, w->geometry, NAN));
    libnc_geometry_destroy(other);
}

static void report_value(void)
{
    static const int32_t wrong[] = {0, -1, 1000, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_value(NULL, 1, 1, out.values));
    EACH(i, wrong)
    WRONG("metric", libnc_report_value(w->report, wrong[i], 1, out.values));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_value(w->report, 1, not_layer[i], out.values));
    WRONG("value", libnc_report_value(w->report, 1, 1, NULL));
}

static void report_vector(void)
{
    static const int32_t wrong[] = {0, -1, 11, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_vector(NULL, 1, 1, out.values, K));
    EACH(i, wrong)
    WRONG("vector", libnc_report_vector(w->report, wrong[i], 1, out.values, K));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_vector(w->report, 1, not_layer[i], out.values, K));
    WRONG("values", libnc_report_vector(w->report, 1, 1, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_report_vector(w->report, 1, 1, out.values, not_classes[i]));
}

static void report_matrix(void)
{
    static const int32_t wrong[] = {0, -1, 5, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_matrix(NULL, 1, 1, out.values, SQUARE));
    EACH(i, wrong)
    WRONG("matrix", libnc_report_matrix(w->report, wrong[i], 1, out.values, SQUARE));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_matrix(w->report, 1, not_layer[i], out.values, SQUARE));
    WRONG("values", libnc_report_matrix(w->report, 1, 1, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_report_matrix(w->report, 1, 1, out.values, not_square[i]));
}

static const double *features_of_world(void)
{
    return libnc_dataset_inputs(w->dataset);
}

static void report_measure_arrays(void)
{
    enum { N = WORLD_SAMPLES, D = WORLD_INPUTS, KIND = LIBNC_LABEL_INT32, F = LIBNC_FLOAT64 };
    static const int64_t bad_counts[] = {0, -1, INT64_MIN}, bad_classes[] = {-1, 1, INT64_MAX};
    static const int64_t bad_widths[] = {0, -1, INT64_MAX};
    static const int32_t not_type[] = {0, 3, -1, INT32_MAX};
    const double *x = features_of_world();
    const int32_t *y = libnc_dataset_labels(w->dataset);
    double weights[K * D] = {0}, bias[K] = {0}, bad[N * D];
    int32_t bad_labels[N] = {0};
    memcpy(bad, x, sizeof bad);
    bad[3 * D] = NAN;
    bad_labels[5] = -4;
    NO_CONTEXT("report", libnc_report_measure_arrays(NULL, x, y, KIND, N, D, K, F, weights, bias));
    WRONG("features",
          libnc_report_measure_arrays(w->report, NULL, y, KIND, N, D, K, F, weights, bias));
    WRONG("labels",
          libnc_report_measure_arrays(w->report, x, NULL, KIND, N, D, K, F, weights, bias));
    EACH(i, not_type)
    {
        WRONG("label_type",
              libnc_report_measure_arrays(w->report, x, y, not_type[i], N, D, 0, F, weights, bias));
        WRONG("scalar", libnc_report_measure_arrays(w->report, x, y, KIND, N, D, 0, not_type[i],
                                                    weights, bias));
    }
    EACH(i, bad_counts)
    WRONG("count", libnc_report_measure_arrays(w->report, x, y, KIND, bad_counts[i], D, K, F,
                                               weights, bias));
    EACH(i, bad_widths)
    WRONG("width", libnc_report_measure_arrays(w->report, x, y, KIND, N, bad_widths[i], K, F,
                                               weights, bias));
    EACH(i, bad_classes)
    WRONG(
        bad_classes[i] == 1 ? "labels" : "classes",
        libnc_report_measure_arrays(w->report, x, y, KIND, N, D, bad_classes[i], F, weights, bias));
    WRONG("labels: row 5",
          libnc_report_measure_arrays(w->report, x, bad_labels, KIND, N, D, 0, F, NULL, NULL));
    bad_labels[5] = INT32_MAX;
    WRONG("labels",
          libnc_report_measure_arrays(w->report, x, bad_labels, KIND, N, D, 0, F, NULL, NULL));
    WRONG("bias", libnc_report_measure_arrays(w->report, x, y, KIND, N, D, K, F, NULL, bias));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "features: row 3",
            libnc_report_measure_arrays(w->report, bad, y, KIND, N, D, K, F, weights, bias));
    weights[D] = INFINITY;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier: row 1",
            libnc_report_measure_arrays(w->report, x, y, KIND, N, D, K, F, weights, bias));
    weights[D] = 0;
    bias[2] = NAN;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "bias: row 2",
            libnc_report_measure_arrays(w->report, x, y, KIND, N, D, K, F, weights, bias));
    ACCEPTED("classifier",
             libnc_report_measure_arrays(w->report, x, y, KIND, N, D, K, F, NULL, NULL));
}

static void report_measure_features(void)
{
    const libnc_accumulator *one[2] = {w->accumulator, NULL}, *far[1] = {abroad.accumulator};
    double weights[K * WORLD_INPUTS] = {0}, bias[K] = {0};
    const double *classifiers[1] = {weights}, *none[1] = {NULL};
    static const int32_t not_layers[] = {0, -1, 1001, INT32_MIN, INT32_MAX};
    libnc_accumulator *empty, *more;
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    must(libnc_accumulator_create(&more, w->context, K + 1, WORLD_INPUTS));
    NO_CONTEXT("report", libnc_report_measure_features(NULL, one, NULL, NULL, 1));
    WRONG("accumulators", libnc_report_measure_features(w->report, NULL, NULL, NULL, 1));
    WRONG("accumulators", libnc_report_measure_features(w->report, one, NULL, NULL, 2));
    WRONG("accumulators", libnc_report_measure_features(w->report, far, NULL, NULL, 1));
    one[1] = empty;
    REFUSED(LIBNC_ERROR_STATE, "accumulators",
            libnc_report_measure_features(w->report, one, NULL, NULL, 2));
    must(libnc_accumulator_update(empty, features_of_world(), LIBNC_FLOAT64, 3, WORLD_INPUTS,
                                  libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    MISFIT("accumulators", libnc_report_measure_features(w->report, one, NULL, NULL, 2));
    must(libnc_accumulator_update(more, features_of_world(), LIBNC_FLOAT64, 3, WORLD_INPUTS,
                                  libnc_dataset_labels(w->dataset), LIBNC_LABEL_INT32));
    one[1] = more;
    MISFIT("accumulators", libnc_report_measure_features(w->report, one, NULL, NULL, 2));
    EACH(i, not_layers)
    WRONG("layers", libnc_report_measure_features(w->report, one, NULL, NULL, not_layers[i]));
    WRONG("bias", libnc_report_measure_features(w->report, one, NULL, bias, 1));
    WRONG("bias", libnc_report_measure_features(w->report, one, none, bias, 1));
    bias[1] = NAN;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "bias",
            libnc_report_measure_features(w->report, one, classifiers, bias, 1));
    bias[1] = 0;
    weights[WORLD_INPUTS] = INFINITY;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier",
            libnc_report_measure_features(w->report, one, classifiers, bias, 1));
    weights[WORLD_INPUTS] = 1e200;
    REFUSED(LIBNC_ERROR_NOT_FINITE, "overflow",
            libnc_report_measure_features(w->report, one, classifiers, bias, 1));
    ACCEPTED("classifiers", libnc_report_measure_features(w->report, one, NULL, NULL, 1));
    libnc_accumulator_destroy(more);
    libnc_accumulator_destroy(empty);
}

static void report_set_convention(void)
{
    static const int32_t wrong[] = {0, -1, 1000, INT32_MIN, INT32_MAX};
    NO_CONTEXT("report", libnc_report_set_convention(NULL, 1));
    EACH(i, wrong)
    WRONG("convention", libnc_report_set_convention(w->report, wrong[i]));
}

static void report_diagnostics(void)
{
    int64_t flags = 0;
    NO_CONTEXT("report", libnc_report_diagnostics(NULL, 1, &flags));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_diagnostics(w->report, not_layer[i], &flags));
    WRONG("flags", libnc_report_diagnostics(w->report, 1, NULL));
}

static void report_diagnostic_text(void)
{
    static const int64_t wrong[] = {0, -1, 3, 0x10000, INT64_MIN, INT64_MAX};
    char text[256];
    NO_CONTEXT("report", libnc_report_diagnostic_text(NULL, 1, 1, text, sizeof text));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_diagnostic_text(w->report, not_layer[i], 1, text, sizeof text));
    EACH(i, wrong)
    WRONG("diagnostic", libnc_report_diagnostic_text(w->report, 1, wrong[i], text, sizeof text));
    WRONG("text", libnc_report_diagnostic_text(w->report, 1, 1, NULL, sizeof text));
    WRONG("size", libnc_report_diagnostic_text(w->report, 1, 1, text, 0));
}

static void report_spectrum(void)
{
    NO_CONTEXT("report", libnc_report_spectrum(NULL, 1, out.values, K));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_spectrum(w->report, not_layer[i], out.values, K));
    WRONG("values", libnc_report_spectrum(w->report, 1, NULL, K));
    WRONG("size", libnc_report_spectrum(w->report, 1, out.values, 0));
}

static void report_cosine_histogram(void)
{
    static const int32_t not_flag[] = {-1, 2, INT32_MIN, INT32_MAX};
    int64_t counts[4];
    NO_CONTEXT("report", libnc_report_cosine_histogram(NULL, 0, 1, counts, 4));
    EACH(i, not_flag)
    WRONG("of_classifier", libnc_report_cosine_histogram(w->report, not_flag[i], 1, counts, 4));
    EACH(i, not_layer)
    WRONG("layer", libnc_report_cosine_histogram(w->report, 0, not_layer[i], counts, 4));
    WRONG("counts", libnc_report_cosine_histogram(w->report, 0, 1, NULL, 4));
    WRONG("bins", libnc_report_cosine_histogram(w->report, 0, 1, counts, 0));
    WRONG("bins", libnc_report_cosine_histogram(w->report, 0, 1, counts, SIZE_MAX));
}

static void report_fit_decay(void)
{
    double product = 0;
    libnc_geometry *other;
    must(libnc_geometry_create(&other, w->classes, WORLD_DEPTH + 1));
    NO_CONTEXT("report", libnc_report_fit_decay(NULL, w->geometry, &product, NULL));
    WRONG("geometry", libnc_report_fit_decay(w->report, NULL, &product, NULL));
    WRONG("geometry", libnc_report_fit_decay(w->report, abroad.geometry, &product, NULL));
    MISFIT("geometry", libnc_report_fit_decay(w->report, other, &product, NULL));
    WRONG("product", libnc_report_fit_decay(w->report, w->geometry, NULL, NULL));
    ACCEPTED("distance", libnc_report_fit_decay(w->report, w->geometry, &product, NULL));
    libnc_geometry_destroy(other);
}

static void regression_collapse(void)
{
    const double h[6] = {1, 2, 3, 4, 5, 7}, zero[6] = {1, 2, 0, 0, 5, 7}, y[3] = {1, 2, 4};
    const double bad[6] = {1, 2, NAN, 4, 5, 6}, line[2] = {1, 1};
    static const double not_shift[] = {-1, INFINITY, -INFINITY};
    static const int64_t few[] = {1, 0, -1, INT64_MIN, INT64_MAX};
    static const int64_t narrow[] = {0, -1, INT64_MIN, INT64_MAX};
    double *values = out.values;
    NO_CONTEXT("context", libnc_regression_collapse(NULL, h, y, line, 3, 2, 1, 0, values));
    WRONG("features", libnc_regression_collapse(w->context, NULL, y, line, 3, 2, 1, 0, values));
    WRONG("features", libnc_regression_collapse(w->context, zero, y, line, 3, 2, 1, 0, values));
    WRONG("targets", libnc_regression_collapse(w->context, h, NULL, line, 3, 2, 1, 0, values));
    WRONG("values", libnc_regression_collapse(w->context, h, y, line, 3, 2, 1, 0, NULL));
    EACH(i, few)
    WRONG("samples", libnc_regression_collapse(w->context, h, y, line, few[i], 2, 1, 0, values));
    EACH(i, narrow)
    {
        WRONG("width",
              libnc_regression_collapse(w->context, h, y, line, 3, narrow[i], 1, 0, values));
        WRONG("target_width",
              libnc_regression_collapse(w->context, h, y, line, 3, 2, narrow[i], 0, values));
    }
    WRONG("width", libnc_regression_collapse(w->context, h, y, line, 3, 2, 3, 0, values));
    EACH(i, not_shift)
    WRONG("shift",
          libnc_regression_collapse(w->context, h, y, line, 3, 2, 1, not_shift[i], values));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "features",
            libnc_regression_collapse(w->context, bad, y, line, 3, 2, 1, 0, values));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "targets",
            libnc_regression_collapse(w->context, h, bad, line, 3, 2, 1, 0, values));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier",
            libnc_regression_collapse(w->context, h, y, bad + 1, 3, 2, 1, 0, values));
}

/* ---- accumulators ---- */

static const int64_t not_batch[] = {-1, INT64_MIN};
static void accumulator_create(void)
{
    NO_CONTEXT("context", libnc_accumulator_create(&out.accumulator, NULL, 2, 3));
    WRONG("accumulator", libnc_accumulator_create(NULL, w->context, 2, 3));
    EACH(i, not_size)
    {
        WRONG("classes", libnc_accumulator_create(&out.accumulator, w->context, not_size[i], 3));
        WRONG("width", libnc_accumulator_create(&out.accumulator, w->context, 2, not_size[i]));
    }
}

/* Rows of the world's dataset, with values and labels that are wrong in one place. */
static void accumulator_update(void)
{
    enum { D = WORLD_INPUTS };
    libnc_accumulator *a = w->accumulator;
    const double *x = features_of_world();
    const int32_t *y = libnc_dataset_labels(w->dataset);
    static const int32_t bad[][2] = {{0, -1}, {0, K}, {INT32_MIN, 0}, {0, INT32_MAX}};
    static const int64_t wide[][2] = {{0, -1}, {0, K}, {INT64_MIN, 0}, {0, (int64_t)1 << 32}};
    static const int64_t not_stride[] = {0,        -1, D - 1, INT64_MIN, (int64_t)INT32_MAX + 1,
                                         INT64_MAX};
    NO_CONTEXT("accumulator", libnc_accumulator_update(NULL, x, LIBNC_FLOAT64, 2, D, y, 1));
    WRONG("features", libnc_accumulator_update(a, NULL, LIBNC_FLOAT64, 2, D, y, 1));
    WRONG("features", libnc_accumulator_update(a, (const char *)x + 1, LIBNC_FLOAT64, 2, D, y, 1));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_accumulator_update(a, x, not_scalar[i], 2, D, y, 1));
    EACH(i, not_batch)
    WRONG("count", libnc_accumulator_update(a, x, LIBNC_FLOAT64, not_batch[i], D, y, 1));
    EACH(i, not_stride)
    WRONG("stride", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, not_stride[i], y, 1));
    WRONG("labels", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, NULL, 1));
    WRONG("labels", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, (const char *)y + 1, 1));
    EACH(i, bad)
    WRONG("labels", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, bad[i], 1));
    EACH(i, wide)
    WRONG("labels", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, wide[i], 2));
    EACH(i, not_scalar)
    WRONG("label_type", libnc_accumulator_update(a, x, LIBNC_FLOAT64, 2, D, y, not_scalar[i]));
    EACH(i, not_finite)
    {
        double rows[2 * D] = {0};
        float floats[2 * D] = {0};
        rows[D] = not_finite[i];
        floats[2 * D - 1] = (float)not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "features",
                libnc_accumulator_update(a, rows, LIBNC_FLOAT64, 2, D, y, 1));
        REFUSED_AS(LIBNC_ERROR_NOT_FINITE, "features", "1",
                   libnc_accumulator_update(a, floats, LIBNC_FLOAT32, 2, D, y, 1));
    }
    ACCEPTED("count", libnc_accumulator_update(a, NULL, LIBNC_FLOAT32, 0, D, NULL, 2));
}

static void accumulator_update_logits(void)
{
    enum { D = WORLD_INPUTS };
    libnc_accumulator *a = w->accumulator;
    const double *x = features_of_world();
    const int32_t *y = libnc_dataset_labels(w->dataset);
    static const int64_t not_stride[] = {0,        -1, K - 1, INT64_MIN, (int64_t)INT32_MAX + 1,
                                         INT64_MAX};
    double z[2 * K] = {0};
    NO_CONTEXT("accumulator", libnc_accumulator_update_logits(NULL, x, 1, 2, D, y, 1, z, 1, K));
    WRONG("features", libnc_accumulator_update_logits(a, NULL, 1, 2, D, y, 1, z, 1, K));
    WRONG("scalar", libnc_accumulator_update_logits(a, x, 0, 2, D, y, 1, z, 1, K));
    WRONG("count", libnc_accumulator_update_logits(a, x, 1, -1, D, y, 1, z, 1, K));
    WRONG("stride", libnc_accumulator_update_logits(a, x, 1, 2, D - 1, y, 1, z, 1, K));
    WRONG("labels", libnc_accumulator_update_logits(a, x, 1, 2, D, NULL, 1, z, 1, K));
    WRONG("label_type", libnc_accumulator_update_logits(a, x, 1, 2, D, y, 3, z, 1, K));
    WRONG("logits",
          libnc_accumulator_update_logits(a, x, 1, 2, D, y, 1, (const char *)z + 1, 1, K));
    EACH(i, not_scalar)
    WRONG("logits_scalar",
          libnc_accumulator_update_logits(a, x, 1, 2, D, y, 1, z, not_scalar[i], K));
    EACH(i, not_stride)
    WRONG("logits_stride",
          libnc_accumulator_update_logits(a, x, 1, 2, D, y, 1, z, 1, not_stride[i]));
    EACH(i, not_finite)
    {
        for (int k = K; k < 2 * K; k++) /* one of -infinity alone is a class that is left out */
            z[k] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "logits",
                libnc_accumulator_update_logits(a, x, 1, 2, D, y, 1, z, 1, K));
    }
    ACCEPTED("logits",
             libnc_accumulator_update_logits(a, x, LIBNC_FLOAT64, 2, D, y, 1, NULL, 7, -1));
}

static void accumulator_begin_second_pass(void)
{
    libnc_accumulator *empty;
    double weights[K * WORLD_INPUTS] = {0}, bias[K] = {0};
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    NO_CONTEXT("accumulator", libnc_accumulator_begin_second_pass(NULL, weights, bias, 1));
    REFUSED(LIBNC_ERROR_STATE, "accumulator",
            libnc_accumulator_begin_second_pass(empty, weights, bias, 1));
    libnc_accumulator_destroy(empty);
    WRONG("bias", libnc_accumulator_begin_second_pass(w->accumulator, NULL, bias, 1));
    EACH(i, not_scalar)
    WRONG("scalar",
          libnc_accumulator_begin_second_pass(w->accumulator, weights, bias, not_scalar[i]));
    EACH(i, not_finite)
    {
        bias[K - 1] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "bias",
                libnc_accumulator_begin_second_pass(w->accumulator, weights, bias, 1));
        weights[0] = not_finite[i];
        REFUSED(LIBNC_ERROR_NOT_FINITE, "classifier",
                libnc_accumulator_begin_second_pass(w->accumulator, weights, NULL, 1));
        weights[0] = bias[K - 1] = 0;
    }
    ACCEPTED("bias", libnc_accumulator_begin_second_pass(w->accumulator, weights, NULL, 1));
    ACCEPTED("classifier", libnc_accumulator_begin_second_pass(w->accumulator, NULL, NULL, -5));
    const int32_t labels[K] = {0, 1, 2};
    REFUSED_AS(LIBNC_ERROR_STATE, "", "count",
               libnc_accumulator_update(w->accumulator, features_of_world(), 1, WORLD_SAMPLES + 1,
                                        WORLD_INPUTS, labels, 1));
}

static void accumulator_merge(void)
{
    libnc_accumulator *other, *wider, *more;
    must(libnc_accumulator_create(&other, w->context, K, WORLD_INPUTS));
    must(libnc_accumulator_create(&wider, w->context, K, WORLD_INPUTS + 1));
    must(libnc_accumulator_create(&more, w->context, K + 1, WORLD_INPUTS));
    NO_CONTEXT("into", libnc_accumulator_merge(NULL, w->accumulator));
    WRONG("other", libnc_accumulator_merge(w->accumulator, NULL));
    WRONG("other", libnc_accumulator_merge(w->accumulator, w->accumulator));
    WRONG("other", libnc_accumulator_merge(w->accumulator, abroad.accumulator));
    MISFIT("other", libnc_accumulator_merge(w->accumulator, wider));
    MISFIT("other", libnc_accumulator_merge(w->accumulator, more));
    must(libnc_options_set_text(libnc_accumulator_options(other), "scatter", "none"));
    WRONG("other", libnc_accumulator_merge(other, w->accumulator));
    ck_assert_int_eq(libnc_accumulator_samples(other), 0);
    libnc_accumulator_destroy(more);
    libnc_accumulator_destroy(wider);
    libnc_accumulator_destroy(other);
}

static void accumulator_save(void)
{
    libnc_accumulator *empty;
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    NO_CONTEXT("accumulator", libnc_accumulator_save(NULL, "/tmp/libnc_never"));
    WRONG("path", libnc_accumulator_save(w->accumulator, NULL));
    REFUSED(LIBNC_ERROR_STATE, "accumulator", libnc_accumulator_save(empty, "/tmp/libnc_never"));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_accumulator_save(w->accumulator, ""));
    REFUSED(LIBNC_ERROR_FILE, "path",
            libnc_accumulator_save(w->accumulator, "/nonexistent/folder/state.ncs"));
    libnc_accumulator_destroy(empty);
}

static void accumulator_load(void)
{
    NO_CONTEXT("context", libnc_accumulator_load(&out.accumulator, NULL, "/nonexistent"));
    WRONG("accumulator", libnc_accumulator_load(NULL, w->context, "/nonexistent"));
    WRONG("path", libnc_accumulator_load(&out.accumulator, w->context, NULL));
    REFUSED(LIBNC_ERROR_FILE, "path",
            libnc_accumulator_load(&out.accumulator, w->context, "/nonexistent"));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_accumulator_load(&out.accumulator, w->context, ""));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_accumulator_load(&out.accumulator, w->context, "/tmp"));
    REFUSED(LIBNC_ERROR_FORMAT, "path",
            libnc_accumulator_load(&out.accumulator, w->context, "Makefile"));
}

static void accumulator_counts(void)
{
    NO_CONTEXT("accumulator", libnc_accumulator_counts(NULL, out.whole, K));
    WRONG("counts", libnc_accumulator_counts(w->accumulator, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_accumulator_counts(w->accumulator, out.whole, not_classes[i]));
}

static const size_t not_means[] = {0, K *WORLD_INPUTS - 1, K *WORLD_INPUTS + 1, K, SIZE_MAX};

static void accumulator_means(void)
{
    NO_CONTEXT("accumulator", libnc_accumulator_means(NULL, out.values, K * WORLD_INPUTS));
    WRONG("means", libnc_accumulator_means(w->accumulator, NULL, K * WORLD_INPUTS));
    EACH(i, not_means)
    MISFIT("size", libnc_accumulator_means(w->accumulator, out.values, not_means[i]));
}

static void accumulator_centred_means(void)
{
    NO_CONTEXT("accumulator", libnc_accumulator_centred_means(NULL, out.values, K * WORLD_INPUTS));
    WRONG("means", libnc_accumulator_centred_means(w->accumulator, NULL, K * WORLD_INPUTS));
    EACH(i, not_means)
    MISFIT("size", libnc_accumulator_centred_means(w->accumulator, out.values, not_means[i]));
}

static void accumulator_within_squares(void)
{
    NO_CONTEXT("accumulator", libnc_accumulator_within_squares(NULL, out.values, K));
    WRONG("squares", libnc_accumulator_within_squares(w->accumulator, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_accumulator_within_squares(w->accumulator, out.values, not_classes[i]));
}

static void accumulator_scatter(void)
{
    enum { DD = WORLD_INPUTS * WORLD_INPUTS };
    static const size_t wrong[] = {0, DD - 1, DD + 1, WORLD_INPUTS, SIZE_MAX};
    libnc_accumulator *empty;
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    NO_CONTEXT("accumulator", libnc_accumulator_scatter(NULL, out.values, DD));
    WRONG("scatter", libnc_accumulator_scatter(w->accumulator, NULL, DD));
    EACH(i, wrong)
    MISFIT("size", libnc_accumulator_scatter(w->accumulator, out.values, wrong[i]));
    REFUSED(LIBNC_ERROR_STATE, "accumulator", libnc_accumulator_scatter(empty, out.values, DD));
    libnc_accumulator_destroy(empty);
}

static void accumulator_spectrum(void)
{
    static const size_t wrong[] = {0, WORLD_INPUTS - 1, WORLD_INPUTS + 1, SIZE_MAX};
    libnc_accumulator *empty;
    must(libnc_accumulator_create(&empty, w->context, K, WORLD_INPUTS));
    NO_CONTEXT("accumulator", libnc_accumulator_spectrum(NULL, out.values, WORLD_INPUTS));
    WRONG("values", libnc_accumulator_spectrum(w->accumulator, NULL, WORLD_INPUTS));
    EACH(i, wrong)
    MISFIT("size", libnc_accumulator_spectrum(w->accumulator, out.values, wrong[i]));
    REFUSED(LIBNC_ERROR_STATE, "accumulator",
            libnc_accumulator_spectrum(empty, out.values, WORLD_INPUTS));
    libnc_accumulator_destroy(empty);
}

/* ---- arrays ---- */

static char array_path[64], other_path[80];

static void array_paths(void)
{
    strcpy(array_path, "/tmp/libnc_arguments_XXXXXX");
    int file = mkstemp(array_path);
    ck_assert_int_ge(file, 0);
    close(file);
    snprintf(other_path, sizeof other_path, "%s.other", array_path);
}

static void array_remove(void)
{
    remove(array_path);
    remove(other_path);
}

/* Two arrays of 3 x 2, "a" and "b", with b[0] = 0.5 and a[0] = 1e300. */
static libnc_array *array_of_two(const char *member)
{
    const double values[6] = {1e300, 1, 2, 3, 4, 5}, halves[6] = {0.5, 1, 2, 3, 4, 5};
    const int64_t shape[2] = {3, 2};
    libnc_array_writer *writer;
    libnc_array *array;
    array_paths();
    must(libnc_array_writer_create(&writer, w->context, array_path, LIBNC_ARRAY_NPZ));
    choices_have_enumerators(libnc_array_writer_options(writer));
    must(libnc_array_writer_begin(writer, "a", LIBNC_ELEMENT_FLOAT64, 2, shape));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, 3, 6));
    must(libnc_array_writer_begin(writer, "b", LIBNC_ELEMENT_FLOAT64, 2, shape));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, halves, 3, 6));
    must(libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
    must(libnc_array_open(&array, w->context, array_path, member));
    return array;
}

static void array_close(libnc_array *array)
{
    libnc_array_destroy(array);
    array_remove();
}

static void array_open(void)
{
    libnc_array *array = array_of_two("a"), *made;
    NO_CONTEXT("context", libnc_array_open(&out.array, NULL, array_path, "a"));
    WRONG("array", libnc_array_open(NULL, w->context, array_path, "a"));
    WRONG("path", libnc_array_open(&out.array, w->context, NULL, "a"));
    REFUSED(LIBNC_ERROR_FILE, "path",
            libnc_array_open(&out.array, w->context, "/nonexistent/file", NULL));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_array_open(&out.array, w->context, "/tmp", NULL));
    WRONG("member", libnc_array_open(&out.array, w->context, array_path, "c"));
    WRONG("member", libnc_array_open(&out.array, w->context, array_path, ""));
    ACCEPTED("member", libnc_array_open(&made, w->context, array_path, NULL));
    libnc_array_destroy(made);
    array_close(array);
}

static void array_select(void)
{
    libnc_array *array = array_of_two("b");
    NO_CONTEXT("array", libnc_array_select(NULL, "a"));
    WRONG("member", libnc_array_select(array, NULL));
    WRONG("member", libnc_array_select(array, "c"));
    ck_assert_str_eq(libnc_array_name(array), "b");
    ACCEPTED("member", libnc_array_select(array, "a.npy"));
    array_close(array);
}

static void array_set_element(void)
{
    static const int32_t wrong[] = {0, -1, 16, INT32_MIN, INT32_MAX, LIBNC_ELEMENT_FLOAT32};
    libnc_array *array = array_of_two(NULL);
    NO_CONTEXT("array", libnc_array_set_element(NULL, LIBNC_ELEMENT_INT64));
    REFUSED(LIBNC_ERROR_STATE, "array", libnc_array_set_element(array, LIBNC_ELEMENT_INT64));
    must(libnc_array_select(array, "a"));
    EACH(i, wrong)
    WRONG("element", libnc_array_set_element(array, wrong[i]));
    array_close(array);
}

static const int64_t not_begin[] = {-1, 4, INT64_MIN, INT64_MAX};
static const int64_t not_rows[] = {-1, 3, INT64_MIN, INT64_MAX};
static const size_t not_elements[] = {0, 3, 5, SIZE_MAX};

static void array_read(void)
{
    libnc_array *array = array_of_two(NULL);
    NO_CONTEXT("array", libnc_array_read(NULL, 0, 2, LIBNC_FLOAT64, out.values, 4));
    REFUSED(LIBNC_ERROR_STATE, "array",
            libnc_array_read(array, 0, 2, LIBNC_FLOAT64, out.values, 4));
    must(libnc_array_select(array, "a"));
    EACH(i, not_begin)
    WRONG("begin", libnc_array_read(array, not_begin[i], 0, LIBNC_FLOAT64, out.values, 0));
    EACH(i, not_rows)
    WRONG("count", libnc_array_read(array, 1, not_rows[i], LIBNC_FLOAT64, out.values, 6));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_array_read(array, 0, 2, not_scalar[i], out.values, 4));
    WRONG("values", libnc_array_read(array, 0, 2, LIBNC_FLOAT64, NULL, 4));
    EACH(i, not_elements)
    MISFIT("size", libnc_array_read(array, 0, 2, LIBNC_FLOAT64, out.values, not_elements[i]));
    REFUSED_AS(LIBNC_ERROR_NOT_FINITE, "values", "row",
               libnc_array_read(array, 0, 1, LIBNC_FLOAT32, out.values, 2));
    array_close(array);
}

static void array_read_integers(void)
{
    static const int32_t wrong[] = {0,         -1,       LIBNC_ELEMENT_INT16, LIBNC_ELEMENT_FLOAT64,
                                    INT32_MIN, INT32_MAX};
    const int32_t type = LIBNC_ELEMENT_INT64;
    libnc_array *array = array_of_two(NULL);
    NO_CONTEXT("array", libnc_array_read_integers(NULL, 0, 2, type, out.whole, 4));
    REFUSED(LIBNC_ERROR_STATE, "array", libnc_array_read_integers(array, 0, 2, type, out.whole, 4));
    must(libnc_array_select(array, "b"));
    EACH(i, not_begin)
    WRONG("begin", libnc_array_read_integers(array, not_begin[i], 0, type, out.whole, 0));
    EACH(i, not_rows)
    WRONG("count", libnc_array_read_integers(array, 1, not_rows[i], type, out.whole, 6));
    EACH(i, wrong)
    WRONG("element", libnc_array_read_integers(array, 0, 2, wrong[i], out.whole, 4));
    WRONG("values", libnc_array_read_integers(array, 0, 2, type, NULL, 4));
    EACH(i, not_elements)
    MISFIT("size", libnc_array_read_integers(array, 0, 2, type, out.whole, not_elements[i]));
    REFUSED_AS(LIBNC_ERROR_FORMAT, "values", "row",
               libnc_array_read_integers(array, 0, 1, type, out.whole, 2));
    array_close(array);
}

static void dataset_from_arrays(void)
{
    libnc_array *x = array_of_two("a"), *y, *none;
    must(libnc_array_write_npy(w->context, other_path, LIBNC_ELEMENT_INT32, (int32_t[]){0, 1, 0}, 3,
                               1));
    must(libnc_array_open(&y, w->context, other_path, NULL));
    must(libnc_array_open(&none, w->context, array_path, NULL));
    NO_CONTEXT("context", libnc_dataset_from_arrays(&out.dataset, NULL, LIBNC_FLOAT64, x, y));
    WRONG("dataset", libnc_dataset_from_arrays(NULL, w->context, LIBNC_FLOAT64, x, y));
    EACH(i, not_scalar)
    WRONG("scalar", libnc_dataset_from_arrays(&out.dataset, w->context, not_scalar[i], x, y));
    WRONG("inputs", libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, NULL, y));
    WRONG("labels", libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, x, NULL));
    WRONG("labels", libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, y, y));
    MISFIT("labels", libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, y, x));
    REFUSED(LIBNC_ERROR_STATE, "inputs",
            libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, none, y));
    REFUSED(LIBNC_ERROR_STATE, "labels",
            libnc_dataset_from_arrays(&out.dataset, w->context, LIBNC_FLOAT64, x, none));
    ck_assert_int_eq(libnc_dataset_from_arrays(&out.dataset, abroad.context, LIBNC_FLOAT64, x, y),
                     LIBNC_ERROR_ARGUMENT);
    ck_assert(has_word(libnc_context_error(abroad.context), "inputs"));
    libnc_array_destroy(none);
    libnc_array_destroy(y);
    array_close(x);
}

static void array_writer_create(void)
{
    static const int32_t wrong[] = {0, -1, LIBNC_ARRAY_CIFAR, 6, INT32_MIN, INT32_MAX};
    NO_CONTEXT("context", libnc_array_writer_create(&out.writer, NULL, "/tmp/x", LIBNC_ARRAY_NPY));
    WRONG("writer", libnc_array_writer_create(NULL, w->context, "/tmp/x", LIBNC_ARRAY_NPY));
    WRONG("path", libnc_array_writer_create(&out.writer, w->context, NULL, LIBNC_ARRAY_NPY));
    WRONG("path", libnc_array_writer_create(&out.writer, w->context, "", LIBNC_ARRAY_NPY));
    REFUSED(LIBNC_ERROR_FILE, "path",
            libnc_array_writer_create(&out.writer, w->context, "/nonexistent/x", LIBNC_ARRAY_NPY));
    EACH(i, wrong)
    WRONG("format", libnc_array_writer_create(&out.writer, w->context, "/tmp/x", wrong[i]));
}

static void array_writer_begin(void)
{
    static const int32_t wrong_type[] = {0, -1, 16, INT32_MIN, INT32_MAX, LIBNC_ELEMENT_BFLOAT16};
    static const int32_t wrong_rank[] = {0, -1, 65, INT32_MIN, INT32_MAX};
    static const int64_t shape[2] = {1, 2}, huge[2] = {INT64_MAX, INT64_MAX}, bad[2] = {1, -1},
                         worse[2] = {-2, 1};
    char long_name[1002];
    memset(long_name, 'x', 1001);
    long_name[1001] = '\0';
    const char *const wrong_name[] = {NULL, "", long_name, "\xff", "taken"};
    const int32_t type = LIBNC_ELEMENT_FLOAT32;
    libnc_array_writer *writer, *single;
    array_paths();
    must(libnc_array_writer_create(&writer, w->context, array_path, LIBNC_ARRAY_NPZ));
    must(libnc_array_writer_create(&single, w->context, other_path, LIBNC_ARRAY_NPY));
    must(libnc_array_writer_begin(writer, "taken", type, 2, (int64_t[]){-1, 2}));
    must(libnc_array_writer_begin(single, NULL, type, 2, shape));
    NO_CONTEXT("writer", libnc_array_writer_begin(NULL, "x", type, 2, shape));
    REFUSED(LIBNC_ERROR_STATE, "writer", libnc_array_writer_begin(single, NULL, type, 2, shape));
    WRONG("name", libnc_array_writer_begin(single, "x", type, 2, shape));
    EACH(i, wrong_name)
    WRONG("name", libnc_array_writer_begin(writer, wrong_name[i], type, 2, shape));
    EACH(i, wrong_type)
    WRONG("element", libnc_array_writer_begin(writer, "x", wrong_type[i], 2, shape));
    EACH(i, wrong_rank)
    WRONG("dimensions", libnc_array_writer_begin(writer, "x", type, wrong_rank[i], shape));
    WRONG("shape", libnc_array_writer_begin(writer, "x", type, 2, NULL));
    WRONG("shape", libnc_array_writer_begin(writer, "x", type, 2, huge));
    WRONG("shape", libnc_array_writer_begin(writer, "x", type, 2, bad));
    WRONG("shape", libnc_array_writer_begin(writer, "x", type, 2, worse));
    beyond_bounds(libnc_array_writer_options(writer));
    libnc_array_writer_destroy(single);
    libnc_array_writer_destroy(writer);
    array_remove();
}

static void array_writer_append(void)
{
    static const int32_t wrong_type[] = {0,         -1,        LIBNC_ELEMENT_INT16,
                                         INT32_MIN, INT32_MAX, LIBNC_ELEMENT_UINT64};
    static const int64_t wrong_count[] = {-1, INT64_MIN};
    const double x[4] = {1, 2, 3, 4}, bad[4] = {1, 2, 3, 256};
    libnc_array_writer *writer;
    array_paths();
    must(libnc_array_writer_create(&writer, w->context, array_path, LIBNC_ARRAY_NPY));
    REFUSED(LIBNC_ERROR_STATE, "writer", libnc_array_writer_append(writer, 15, x, 2, 4));
    must(libnc_array_writer_begin(writer, NULL, LIBNC_ELEMENT_UINT8, 2, (int64_t[]){2, 2}));
    NO_CONTEXT("writer", libnc_array_writer_append(NULL, 15, x, 2, 4));
    EACH(i, wrong_type)
    WRONG("element", libnc_array_writer_append(writer, wrong_type[i], x, 2, 4));
    WRONG("values", libnc_array_writer_append(writer, 15, NULL, 2, 4));
    WRONG("values", libnc_array_writer_append(writer, 15, bad, 2, 4));
    EACH(i, wrong_count)
    WRONG("count", libnc_array_writer_append(writer, 15, x, wrong_count[i], 4));
    MISFIT("count", libnc_array_writer_append(writer, 15, x, 3, 6));
    MISFIT("count", libnc_array_writer_append(writer, 15, x, INT64_MAX, 4));
    EACH(i, not_elements)
    MISFIT("size", libnc_array_writer_append(writer, 15, x, 2, not_elements[i]));
    libnc_array_writer_destroy(writer);
    array_remove();
}

static void array_writer_finish(void)
{
    const double x[2] = {1, 2};
    libnc_array_writer *writer;
    array_paths();
    must(libnc_array_writer_create(&writer, w->context, array_path, LIBNC_ARRAY_NPY));
    NO_CONTEXT("writer", libnc_array_writer_finish(NULL));
    REFUSED(LIBNC_ERROR_STATE, "writer", libnc_array_writer_finish(writer));
    must(libnc_array_writer_begin(writer, NULL, LIBNC_ELEMENT_FLOAT64, 1, (int64_t[]){2}));
    MISFIT("shape", libnc_array_writer_finish(writer));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, x, 2, 2));
    must(libnc_array_writer_finish(writer));
    REFUSED(LIBNC_ERROR_STATE, "writer", libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
    array_remove();
}

static void array_write_npy(void)
{
    static const int32_t wrong_type[] = {0, -1, LIBNC_ELEMENT_INT16, INT32_MIN, INT32_MAX};
    static const int64_t wrong_size[] = {-1, INT64_MIN};
    const double x[1] = {1};
    libnc_context *c = w->context;
    NO_CONTEXT("context", libnc_array_write_npy(NULL, "/tmp/x", 15, x, 1, 1));
    WRONG("path", libnc_array_write_npy(c, NULL, 15, x, 1, 1));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_array_write_npy(c, "/nonexistent/x", 15, x, 1, 1));
    EACH(i, wrong_type)
    WRONG("element", libnc_array_write_npy(c, "/tmp/x", wrong_type[i], x, 1, 1));
    WRONG("values", libnc_array_write_npy(c, "/tmp/x", 15, NULL, 1, 1));
    EACH(i, wrong_size)
    {
        WRONG("rows", libnc_array_write_npy(c, "/tmp/x", 15, x, wrong_size[i], 1));
        WRONG("cols", libnc_array_write_npy(c, "/tmp/x", 15, x, 1, wrong_size[i]));
    }
}

static void file_write(void)
{
    libnc_context *c = w->context;
    NO_CONTEXT("context", libnc_file_write(NULL, "/tmp/x", "", 0));
    WRONG("path", libnc_file_write(c, NULL, "", 0));
    WRONG("path", libnc_file_write(c, "", "", 0));
    REFUSED(LIBNC_ERROR_FILE, "path", libnc_file_write(c, "/nonexistent/x", "", 0));
    WRONG("bytes", libnc_file_write(c, "/tmp/x", NULL, 1));
    array_paths();
    ACCEPTED("bytes", libnc_file_write(c, other_path, NULL, 0));
    ACCEPTED("size", libnc_file_write(c, other_path, "x", 1));
    array_remove();
}

#define CHECKS(name)                                                                               \
    {                                                                                              \
        "libnc_" #name, name                                                                       \
    }

static const struct {
    const char *function;
    void (*check)(void);
} checks[] = {
    CHECKS(blas_set_threads),
    CHECKS(context_create),
    CHECKS(context_create_with_allocator),
    CHECKS(context_set_log),
    CHECKS(context_set_threads),
    CHECKS(options_set_int64),
    CHECKS(options_set_double),
    CHECKS(options_set_text),
    CHECKS(options_get_int64),
    CHECKS(options_get_double),
    CHECKS(options_describe),
    CHECKS(random_create),
    CHECKS(random_split),
    CHECKS(random_words),
    CHECKS(random_uniform),
    CHECKS(random_normal),
    CHECKS(random_permutation),
    CHECKS(classes_from_counts),
    CHECKS(classes_from_labels),
    CHECKS(classes_balanced),
    CHECKS(classes_step),
    CHECKS(classes_long_tailed),
    CHECKS(classes_labels),
    CHECKS(dataset_from_memory),
    CHECKS(dataset_from_idx),
    CHECKS(dataset_gaussian),
    CHECKS(dataset_select),
    CHECKS(dataset_split),
    CHECKS(dataset_order),
    CHECKS(dataset_order_repeated),
    CHECKS(trainer_set_repeats),
    CHECKS(penalty_set_energies),
    CHECKS(penalty_get_energies),
    CHECKS(model_create_free),
    CHECKS(model_create_backbone),
    CHECKS(model_initialise),
    CHECKS(model_parameter_info),
    CHECKS(model_parameter_index),
    CHECKS(model_parameter_view),
    CHECKS(model_get_parameter),
    CHECKS(model_set_parameter),
    CHECKS(model_evaluate),
    CHECKS(loss_create),
    CHECKS(loss_set_class_weights),
    CHECKS(loss_class_weights),
    CHECKS(loss_evaluate),
    CHECKS(penalty_create),
    CHECKS(penalty_set_weight_decay),
    CHECKS(penalty_set_feature_decay),
    CHECKS(penalty_set_decay),
    CHECKS(penalty_get_decay),
    CHECKS(optimizer_create),
    CHECKS(optimizer_rate),
    CHECKS(trainer_create),
    CHECKS(trainer_set_observer),
    CHECKS(trainer_step),
    CHECKS(trainer_run),
    CHECKS(trainer_evaluate),
    CHECKS(trainer_gradient),
    CHECKS(trainer_sync),
    CHECKS(trainer_geometry),
    CHECKS(trainer_history),
    CHECKS(geometry_create),
    CHECKS(geometry_set_weight_decay),
    CHECKS(geometry_weight_decays),
    CHECKS(geometry_class_weights),
    CHECKS(geometry_solve),
    CHECKS(geometry_loss),
    CHECKS(geometry_unique),
    CHECKS(geometry_singular_values),
    CHECKS(geometry_layer_singular_values),
    CHECKS(geometry_lengths),
    CHECKS(geometry_classifier_gram),
    CHECKS(geometry_feature_gram),
    CHECKS(geometry_logits),
    CHECKS(geometry_class_logits),
    CHECKS(geometry_bias),
    CHECKS(geometry_lost_classes),
    CHECKS(geometry_thresholds),
    CHECKS(geometry_etf),
    CHECKS(geometry_search),
    CHECKS(geometry_structure),
    CHECKS(geometry_class_sets),
    CHECKS(geometry_multiplicities),
    CHECKS(curvature_create),
    CHECKS(curvature_eigenvalue),
    CHECKS(curvature_logits),
    CHECKS(curvature_layer),
    CHECKS(curvature_bias),
    CHECKS(relu_features_solve),
    CHECKS(relu_features_classifier_gram),
    CHECKS(relu_features_threshold),
    CHECKS(seli_singular_values),
    CHECKS(seli_lengths),
    CHECKS(seli_grams),
    CHECKS(seli_logits),
    CHECKS(regression_moments),
    CHECKS(regression_solve),
    CHECKS(regression_matrices),
    CHECKS(parsimony_run),
    CHECKS(parsimony_subspace),
    CHECKS(geometry_set_class_weights),
    CHECKS(geometry_multiplier),
    CHECKS(geometry_rank),
    CHECKS(geometry_groups),
    CHECKS(geometry_factors),
    CHECKS(array_open),
    CHECKS(array_select),
    CHECKS(array_set_element),
    CHECKS(array_read),
    CHECKS(array_read_integers),
    CHECKS(dataset_from_arrays),
    CHECKS(array_writer_create),
    CHECKS(array_writer_begin),
    CHECKS(array_writer_append),
    CHECKS(array_writer_finish),
    CHECKS(array_write_npy),
    CHECKS(file_write),
    CHECKS(threshold_merge_decay),
    CHECKS(threshold_total_decay),
    CHECKS(threshold_merge_energy),
    CHECKS(threshold_merge_counts),
    CHECKS(threshold_merge_ratios),
    CHECKS(threshold_peeled_merged),
    CHECKS(threshold_peeled_lost),
    CHECKS(threshold_locate),
    CHECKS(remedy_weight),
    CHECKS(remedy_decay),
    CHECKS(remedy_energy),
    CHECKS(remedy_apply_weight),
    CHECKS(minority_create),
    CHECKS(minority_set_groups),
    CHECKS(minority_from_geometry),
    CHECKS(minority_from_report),
    CHECKS(minority_group),
    CHECKS(minority_group_of),
    CHECKS(minority_state),
    CHECKS(minority_cosine),
    CHECKS(minority_norm),
    CHECKS(minority_distinct),
    CHECKS(report_create),
    CHECKS(report_measure),
    CHECKS(report_compare),
    CHECKS(report_value),
    CHECKS(report_vector),
    CHECKS(report_matrix),
    CHECKS(report_measure_arrays),
    CHECKS(report_measure_features),
    CHECKS(report_set_convention),
    CHECKS(report_diagnostics),
    CHECKS(report_diagnostic_text),
    CHECKS(report_spectrum),
    CHECKS(report_cosine_histogram),
    CHECKS(report_fit_decay),
    CHECKS(regression_collapse),
    CHECKS(accumulator_create),
    CHECKS(accumulator_update),
    CHECKS(accumulator_update_logits),
    CHECKS(accumulator_begin_second_pass),
    CHECKS(accumulator_merge),
    CHECKS(accumulator_save),
    CHECKS(accumulator_load),
    CHECKS(accumulator_counts),
    CHECKS(accumulator_means),
    CHECKS(accumulator_centred_means),
    CHECKS(accumulator_within_squares),
    CHECKS(accumulator_scatter),
    CHECKS(accumulator_spectrum),
};

START_TEST(every_argument)
{
    const function *f;
    interface_read();
    f = interface_find(checks[_i].function);
    ck_assert_msg(f != NULL, "%s is not declared", checks[_i].function);
    world_create(&home, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    world_create(&abroad, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    world_train(&home);
    checks[_i].check();
    for (int i = 0; i < f->parameter_count; i++)
        ck_assert_msg(was_tried(f->name, f->parameters[i]), "%s: argument %s was not tried",
                      f->name, f->parameters[i]);
    world_destroy(&abroad);
    world_destroy(&home);
}
END_TEST

/* ---- functions without a status ---- */

#define ZERO(call) (ck_assert_msg((call) == 0, "%s is not 0", #call), note(#call, ""))
#define NONE(call) (ck_assert_msg((call) == NULL, "%s is not NULL", #call), note(#call, ""))
#define DONE(call) ((void)(call), note(#call, ""))

static void destroy_nothing(void)
{
    DONE(libnc_context_destroy(NULL));
    DONE(libnc_random_destroy(NULL));
    DONE(libnc_classes_destroy(NULL));
    DONE(libnc_dataset_destroy(NULL));
    DONE(libnc_model_destroy(NULL));
    DONE(libnc_loss_destroy(NULL));
    DONE(libnc_penalty_destroy(NULL));
    DONE(libnc_optimizer_destroy(NULL));
    DONE(libnc_trainer_destroy(NULL));
    DONE(libnc_geometry_destroy(NULL));
    DONE(libnc_curvature_destroy(NULL));
    DONE(libnc_report_destroy(NULL));
    DONE(libnc_array_destroy(NULL));
    DONE(libnc_array_writer_destroy(NULL));
    DONE(libnc_minority_destroy(NULL));
    DONE(libnc_accumulator_destroy(NULL));
    DONE(libnc_accumulator_clear(NULL));
}

static void ask_nothing(void)
{
    ZERO(libnc_context_threads(NULL));
    ZERO(libnc_options_count(NULL));
    ZERO(libnc_classes_count(NULL));
    ZERO(libnc_classes_samples(NULL));
    NONE(libnc_classes_counts(NULL));
    ZERO(libnc_classes_is_balanced(NULL));
    ZERO(libnc_dataset_count(NULL));
    ZERO(libnc_dataset_width(NULL));
    ZERO(libnc_dataset_scalar(NULL));
    NONE(libnc_dataset_inputs(NULL));
    NONE(libnc_dataset_labels(NULL));
    NONE(libnc_dataset_classes(NULL));
    ZERO(libnc_model_classes(NULL));
    ZERO(libnc_model_depth(NULL));
    ZERO(libnc_model_width(NULL, 1));
    ZERO(libnc_model_samples(NULL));
    ZERO(libnc_model_inputs(NULL));
    ZERO(libnc_model_has_bias(NULL));
    ZERO(libnc_model_scalar(NULL));
    NONE(libnc_model_labels(NULL));
    ZERO(libnc_model_parameter_count(NULL));
    NONE(libnc_loss_options(NULL));
    ZERO(libnc_loss_kind(NULL));
    NONE(libnc_optimizer_options(NULL));
    ZERO(libnc_optimizer_kind(NULL));
    NONE(libnc_trainer_options(NULL));
    NONE(libnc_trainer_model(NULL));
    ZERO(libnc_trainer_iterations(NULL));
    ZERO(libnc_trainer_seconds(NULL));
    ZERO(libnc_trainer_is_reduced(NULL));
    ZERO(libnc_trainer_history_rows(NULL));
    NONE(libnc_geometry_options(NULL));
    NONE(libnc_geometry_classes(NULL));
    ZERO(libnc_geometry_depth(NULL));
    ZERO(libnc_geometry_status(NULL));
    ZERO(libnc_array_member_count(NULL));
    NONE(libnc_array_member_name(NULL, 0));
    ZERO(libnc_array_format(NULL));
    NONE(libnc_array_name(NULL));
    ZERO(libnc_array_rows(NULL));
    ZERO(libnc_array_cols(NULL));
    ZERO(libnc_array_dimensions(NULL));
    ZERO(libnc_array_dimension(NULL, 0));
    ZERO(libnc_array_element(NULL));
    NONE(libnc_array_view(NULL));
    NONE(libnc_array_writer_options(NULL));
    NONE(libnc_minority_options(NULL));
    ZERO(libnc_minority_groups(NULL));
    ZERO(libnc_minority_classes(NULL));
    ZERO(libnc_curvature_rank(NULL));
    DONE(libnc_geometry_kind_name(INT32_MIN));
    ZERO(libnc_report_depth(NULL));
    ZERO(libnc_report_classes(NULL));
    NONE(libnc_report_options(NULL));
    ZERO(libnc_report_convention(NULL));
    ZERO(libnc_report_width(NULL, 1));
    ZERO(libnc_metric_index(NULL));
    ZERO(libnc_metric_index("nc"));
    ZERO(libnc_convention_index(NULL));
    ZERO(libnc_convention_index("papyan"));
    NONE(libnc_accumulator_options(NULL));
    ZERO(libnc_accumulator_classes(NULL));
    ZERO(libnc_accumulator_width(NULL));
    ZERO(libnc_accumulator_samples(NULL));
    ZERO(libnc_accumulator_second_samples(NULL));
    ZERO(libnc_accumulator_pass(NULL));
    ck_assert_str_eq(libnc_context_error(NULL), "");
    note("libnc_context_error(", "");
}

static void ask_for_what_is_not(void)
{
    libnc_options *options = libnc_optimizer_options(home.optimizer);
    static const int32_t wrong[] = {0, -1, 1000, INT32_MIN, INT32_MAX};
    NONE(libnc_options_choice(NULL, 1, 0));
    EACH(i, wrong)
    {
        ZERO(libnc_model_width(home.model, wrong[i]));
        NONE(libnc_metric_name(wrong[i]));
        NONE(libnc_metric_formula(wrong[i]));
        NONE(libnc_element_name(wrong[i]));
        ZERO(libnc_element_size(wrong[i]));
        ZERO(libnc_report_width(home.report, wrong[i]));
        NONE(libnc_convention_name(wrong[i]));
        NONE(libnc_convention_source(wrong[i]));
        NONE(libnc_convention_formula(wrong[i], 1));
        NONE(libnc_convention_formula(2, wrong[i]));
        NONE(libnc_options_choice(options, wrong[i], 0));
        if (wrong[i] != 0)
            NONE(libnc_options_choice(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, wrong[i]));
        if (wrong[i] != 0)
            ck_assert_str_eq(libnc_status_name(wrong[i] == -1 ? -1000 : wrong[i]), "UNKNOWN");
    }
    NONE(libnc_options_choice(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, INT64_MIN));
    NONE(libnc_options_choice(options, LIBNC_OPTIMIZER_OPTION_SCHEDULE, INT64_MAX));
    NONE(libnc_options_choice(options, LIBNC_OPTIMIZER_OPTION_LEARNING_RATE, 0));
    note("libnc_status_name(", "");
}

/* No arguments, always an answer. */
static void ask_without_arguments(void)
{
    const char *const texts[] = {libnc_version(), libnc_blas_provider(), libnc_blas_kernels()};
    EACH(i, texts)
    ck_assert_msg(texts[i] && *texts[i], "a text is empty");
    ck_assert_ptr_nonnull(libnc_blas_core());
    ck_assert_int_gt(libnc_version_number(), 0);
    ck_assert_int_gt(libnc_metric_count(), 0);
    DONE(libnc_version());
    DONE(libnc_version_number());
    DONE(libnc_blas_provider());
    DONE(libnc_blas_kernels());
    DONE(libnc_blas_core());
    DONE(libnc_metric_count());
    DONE(libnc_convention_count());
}

static bool is_checked(const function *f)
{
    if (!f->returns_status)
        return was_tried(f->name, "");
    EACH(i, checks)
    if (strcmp(checks[i].function, f->name) == 0)
        return true;
    return false;
}

START_TEST(every_function)
{
    interface_read();
    world_create(&home, LIBNC_FLOAT64, LIBNC_LOSS_MSE, LIBNC_OPTIMIZER_MOMENTUM);
    destroy_nothing();
    ask_nothing();
    ask_for_what_is_not();
    ask_without_arguments();
    for (int i = 0; i < function_count; i++)
        ck_assert_msg(is_checked(&functions[i]), "%s is in no table of this file",
                      functions[i].name);
    world_destroy(&home);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arguments");
    TCase *tests = add_case(suite, "arguments", 60);
    tcase_add_loop_test(tests, every_argument, 0, (int)COUNT(checks));
    tcase_add_test(tests, every_function);
    return run_suite(suite);
}
