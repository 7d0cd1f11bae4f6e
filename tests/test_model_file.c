/* SPDX-License-Identifier: MIT
 *
 * test_model_file.c: models in files of their own: round trips, every bit and every length of
 * damage, headers and shapes that lie with right checksums; and as arrays with PyTorch's names.
 */
#include "support/checkpoint_fixture.h"

#include <libnc/array.h>

static const kind kinds[] = {
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT64},
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT32, .energies = true}, /* one layer */
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT64, .backbone = true},
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT32, .backbone = true},
    {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT32, .network = true},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static libnc_model *random_model(const kind *k, uint64_t seed)
{
    libnc_model *model = model_of(k);
    randomise(model, 0.7, seed);
    for (int32_t i = 0; i < libnc_model_state_count(model); i++) {
        void *state;
        must(libnc_model_state_view(model, i, &state));
        ((float *)state)[i] = 0.25F * (float)(i + 1);
    }
    return model;
}

static void compare_models(libnc_model *a, libnc_model *b)
{
    ck_assert_int_eq(libnc_model_scalar(a), libnc_model_scalar(b));
    ck_assert_int_eq(libnc_model_samples(a), libnc_model_samples(b));
    ck_assert_int_eq(libnc_model_inputs(a), libnc_model_inputs(b));
    ck_assert_int_eq(libnc_model_parameter_count(a), libnc_model_parameter_count(b));
    for (int32_t i = 0; i < libnc_model_parameter_count(a); i++) {
        double *x = parameter(a, i), *y = parameter(b, i);
        ck_assert_uint_eq(parameter_size(a, i), parameter_size(b, i));
        ck_assert_mem_eq(x, y, parameter_size(a, i) * sizeof *x);
        free(x);
        free(y);
    }
    ck_assert_int_eq(libnc_model_state_count(a), libnc_model_state_count(b));
    for (int32_t i = 0; i < libnc_model_state_count(a); i++) {
        void *x, *y;
        const char *one, *other;
        int64_t size;
        must(libnc_model_state_info(a, i, &one, &size));
        must(libnc_model_state_info(b, i, &other, NULL));
        must(libnc_model_state_view(a, i, &x));
        must(libnc_model_state_view(b, i, &y));
        ck_assert_str_eq(one, other);
        ck_assert_mem_eq(x, y, (size_t)size * (libnc_model_scalar(a) == LIBNC_FLOAT32 ? 4 : 8));
    }
}

/* ---- round trips ---- */

START_TEST(what_was_saved_is_loaded)
{
    libnc_model *model = random_model(&kinds[_i], 3), *loaded;
    must(libnc_model_save(model, path));
    must(libnc_model_load(&loaded, context, path));
    compare_models(model, loaded);
    if (libnc_model_labels(model))
        ck_assert_mem_eq(libnc_model_labels(model), libnc_model_labels(loaded),
                         (size_t)libnc_model_samples(model) * sizeof(int32_t));
    must(libnc_model_save(loaded, other_path));
    const content first = read_file(path), second = read_file(other_path);
    ck_assert(is_same_content(&first, &second));
    libnc_model_destroy(loaded);
    libnc_model_destroy(model);
}
END_TEST

/* Activations are no parameters: they show in what the network computes. */
START_TEST(a_loaded_network_computes_the_same)
{
    enum { N = 9 };
    double a[N * K], b[N * K];
    libnc_model *model = random_model(&kinds[2], 4), *loaded;
    libnc_dataset *data = random_dataset(LIBNC_FLOAT64, N, INPUTS, K, 5);
    must(libnc_model_save(model, path));
    must(libnc_model_load(&loaded, context, path));
    must(libnc_model_evaluate(model, data, DEPTH + 1, a, N * K));
    must(libnc_model_evaluate(loaded, data, DEPTH + 1, b, N * K));
    ck_assert_mem_eq(a, b, sizeof a);
    libnc_dataset_destroy(data);
    libnc_model_destroy(loaded);
    libnc_model_destroy(model);
}
END_TEST

/* A network of no layer: its inputs are the features. */
START_TEST(no_backbone)
{
    const int64_t width = INPUTS;
    libnc_model *loaded;
    libnc_model *model =
        model_on(backbone_of(INPUTS, 0, NULL, NULL), LIBNC_FLOAT64, K, 1, &width, 0);
    randomise(model, 1, 6);
    must(libnc_model_save(model, path));
    must(libnc_model_load(&loaded, context, path));
    compare_models(model, loaded);
    libnc_model_destroy(loaded);
    libnc_model_destroy(model);
}
END_TEST

START_TEST(features_are_brought_up_to_date)
{
    const kind k = {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64, .reduces = true};
    run r = begin(&k, 7);
    libnc_model *loaded;
    stop_of_step(r.trainer, 5);
    ck_assert(libnc_trainer_is_reduced(r.trainer));
    must(libnc_model_save(r.model, path));
    must(libnc_model_load(&loaded, context, path));
    compare_models(r.model, loaded);
    libnc_model_destroy(loaded);
    end_run(&r);
}
END_TEST

START_TEST(values_that_are_not_finite)
{
    libnc_model *model = random_model(&kinds[0], 8);
    void *view;
    must(libnc_model_save(model, path));
    const content before = read_file(path);
    must(libnc_model_parameter_view(model, 1, &view));
    ((double *)view)[3] = NAN;
    FAILS(libnc_model_save(model, path), LIBNC_ERROR_NOT_FINITE, "finite");
    const content after = read_file(path);
    ck_assert(is_same_content(&before, &after));
    libnc_model_destroy(model);
}
END_TEST

/* ---- damage ---- */

static libnc_status load_content(const content *c)
{
    libnc_model *model = NULL;
    write_file(other_path, c->bytes, c->size);
    const libnc_status status = libnc_model_load(&model, context, other_path);
    ck_assert_msg((status == LIBNC_OK) == (model != NULL), "an output in spite of an error");
    libnc_model_destroy(model);
    return status;
}

static content saved_content(const kind *k)
{
    libnc_model *model = random_model(k, 9);
    must(libnc_model_save(model, path));
    libnc_model_destroy(model);
    return read_file(path);
}

START_TEST(every_flipped_bit_is_seen)
{
    content c = saved_content(&kinds[_i]);
    for (size_t bit = 0; bit < 8 * c.size; bit++) {
        c.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        const libnc_status status = load_content(&c);
        ck_assert_msg(status == LIBNC_ERROR_FORMAT, "bit %zu: status %d", bit, (int)status);
        ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "offset"));
        c.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    ck_assert_int_eq(load_content(&c), LIBNC_OK);
}
END_TEST

START_TEST(every_length_is_seen)
{
    content c = saved_content(&kinds[_i]);
    const size_t size = c.size;
    for (c.size = 0; c.size < size + 9; c.size++)
        if (c.size != size)
            ck_assert_msg(load_content(&c) == LIBNC_ERROR_FORMAT, "%zu bytes", c.size);
    c.size = size + 1; /* whole words or not: it is too long */
    ck_assert_int_eq(load_content(&c), LIBNC_ERROR_FORMAT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "expected the end at"));
}
END_TEST

/* Words of the header, and where the shapes begin. */
enum {
    VERSION = 1,
    BYTES = 2,
    CONTENT = 3,
    SCALAR = 4,
    CLASSES = 5,
    SAMPLES = 6,
    INPUT_WIDTH = 7,
    NODES = 8,
    HEAD_LAYERS = 9,
    BIAS = 10,
    HEADER = 11,
    SHAPES = 12
};

static size_t shape_words(const content *c)
{
    return (size_t)(word_at(c, HEAD_LAYERS) + 12 * word_at(c, NODES) +
                    (word_at(c, SAMPLES) ? word_at(c, CLASSES) : 0));
}

static void put_checksums(content *c, size_t shapes)
{
    put_checksum(c, HEADER);
    put_checksum(c, SHAPES + shapes);
    put_checksum(c, c->size / 8 - 1);
}

static const uint64_t lies[] = {
    0, 1, 2, 3, 5, 1 << 20, INT32_MAX, UINT32_MAX, UINT64_C(1) << 40, INT64_MAX, UINT64_MAX};

enum { LIES = sizeof lies / sizeof *lies };

/* Every word of header and shapes set to values that do not fit, with right checksums: refused, and
 * nothing large is asked for on its word. */
START_TEST(lying_shapes)
{
    const content c = saved_content(&kinds[_i]);
    const size_t shapes = shape_words(&c);
    for (size_t word = 0; word < SHAPES + shapes; word++)
        for (size_t l = 0; l < LIES; l++) {
            content lie = c;
            put_word(&lie, word, lies[l]);
            put_checksums(&lie, shapes);
            if (is_same_content(&lie, &c))
                continue;
            memory.largest = 0;
            const libnc_status status = load_content(&lie);
            /* another stride, or where an input comes from; the scalar of values of float32 */
            const bool may = word == SCALAR || (word >= SHAPES && lies[l] < 6);
            const libnc_status code =
                word == VERSION ? LIBNC_ERROR_UNSUPPORTED : LIBNC_ERROR_FORMAT;
            ck_assert_msg(status == code || (may && status == LIBNC_OK),
                          "word %zu, lie %zu: status %d, %s", word, l, (int)status,
                          libnc_context_error(context));
            ck_assert_int_le(memory.largest, 1 << 17);
        }
}
END_TEST

START_TEST(lying_values)
{
    const content c = saved_content(&kinds[_i]);
    const double values[] = {NAN, INFINITY, -INFINITY, 1e39, 0.1};
    for (size_t word = SHAPES + shape_words(&c) + 1; word < c.size / 8 - 1; word++)
        for (int v = 0; v < (kinds[_i].scalar == LIBNC_FLOAT32 ? 5 : 3); v++) {
            content lie = c;
            uint64_t bits;
            memcpy(&bits, &values[v], 8);
            put_word(&lie, word, bits);
            put_checksum(&lie, c.size / 8 - 1);
            ck_assert_int_eq(load_content(&lie), LIBNC_ERROR_FORMAT);
        }
}
END_TEST

START_TEST(other_files)
{
    const content text = {.bytes = "# what it is, in 27 letters", .size = 27};
    ck_assert_int_eq(load_content(&text), LIBNC_ERROR_FORMAT);
    ck_assert_ptr_nonnull(strstr(libnc_context_error(context), "signature"));
    libnc_model *model = random_model(&kinds[0], 10), *loaded = NULL;
    char inside[80];
    must(libnc_model_export(model, path, LIBNC_ARRAY_SAFETENSORS));
    FAILS(libnc_model_load(&loaded, context, path), LIBNC_ERROR_FORMAT, "signature");
    snprintf(inside, sizeof inside, "%s/model", path); /* a file is no folder */
    ck_assert_int_eq(libnc_model_save(model, inside), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_model_save(model, folder), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_model_load(&loaded, context, inside), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_model_load(&loaded, context, folder), LIBNC_ERROR_FILE);
    ck_assert_int_eq(libnc_model_load(&loaded, context, "/dev/null"), LIBNC_ERROR_FILE);
    ck_assert_ptr_null(loaded);
    libnc_model_destroy(model);
}
END_TEST

/* ---- arrays ---- */

static const int32_t formats[] = {LIBNC_ARRAY_SAFETENSORS, LIBNC_ARRAY_NPZ};

/* Of the state_dict() of a network of Linear(5, 6), ReLU, Linear(6, 4) and a head of two layers. */
START_TEST(names_are_those_of_pytorch)
{
    static const char *const names[] = {"backbone.0.weight", "backbone.0.bias", "backbone.2.weight",
                                        "backbone.2.bias",   "head.0.weight",   "head.1.weight",
                                        "head.1.bias"};
    static const int64_t rows[] = {6, 6, D, D, D + 1, K, K},
                         cols[] = {INPUTS, 0, 6, 0, D, D + 1, 0};
    libnc_model *model = random_model(&kinds[3], 11);
    libnc_array *array;
    must(libnc_model_export(model, path, formats[_i]));
    must(libnc_array_open(&array, context, path, NULL));
    ck_assert_int_eq(libnc_array_format(array), formats[_i]);
    ck_assert_int_eq(libnc_array_member_count(array), 7);
    for (int32_t i = 0; i < 7; i++) {
        double *values = parameter(model, i), read[64];
        const size_t size = parameter_size(model, i);
        must(libnc_array_select(array, names[i]));
        ck_assert_int_eq(libnc_array_element(array), LIBNC_ELEMENT_FLOAT32);
        ck_assert_int_eq(libnc_array_dimensions(array), cols[i] ? 2 : 1);
        ck_assert_int_eq(libnc_array_rows(array), rows[i]);
        ck_assert_int_eq(libnc_array_cols(array), cols[i] ? cols[i] : 1);
        must(libnc_array_read(array, 0, rows[i], LIBNC_FLOAT64, read, size));
        ck_assert_mem_eq(read, values, size * sizeof *read);
        free(values);
    }
    libnc_array_destroy(array);
    libnc_model_destroy(model);
}
END_TEST

START_TEST(what_was_exported_is_imported)
{
    const kind *k = &kinds[_i / 2];
    libnc_model *model = random_model(k, 12), *other = random_model(k, 13);
    must(libnc_model_export(model, path, formats[_i % 2]));
    must(libnc_model_import(other, path));
    compare_models(model, other);
    libnc_model_destroy(other);
    libnc_model_destroy(model);
}
END_TEST

/* A model in float32 takes values in float64, rounded. */
START_TEST(imports_round)
{
    const kind wide = {LIBNC_OPTIMIZER_ADAM, .scalar = LIBNC_FLOAT64, .backbone = true};
    libnc_model *model = random_model(&wide, 14), *narrow = random_model(&kinds[3], 15);
    must(libnc_model_export(model, path, LIBNC_ARRAY_NPZ));
    must(libnc_model_import(narrow, path));
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++) {
        double *x = parameter(model, i), *y = parameter(narrow, i);
        for (size_t j = 0; j < parameter_size(model, i); j++)
            ck_assert_double_eq(y[j], (double)(float)x[j]);
        free(x);
        free(y);
    }
    libnc_model_destroy(narrow);
    libnc_model_destroy(model);
}
END_TEST

/* A file with one member, or all but a shape or a value right. */
static void write_member(const char *name, int64_t rows, int64_t cols, double value)
{
    libnc_array_writer *writer;
    const int64_t shape[] = {rows, cols};
    double values[64];
    for (int i = 0; i < 64; i++)
        values[i] = value;
    must(libnc_array_writer_create(&writer, context, path, LIBNC_ARRAY_NPZ));
    must(libnc_array_writer_begin(writer, name, LIBNC_ELEMENT_FLOAT64, 2, shape));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, rows,
                                   (size_t)(rows * cols)));
    must(libnc_array_writer_finish(writer));
    libnc_array_writer_destroy(writer);
}

START_TEST(imports_that_do_not_fit)
{
    libnc_model *model = random_model(&kinds[3], 16), *twin = random_model(&kinds[3], 16);
    write_member("head.0.weight", 2, 2, 0);
    FAILS(libnc_model_import(model, path), LIBNC_ERROR_ARGUMENT, "backbone.0.weight");
    write_member("backbone.0.weight", INPUTS, 6, 0);
    FAILS(libnc_model_import(model, path), LIBNC_ERROR_DIMENSION,
          "backbone.0.weight is 5 x 6, of 2 dimensions: must be 6 x 5");
    write_member("backbone.0.weight", 6, INPUTS, 1e300);
    FAILS(libnc_model_import(model, path), LIBNC_ERROR_NOT_FINITE, "backbone.0.weight[0] = 1e+300");
    write_member("backbone.0.weight", 6, INPUTS, 0.5);
    FAILS(libnc_model_import(model, path), LIBNC_ERROR_ARGUMENT, "backbone.0.bias");
    must(libnc_model_save(model, path));
    FAILS(libnc_model_import(model, path), LIBNC_ERROR_FORMAT, "path");
    ck_assert_int_eq(libnc_model_import(model, folder), LIBNC_ERROR_FILE);
    compare_models(model, twin);
    FAILS(libnc_model_export(model, path, LIBNC_ARRAY_NPY), LIBNC_ERROR_ARGUMENT, "format = 1");
    libnc_model_destroy(twin);
    libnc_model_destroy(model);
}
END_TEST

/* A trainer goes on from what was imported. */
START_TEST(imports_into_a_training)
{
    const kind k = {LIBNC_OPTIMIZER_MOMENTUM, .scalar = LIBNC_FLOAT64, .reduces = true};
    run r = begin(&k, 17);
    libnc_model *start = random_model(&k, 18);
    must(libnc_model_export(start, path, LIBNC_ARRAY_SAFETENSORS));
    stop_of_step(r.trainer, 3);
    must(libnc_model_import(r.model, path));
    compare_models(start, r.model);
    stop_of_step(r.trainer, 3);
    libnc_model_destroy(start);
    end_run(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_file");
    TCase *tests = add_case(suite, "files", 60);
    tcase_add_checked_fixture(tests, setup_folder, teardown_folder);
    tcase_add_loop_test(tests, what_was_saved_is_loaded, 0, KINDS);
    tcase_add_test(tests, a_loaded_network_computes_the_same);
    tcase_add_test(tests, no_backbone);
    tcase_add_test(tests, features_are_brought_up_to_date);
    tcase_add_test(tests, values_that_are_not_finite);
    tcase_add_loop_test(tests, every_flipped_bit_is_seen, 0, KINDS);
    tcase_add_loop_test(tests, every_length_is_seen, 0, KINDS);
    tcase_add_loop_test(tests, lying_shapes, 0, KINDS);
    tcase_add_loop_test(tests, lying_values, 0, KINDS);
    tcase_add_test(tests, other_files);
    tcase_add_loop_test(tests, names_are_those_of_pytorch, 0, 2);
    tcase_add_loop_test(tests, what_was_exported_is_imported, 0, 2 * KINDS);
    tcase_add_test(tests, imports_round);
    tcase_add_test(tests, imports_that_do_not_fit);
    tcase_add_test(tests, imports_into_a_training);
    return run_suite(suite);
}
