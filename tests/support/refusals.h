/* SPDX-License-Identifier: MIT
 *
 * refusals.h: every argument of every public function that returns a status: NULL, zero, negative,
 * the ends of the type, NaN, infinity, shapes that do not fit, handles of another context.
 *
 * A refused call returns its code, names the argument in the error text, writes no output, keeps no
 * memory and leaves every handle as it was; assertions of the library (which stand before every
 * call of BLAS and LAPACK) are on in the suites. An argument that may have any value is shown to be
 * accepted. The functions without a status are asked to stand NULL.
 *
 *     static void classes_balanced(void)
 *     {
 *         NO_CONTEXT("context", libnc_classes_balanced(&out.classes, NULL, 2, 1));
 *         WRONG("classes", libnc_classes_balanced(NULL, w->context, 2, 1));
 *         EACH(i, not_size)
 *         WRONG("class_count", libnc_classes_balanced(&out.classes, w->context, not_size[i], 1));
 *         ...
 *     }
 */
#ifndef REFUSALS_H
#define REFUSALS_H

#include "support/world.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <unistd.h>

extern world home, abroad; /* two contexts */
extern world *w;           /* the one of the calls: home, but for a moment */

/* Where refused calls would write. */
typedef union refused_output {
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
    libnc_backbone *backbone;
    libnc_network *network;
    libnc_model *model;
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *trainer;
    libnc_geometry *geometry;
    libnc_curvature *curvature;
    libnc_relu_features *features;
    libnc_regression *regression;
    libnc_regression_collapse *collapse;
    libnc_parsimony *parsimony;
    libnc_report *report;
    libnc_minority *minority;
    libnc_accumulator *accumulator;
    libnc_array *array;
    libnc_array_writer *writer;
    libnc_communicator *communicator;
    libnc_block_tree *tree;
} refused_output;

extern refused_output out;

/* ---- tables ---- */

typedef struct argument_check {
    const char *function;
    void (*check)(void); /* tries every argument of it */
} argument_check;

#define CHECKS(name)                                                                               \
    {                                                                                              \
        "libnc_" #name, name                                                                       \
    }

typedef struct argument_table {
    const char *header;
    const argument_check *checks;
    int count;
    void (*without_status)(void); /* calls the functions that return none; NULL: there are none */
} argument_table;

#define ARGUMENT_TABLE(header, checks, without_status)                                             \
    {                                                                                              \
        header, checks, (int)COUNT(checks), without_status                                         \
    }

#define COUNT(list)   (sizeof(list) / sizeof *(list))
#define EACH(i, list) for (size_t i = 0; i < COUNT(list); i++)

/* ---- what was tried, and what must hold ---- */

/* The call tried the argument; "" for a function without a status. */
void note_argument(const char *call, const char *argument);
bool was_tried(const char *name, const char *argument);

bool has_word(const char *text, const char *word);

void before_refusal(void);
void after_refusal(const char *call, libnc_status status, libnc_status code);
void after_refusal_with(const char *word, const char *call, libnc_status status, libnc_status code);

/* Refused, with a text that has the word. */
#define REFUSED_AS(code, argument, word, call)                                                     \
    (before_refusal(), after_refusal_with((word), #call, (call), (code)),                          \
     note_argument(#call, (argument)))
#define REFUSED(code, argument, call) REFUSED_AS(code, argument, argument, call)
#define WRONG(argument, call)         REFUSED(LIBNC_ERROR_ARGUMENT, argument, call)
#define MISFIT(argument, call)        REFUSED(LIBNC_ERROR_DIMENSION, argument, call)

/* Refused without a context to leave a text in. */
#define NO_CONTEXT(argument, call)                                                                 \
    do {                                                                                           \
        before_refusal();                                                                          \
        after_refusal(#call, (call), LIBNC_ERROR_ARGUMENT);                                        \
        ck_assert_str_eq(libnc_context_error(w->context), "");                                     \
        note_argument(#call, (argument));                                                          \
    } while (0)

/* Fine: any value will do here. */
#define ACCEPTED(argument, call)                                                                   \
    (ck_assert_msg((call) >= 0, "%s: %s", #call, libnc_context_error(w->context)),                 \
     note_argument(#call, (argument)))

/* Of functions without a status. */
#define ZERO(call) (ck_assert_msg((call) == 0, "%s is not 0", #call), note_argument(#call, ""))
#define NONE(call)                                                                                 \
    (ck_assert_msg((call) == NULL, "%s is not NULL", #call), note_argument(#call, ""))
#define DONE(call) ((void)(call), note_argument(#call, ""))

/* ---- values that an argument must not have ---- */

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
static const int32_t not_there[] = {0, -1, 1000, INT32_MIN, INT32_MAX};

/* For the handles of the world: their counts, shapes and layers. */
static const size_t not_samples[] = {0, WORLD_SAMPLES - 1, WORLD_SAMPLES + 1, SIZE_MAX};
static const int64_t three_repeats[WORLD_CLASSES] = {1, 2, 3};
static const int64_t not_repeats[] = {0, -1, INT64_MIN, (int64_t)1 << 53, INT64_MAX};
static const int64_t not_classes64[] = {0, -1, 2, 4, INT64_MIN, INT64_MAX};
static const int32_t not_parameter[] = {-1, 4, INT32_MIN, INT32_MAX};
enum { FEATURES = WORLD_SAMPLES * 4 };
static const size_t not_features[] = {0, FEATURES - 1, FEATURES + 1, SIZE_MAX};
static const size_t not_classes[] = {0, WORLD_CLASSES - 1, WORLD_CLASSES + 1, SIZE_MAX};
static const int32_t not_layer[] = {0, -1, WORLD_DEPTH + 1, INT32_MIN, INT32_MAX};
enum { K = WORLD_CLASSES, SQUARE = WORLD_CLASSES * WORLD_CLASSES };
static const size_t not_square[] = {0, K, SQUARE - 1, SQUARE + 1, SIZE_MAX};
static const double not_positive_decay[] = {0, -1, 1e-310, 1e301, NAN, INFINITY, -INFINITY};
static const int64_t not_width[] = {-1, INT64_MIN};

static inline const double *features_of_world(void)
{
    return libnc_dataset_inputs(w->dataset);
}

#endif
