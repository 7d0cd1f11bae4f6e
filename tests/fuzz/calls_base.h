/* SPDX-License-Identifier: MIT
 *
 * calls_base.h: calls of context.h, options.h, random.h, blas.h, classes.h, dataset.h, file.h and
 * array.h.
 */
#ifndef CALLS_BASE_H
#define CALLS_BASE_H

#include "handles.h"

#include <dirent.h>
#include <glob.h>
#include <unistd.h>

#define CALL(name) static void call_##name(void)

/* Functions of one handle that return no status. */
#define GETTER(kind, name)                                                                         \
    CALL(name)                                                                                     \
    {                                                                                              \
        const void *h = a_handle(kind);                                                            \
        GOT(libnc_##name(h));                                                                      \
    }
/* The same with an index. */
#define GETTER_AT(kind, name, low, high)                                                           \
    CALL(name)                                                                                     \
    {                                                                                              \
        const void *h = a_handle(kind);                                                            \
        const int32_t at = a_key(low, high);                                                       \
        GOT(libnc_##name(h, at));                                                                  \
    }
/* The table of options of a handle. */
#define OPTIONS(kind, name)                                                                        \
    CALL(name)                                                                                     \
    {                                                                                              \
        void *h = a_handle(kind);                                                                  \
        GOT(libnc_##name(h));                                                                      \
    }
#define CONSTANT(name)                                                                             \
    CALL(name)                                                                                     \
    {                                                                                              \
        GOT(libnc_##name());                                                                       \
    }
#define NAME_OF(name, low, high)                                                                   \
    CALL(name)                                                                                     \
    {                                                                                              \
        const int32_t at = a_key(low, high);                                                       \
        GOT(libnc_##name(at));                                                                     \
    }
#define DESTROY(kind_of, name)                                                                     \
    CALL(name)                                                                                     \
    {                                                                                              \
        pooled *p = &all.pools[kind_of][choose(ROOM)];                                             \
        begin_call();                                                                              \
        if (p->handle)                                                                             \
            forget(kind_of, p);                                                                    \
        else                                                                                       \
            libnc_##name(NULL);                                                                    \
        end_call();                                                                                \
        all.succeeded = true;                                                                      \
    }

/* ---- context.h, status.h, version.h, blas.h ---- */

CONSTANT(version)
CONSTANT(version_number)
CONSTANT(blas_provider)
CONSTANT(blas_core)
CONSTANT(blas_kernels)
NAME_OF(status_name, -11, 7)

CALL(blas_set_threads)
{
    libnc_context *c = a_context();
    const int32_t threads = a_key(1, 1) > 0 ? 1 : -1; /* of the whole process */
    STATUS(c, libnc_blas_set_threads(c, threads));
}

CALL(context_create)
{
    libnc_context **out = pointer_out();
    if (STATUS(NULL, libnc_context_create(out)))
        libnc_context_destroy(*out);
}

CALL(context_create_with_allocator)
{
    libnc_context **out = pointer_out();
    libnc_allocate_fn allocate = rarely(16) ? NULL : limited_allocate;
    libnc_release_fn release = rarely(16) ? NULL : faults_release;
    if (STATUS(NULL, libnc_context_create_with_allocator(out, allocate, release, &all.memory)))
        libnc_context_destroy(*out);
}

CALL(context_destroy)
{
    GOT((libnc_context_destroy(NULL), 0));
}

CALL(context_error)
{
    libnc_context *c = a_context();
    GOT(libnc_context_error(c));
}

CALL(context_fail)
{
    libnc_context *c = a_context();
    GOT(libnc_context_fail(c, (int32_t)choose(3) - 2, "as told\n") < 0);
}

CALL(context_threads)
{
    libnc_context *c = a_context();
    GOT(libnc_context_threads(c));
}

static void listen(int32_t level, const char *text, void *user)
{
    (void)user;
    if (level < LIBNC_LOG_ERROR || level > LIBNC_LOG_INFO || !text)
        fail_call("a log line is wrong");
    check_plain(text);
}

CALL(context_set_log)
{
    libnc_context *c = a_context();
    libnc_log_fn log = rarely(4) ? NULL : listen;
    const int32_t level = a_key(LIBNC_LOG_ERROR, LIBNC_LOG_INFO);
    STATUS(c, libnc_context_set_log(c, log, NULL, level));
}

/* Starting threads takes long, so that one is the choice mostly. */
CALL(context_set_threads)
{
    libnc_context *c = a_context();
    const int32_t threads = rarely(8) ? a_key(2, 3) : 1;
    STATUS(c, libnc_context_set_threads(c, threads > 8 && threads <= 256 ? 4 : threads));
}

/* ---- options.h ---- */

static libnc_options *some_options(void)
{
    switch (choose(9)) {
    case 0: return libnc_geometry_options(a_handle(GEOMETRY));
    case 1: return libnc_trainer_options(a_handle(TRAINER));
    case 2: return libnc_optimizer_options(a_handle(OPTIMIZER));
    case 3: return libnc_loss_options(a_handle(LOSS));
    case 4: return libnc_accumulator_options(a_handle(ACCUMULATOR));
    case 5: return libnc_minority_options(a_handle(MINORITY));
    case 6: return libnc_report_options(a_handle(REPORT));
    case 7: return libnc_ood_options(a_handle(OOD));
    default: return libnc_array_writer_options(a_handle(WRITER));
    }
}

CALL(options_count)
{
    const libnc_options *options = some_options();
    GOT(libnc_options_count(options));
}

/* A key of the table; rarely any. */
static int32_t an_option(const libnc_options *options, int32_t *type, double bounds[2])
{
    const int32_t count = libnc_options_count(options);
    int32_t key = 1;
    const char *name = "";
    *type = LIBNC_OPTION_INT64;
    bounds[0] = bounds[1] = 0;
    if (count > 0 && (libnc_options_describe(options, (int32_t)choose((unsigned)count), &key, &name,
                                             type, NULL) != LIBNC_OK ||
                      libnc_options_bounds(options, key, &bounds[0], &bounds[1], NULL) != LIBNC_OK))
        abort();
    if (rarely(16))
        key = a_key(1, count + 1);
    say(" option %d \"%s\"", (int)key, name);
    return key;
}

CALL(options_set_int64)
{
    int32_t type;
    double bounds[2];
    libnc_options *options = some_options();
    const int32_t key = an_option(options, &type, bounds);
    const double high = bounds[1] < bounds[0] + 200 ? bounds[1] : bounds[0] + 200;
    const int64_t value = a_number((int64_t)bounds[0], (int64_t)high);
    STATUS(options, libnc_options_set_int64(options, key, value));
}

CALL(options_set_double)
{
    int32_t type;
    double bounds[2];
    libnc_options *options = some_options();
    const int32_t key = an_option(options, &type, bounds);
    const double value = choose(2) ? a_real(-8, 1) : rarely(3) ? bounds[choose(2)] : a_share();
    STATUS(options, libnc_options_set_double(options, key, value));
}

CALL(options_set_text)
{
    static const char *const texts[] = {"1",   "0",     "0.5",  "ce",       "energy",  "1e-3",
                                        "off", "auto",  "none", "full",     "fortran", "projected",
                                        "big", "",      "nan",  "infinity", " 1",      "0x10",
                                        "-1",  "1e999", "+2",   "\xff",     "cosine",  "step"};
    libnc_options *options = some_options();
    const char *name = "no such name";
    if (libnc_options_count(options) > 0 && !rarely(8))
        (void)!libnc_options_describe(options,
                                      (int32_t)choose((unsigned)libnc_options_count(options)), NULL,
                                      &name, NULL, NULL);
    const char *text = rarely(16) ? NULL : texts[choose(COUNT(texts))];
    say(" %s = %s", name, text ? text : "NULL");
    STATUS(options, libnc_options_set_text(options, rarely(32) ? NULL : name, text));
}

CALL(options_get_int64)
{
    int32_t type;
    double bounds[2];
    const libnc_options *options = some_options();
    const int32_t key = an_option(options, &type, bounds);
    int64_t *value = wholes_out(1);
    STATUS(options, libnc_options_get_int64(options, key, value));
}

CALL(options_get_double)
{
    int32_t type;
    double bounds[2];
    const libnc_options *options = some_options();
    const int32_t key = an_option(options, &type, bounds);
    double *value = reals_out(1);
    STATUS_WITH(ANY_REAL, options, libnc_options_get_double(options, key, value));
}

CALL(options_describe)
{
    const libnc_options *options = some_options();
    const int32_t index = a_key(0, 9);
    int32_t *key = shorts_out(1), *type = shorts_out(1);
    const char **name = pointer_out(), **help = pointer_out();
    STATUS(options, libnc_options_describe(options, index, key, name, type, help));
}

CALL(options_bounds)
{
    const libnc_options *options = some_options();
    const int32_t key = a_key(1, 10);
    double *minimum = reals_out(1), *maximum = reals_out(1), *initial = reals_out(1);
    STATUS_WITH(ANY_REAL, options, libnc_options_bounds(options, key, minimum, maximum, initial));
}

CALL(options_choice)
{
    const libnc_options *options = some_options();
    const int32_t key = a_key(1, 10);
    const int64_t value = a_number(0, 3);
    GOT(libnc_options_choice(options, key, value));
}

/* ---- random.h ---- */

DESTROY(RANDOM, random_destroy)

CALL(random_create)
{
    libnc_random **out = pointer_out();
    libnc_context *c = a_context();
    const uint64_t seed = a_seed();
    if (STATUS(c, libnc_random_create(out, c, seed)))
        keep(RANDOM, out);
}

CALL(random_split)
{
    libnc_random **out = pointer_out();
    const libnc_random *parent = a_handle(RANDOM);
    const uint64_t index = a_seed();
    if (STATUS(parent, libnc_random_split(out, parent, index)))
        keep(RANDOM, out);
}

#define FILLED(name, type, element)                                                                \
    CALL(random_##name)                                                                            \
    {                                                                                              \
        libnc_random *random = a_handle(RANDOM);                                                   \
        const size_t count = choose(300);                                                          \
        type *values = an_output(element, count);                                                  \
        STATUS(random, libnc_random_##name(random, values, count));                                \
    }
FILLED(words, uint64_t, WHOLES)
FILLED(uniform, double, REALS)
FILLED(normal, double, REALS)
FILLED(permutation, int64_t, WHOLES)

/* ---- classes.h ---- */

DESTROY(CLASSES, classes_destroy)
GETTER(CLASSES, classes_count)
GETTER(CLASSES, classes_samples)
GETTER(CLASSES, classes_counts)
GETTER(CLASSES, classes_is_balanced)

/* Samples of a class: few; rarely more than any memory holds, which geometries do not mind. */
static int64_t a_class_size(void)
{
    static const int64_t large[] = {10000000, (int64_t)1 << 40, (int64_t)1 << 53, INT64_MAX};
    return rarely(24) ? large[choose(COUNT(large))] : a_number(1, 8);
}

CALL(classes_from_counts)
{
    libnc_classes **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t K = rarely(16) ? an_amount(1, 40) : an_amount(1, 6);
    const int64_t *counts = wholes_in(size_of(K, 1), 1 + choose(2), 8);
    if (STATUS(c, libnc_classes_from_counts(out, c, counts, K)))
        keep(CLASSES, out);
}

CALL(classes_from_labels)
{
    libnc_classes **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t count = an_amount(1, 20);
    const int32_t *labels = shorts_in(size_of(count, 1), 0, 3);
    if (STATUS(c, libnc_classes_from_labels(out, c, labels, count)))
        keep(CLASSES, out);
}

CALL(classes_balanced)
{
    libnc_classes **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t K = a_class_count(), n = a_class_size();
    if (STATUS(c, libnc_classes_balanced(out, c, K, n)))
        keep(CLASSES, out);
}

CALL(classes_step)
{
    libnc_classes **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t K = a_class_count(), majority = a_number(0, K < 1 || K > 40 ? 3 : K);
    const int64_t many = a_class_size(), few = a_class_size();
    if (STATUS(c, libnc_classes_step(out, c, K, majority, many, few)))
        keep(CLASSES, out);
}

CALL(classes_long_tailed)
{
    libnc_classes **out = pointer_out();
    libnc_context *c = a_context();
    const int64_t K = a_class_count(), largest = a_class_size();
    const double ratio = a_real(0, 3);
    if (STATUS(c, libnc_classes_long_tailed(out, c, K, largest, ratio)))
        keep(CLASSES, out);
}

CALL(classes_labels)
{
    const libnc_classes *classes = a_handle(CLASSES);
    const size_t N = size_of(libnc_classes_samples(classes), 1);
    int32_t *labels = shorts_out(N);
    const size_t size = a_size(N);
    STATUS(classes, libnc_classes_labels(classes, labels, size));
}

/* ---- files ---- */

enum { MOST_PATHS = 64, MADE_PATHS = 3, KEPT_PATHS = 2 };

static char paths[MOST_PATHS][128];
static int path_count;
static char path_folder[32];

static void remove_made(void)
{
    DIR *folder = opendir(path_folder);
    for (struct dirent *e; folder && (e = readdir(folder)) != NULL;) {
        char path[400];
        if (strncmp(e->d_name, "kept", 4) == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", path_folder, e->d_name);
        unlink(path);
    }
    if (folder)
        closedir(folder);
}

static void remove_folder(void)
{
    remove_made();
    for (int i = 0; i < KEPT_PATHS; i++)
        unlink(paths[MADE_PATHS + i]);
    rmdir(path_folder);
}

/* 3 samples of 2 unsigned bytes and their labels, as IDX. */
static void write_kept(int i)
{
    static const unsigned char inputs[] = {0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 9, 8, 7, 6, 5, 4};
    static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 1};
    FILE *file = fopen(paths[MADE_PATHS + i], "wb");
    const size_t size = i == 0 ? sizeof inputs : sizeof labels;
    if (!file || fwrite(i == 0 ? inputs : labels, 1, size, file) != size || fclose(file) != 0)
        abort();
}

/* The first MADE_PATHS are written by the calls themselves, in a folder of this process; the next
 * are a pair of files for a dataset. */
static void find_paths(void)
{
    glob_t files;
    if (path_count > 0)
        return;
    strcpy(path_folder,
           access("/dev/shm", W_OK) == 0 ? "/dev/shm/libnc_fuzz_XXXXXX" : "/tmp/libnc_fuzz_XXXXXX");
    if (!mkdtemp(path_folder))
        abort();
    atexit(remove_folder);
    for (; path_count < MADE_PATHS; path_count++)
        snprintf(paths[path_count], sizeof *paths, "%s/%d", path_folder, path_count);
    for (int i = 0; i < KEPT_PATHS; i++) {
        snprintf(paths[path_count++], sizeof *paths, "%s/kept%d", path_folder, i);
        write_kept(i);
    }
    strcpy(paths[path_count++], "/nonexistent/x");
    strcpy(paths[path_count++], path_folder);
    strcpy(paths[path_count++], "");
    if (glob("tests/fuzz/corpus/*/*", 0, NULL, &files) != 0)
        return;
    for (size_t i = 0; i < files.gl_pathc && path_count < MOST_PATHS; i++)
        if (strlen(files.gl_pathv[i]) < sizeof *paths)
            strcpy(paths[path_count++], files.gl_pathv[i]);
    globfree(&files);
}

static const char *a_path(bool is_made)
{
    const unsigned n = is_made && !rarely(16) ? MADE_PATHS : (unsigned)path_count;
    const char *path = rarely(32) ? NULL : paths[choose(n)];
    /* what is kept, and the corpus, are not written to */
    if (is_made && path && (strncmp(path, "tests/", 6) == 0 || strstr(path, "kept")))
        path = paths[0];
    say(" \"%s\"", path ? path : "NULL");
    return path;
}

/* ---- file.h ---- */

CALL(file_write)
{
    libnc_context *c = a_context();
    const char *path = a_path(true);
    const size_t size = choose(100);
    const void *bytes = reals_in(size);
    STATUS(c, libnc_file_write(c, path, bytes, size));
}

/* ---- array.h ---- */

NAME_OF(element_name, 1, 15)
NAME_OF(element_size, 1, 15)
DESTROY(ARRAY, array_destroy)
GETTER(ARRAY, array_member_count)
GETTER(ARRAY, array_format)
GETTER(ARRAY, array_name)
GETTER(ARRAY, array_rows)
GETTER(ARRAY, array_cols)
GETTER(ARRAY, array_dimensions)
GETTER_AT(ARRAY, array_dimension, 0, 3)
GETTER(ARRAY, array_element)
GETTER_AT(ARRAY, array_member_name, 0, 3)

CALL(array_open)
{
    libnc_array **out = pointer_out();
    libnc_context *c = a_context();
    const char *path = a_path(false), *member = rarely(8) ? "data" : NULL;
    if (STATUS(c, libnc_array_open(out, c, path, member)))
        keep(ARRAY, out);
}

CALL(array_select)
{
    libnc_array *array = a_handle(ARRAY);
    const char *name = libnc_array_member_name(array, choose(3));
    if (rarely(8))
        name = rarely(2) ? NULL : "no such member";
    say(" \"%s\"", name ? name : "NULL");
    STATUS(array, libnc_array_select(array, name));
}

CALL(array_set_element)
{
    libnc_array *array = a_handle(ARRAY);
    const int32_t element = a_key(LIBNC_ELEMENT_BOOL, LIBNC_ELEMENT_FLOAT64);
    STATUS(array, libnc_array_set_element(array, element));
}

/* Rows that are there, and few enough for a buffer. */
static void some_rows(const libnc_array *array, int64_t *begin, int64_t *count, size_t *size)
{
    const int64_t rows = libnc_array_rows(array), cols = libnc_array_cols(array);
    const int64_t most = rows < 8 ? rows : 8;
    *count = an_amount(0, most);
    *begin = *count >= 0 && *count <= rows ? a_number(0, rows - *count < 9 ? rows - *count : 9) : 0;
    *size = size_of(*count, cols);
}

CALL(array_read)
{
    libnc_array *array = a_handle(ARRAY);
    int64_t begin, count;
    size_t wanted;
    some_rows(array, &begin, &count, &wanted);
    const int32_t scalar = a_scalar();
    void *values = an_output(scalar == LIBNC_FLOAT32 ? SHORTS : REALS, wanted);
    const size_t size = a_size(wanted);
    STATUS_WITH(ANY_REAL | MAY_WRITE, array,
                libnc_array_read(array, begin, count, scalar, values, size));
}

CALL(array_read_integers)
{
    libnc_array *array = a_handle(ARRAY);
    int64_t begin, count;
    size_t wanted;
    some_rows(array, &begin, &count, &wanted);
    const int32_t element = choose(2) ? LIBNC_ELEMENT_INT64 : a_key(5, 5);
    void *values = an_output(element == LIBNC_ELEMENT_INT64 ? WHOLES : SHORTS, wanted);
    const size_t size = a_size(wanted);
    STATUS_WITH(MAY_WRITE, array,
                libnc_array_read_integers(array, begin, count, element, values, size));
}

CALL(array_view)
{
    libnc_array *array = a_handle(ARRAY);
    GOT(libnc_array_view(array));
    const unsigned char *view = libnc_array_view(array);
    const int64_t bytes = libnc_array_rows(array) * libnc_array_cols(array) *
                          libnc_element_size(libnc_array_element(array));
    if (view && bytes > 0) { /* it is there to the end */
        volatile unsigned char both = (unsigned char)(view[0] + view[bytes - 1]);
        (void)both;
    }
}

DESTROY(WRITER, array_writer_destroy)
OPTIONS(WRITER, array_writer_options)

CALL(array_writer_create)
{
    libnc_array_writer **out = pointer_out();
    libnc_context *c = a_context();
    const char *path = a_path(true);
    const int32_t format = a_key(LIBNC_ARRAY_NPY, LIBNC_ARRAY_IDX);
    if (STATUS(c, libnc_array_writer_create(out, c, path, format)))
        keep(WRITER, out);
}

CALL(array_writer_begin)
{
    static const char *const names[] = {"a", "b/c", "\xc3\xa9", "", "\xff", "x\n\x1b[31m"};
    libnc_array_writer *writer = a_handle(WRITER);
    const char *name = choose(2) ? names[choose(COUNT(names))] : NULL;
    say(" \"%s\"", name ? name : "NULL");
    const int32_t element = a_key(LIBNC_ELEMENT_BOOL, LIBNC_ELEMENT_FLOAT64);
    const int32_t dimensions = a_key(1, 3);
    const int64_t *shape = wholes_in(LIBNC_ARRAY_DIMENSIONS, choose(2) ? 1 : -1, 4);
    STATUS_WITH(MAY_CHANGE, writer,
                libnc_array_writer_begin(writer, name, element, dimensions, shape));
}

CALL(array_writer_append)
{
    static const int32_t elements[] = {LIBNC_ELEMENT_FLOAT64, LIBNC_ELEMENT_FLOAT32,
                                       LIBNC_ELEMENT_INT64, LIBNC_ELEMENT_INT32};
    libnc_array_writer *writer = a_handle(WRITER);
    const int32_t element = elements[choose(4)];
    const int64_t count = an_amount(0, 4), cols = choose(7);
    const size_t size = size_of(count, cols);
    const void *values;
    if (element == LIBNC_ELEMENT_INT64)
        values = wholes_in(size, 0, 9);
    else if (element == LIBNC_ELEMENT_INT32)
        values = shorts_in(size, 0, 9);
    else
        values = scalars_in(size, element == LIBNC_ELEMENT_FLOAT64 ? LIBNC_FLOAT64 : LIBNC_FLOAT32);
    STATUS_WITH(MAY_CHANGE, writer,
                libnc_array_writer_append(writer, element, values, count, size));
}

CALL(array_writer_finish)
{
    libnc_array_writer *writer = a_handle(WRITER);
    STATUS_WITH(MAY_CHANGE, writer, libnc_array_writer_finish(writer));
}

CALL(array_write_npy)
{
    libnc_context *c = a_context();
    const char *path = a_path(true);
    const int32_t scalar = choose(2) ? LIBNC_FLOAT64 : LIBNC_FLOAT32;
    const int64_t rows = an_amount(0, 5), cols = an_amount(0, 5);
    const void *values = scalars_in(size_of(rows, cols), scalar);
    const int32_t element = scalar == LIBNC_FLOAT64 ? LIBNC_ELEMENT_FLOAT64 : LIBNC_ELEMENT_FLOAT32;
    STATUS(c, libnc_array_write_npy(c, path, rarely(16) ? 3 : element, values, rows, cols));
}

/* ---- dataset.h ---- */

DESTROY(DATASET, dataset_destroy)
GETTER(DATASET, dataset_count)
GETTER(DATASET, dataset_width)
GETTER(DATASET, dataset_scalar)
GETTER(DATASET, dataset_inputs)
GETTER(DATASET, dataset_labels)
GETTER(DATASET, dataset_classes)

CALL(dataset_shape)
{
    const libnc_dataset *dataset = a_handle(DATASET);
    int64_t *channels = wholes_out(1), *height = wholes_out(1), *width = wholes_out(1);
    STATUS(dataset, libnc_dataset_shape(dataset, channels, height, width));
}

CALL(dataset_set_shape)
{
    libnc_dataset *dataset = a_handle(DATASET);
    const int64_t p = libnc_dataset_width(dataset), height = a_number(1, 2), width = a_number(p, p);
    STATUS(dataset, libnc_dataset_set_shape(dataset, 1, height, width));
}

CALL(dataset_from_memory)
{
    libnc_dataset **out = pointer_out();
    libnc_context *c = a_context();
    const int32_t scalar = a_scalar();
    const int64_t count = an_amount(1, 20), width = an_amount(1, 5);
    const void *inputs = scalars_in(size_of(count, width), scalar);
    const int32_t *labels = shorts_in(size_of(count, 1), 0, 2);
    if (STATUS(c, libnc_dataset_from_memory(out, c, scalar, inputs, labels, count, width)))
        keep(DATASET, out);
}

CALL(dataset_from_idx)
{
    libnc_dataset **out = pointer_out();
    libnc_context *c = a_context();
    const int32_t scalar = a_scalar();
    const char *inputs = choose(2) ? a_path(false) : paths[MADE_PATHS];
    const char *labels = choose(2) ? a_path(false) : paths[MADE_PATHS + 1];
    if (STATUS(c, libnc_dataset_from_idx(out, c, scalar, inputs, labels)))
        keep(DATASET, out);
}

CALL(dataset_from_arrays)
{
    libnc_dataset **out = pointer_out();
    libnc_context *c = a_context();
    const int32_t scalar = a_scalar();
    libnc_array *pair[KEPT_PATHS] = {a_handle(ARRAY), a_handle(ARRAY)}, *kept[KEPT_PATHS] = {NULL};
    for (int i = 0; i < KEPT_PATHS && c && !rarely(4); i++) {
        if (libnc_array_open(&kept[i], c, paths[MADE_PATHS + i], NULL))
            abort();
        pair[i] = kept[i];
    }
    if (STATUS(c, libnc_dataset_from_arrays(out, c, scalar, pair[0], pair[1])))
        keep(DATASET, out);
    for (int i = 0; i < KEPT_PATHS; i++)
        libnc_array_destroy(kept[i]);
}

CALL(dataset_gaussian)
{
    libnc_dataset **out = pointer_out();
    const libnc_classes *classes = a_handle(CLASSES);
    const int32_t scalar = a_scalar();
    const int64_t width = a_number(1, 5);
    const double separation = a_real(-2, 2), noise = a_real(-3, 1);
    const uint64_t seed = a_seed();
    if (STATUS(classes,
               libnc_dataset_gaussian(out, classes, scalar, width, separation, noise, seed)))
        keep(DATASET, out);
}

CALL(dataset_select)
{
    libnc_dataset **out = pointer_out();
    const libnc_dataset *dataset = a_handle(DATASET);
    const libnc_classes *counts = a_handle(CLASSES);
    const uint64_t seed = a_seed();
    if (STATUS(dataset, libnc_dataset_select(out, dataset, counts, seed)))
        keep(DATASET, out);
}

CALL(dataset_split)
{
    libnc_dataset **train = pointer_out(), **test = pointer_out();
    const libnc_dataset *dataset = a_handle(DATASET);
    const double share = a_share();
    const uint64_t seed = a_seed();
    if (STATUS(dataset, libnc_dataset_split(train, test, dataset, share, seed))) {
        keep(DATASET, train);
        keep(DATASET, test);
    }
}

CALL(dataset_order)
{
    const libnc_dataset *dataset = a_handle(DATASET);
    const size_t N = size_of(libnc_dataset_count(dataset), 1);
    const uint64_t seed = a_seed(), epoch = a_seed();
    int64_t *order = wholes_out(N);
    const size_t size = a_size(N);
    STATUS(dataset, libnc_dataset_order(dataset, seed, epoch, order, size));
}

/* Of the counts: sum_k n_k repeats[k]. */
static int64_t repeated(const libnc_classes *classes, const int64_t *repeats)
{
    const int64_t *counts = libnc_classes_counts(classes), K = libnc_classes_count(classes);
    int64_t total = 0;
    for (int64_t k = 0; repeats && k < K && k < MOST_VALUES; k++)
        if (repeats[k] > 0 && repeats[k] < MOST_VALUES && counts[k] < MOST_VALUES)
            total += counts[k] * repeats[k];
    return total;
}

CALL(dataset_order_repeated)
{
    const libnc_dataset *dataset = a_handle(DATASET);
    const int64_t K = libnc_classes_count(libnc_dataset_classes(dataset));
    const int64_t *repeats = wholes_in(size_of(K, 1), 1, 3);
    const uint64_t seed = a_seed(), epoch = a_seed();
    const size_t N = size_of(repeated(libnc_dataset_classes(dataset), repeats), 1);
    int64_t *order = wholes_out(N);
    const size_t size = a_size(N);
    STATUS(dataset, libnc_dataset_order_repeated(dataset, repeats, rarely(16) ? K + 1 : K, seed,
                                                 epoch, order, size));
}

#endif
