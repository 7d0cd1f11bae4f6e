/* SPDX-License-Identifier: MIT
 *
 * test_augmentation.c: images shifted and mirrored at random: every view is one of those that
 * there can be, all of them occur as often, and training on them is training on a dataset of the
 * views; threads, error codes.
 */
#include "data/augmentation.h"

#include "data/dataset_internal.h"
#include "support/training_fixture.h"

enum { C = 2, H = 3, W = 5, P = C * H * W, K = 3, N = 11, BATCH = 4 };

/* ---- views ---- */

/* The image moved and mirrored in plain loops. */
static void naive_view(const double *image, int64_t down, int64_t right, bool flip, double *out)
{
    for (int64_t c = 0; c < C; c++)
        for (int64_t y = 0; y < H; y++)
            for (int64_t x = 0; x < W; x++) {
                const int64_t i = y + down, j = (flip ? W - 1 - x : x) + right;
                const bool inside = i >= 0 && i < H && j >= 0 && j < W;
                out[(c * H + y) * W + x] = inside ? image[(c * H + i) * W + j] : 0;
            }
}

/* Which of the views it is, from 0 on; -1 for none. */
static int64_t number_of(const double *image, const double *seen, int64_t padding)
{
    const int64_t places = 2 * padding + 1;
    double view[P];
    for (int64_t v = 0; v < 2 * places * places; v++) {
        naive_view(image, v / 2 / places - padding, v / 2 % places - padding, v % 2 == 1, view);
        if (memcmp(view, seen, sizeof view) == 0)
            return v;
    }
    return -1;
}

static void augment_row(const nc__augmentation *a, int64_t entry, const double *from, double *to)
{
    const nc__tensor source = nc__tensor_f64(from, 1, P);
    nc__tensor target = nc__tensor_f64(to, 1, P);
    nc__augment(a, entry, &source, &target);
}

START_TEST(every_view_as_often)
{
    enum { DRAWS = 9000, MOST = 50 };
    const nc__augmentation a = {.padding = 1 + _i / 2,
                                .flips = _i % 2 == 1,
                                .shape = {C, H, W},
                                .seed = 3,
                                .epoch = (uint64_t)_i};
    const int64_t places = 2 * a.padding + 1, views = places * places * (1 + a.flips);
    double *image = random_values(P, 1, 5), seen[P], counts[MOST] = {0}, chi = 0;
    for (int64_t entry = 0; entry < DRAWS; entry++) {
        augment_row(&a, entry, image, seen);
        const int64_t v = number_of(image, seen, a.padding);
        ck_assert_int_ge(v, 0);
        ck_assert(a.flips || v % 2 == 0);
        counts[v]++;
    }
    for (int64_t v = 0; v < 2 * places * places; v += 2 - a.flips)
        chi += (counts[v] - (double)DRAWS / (double)views) *
               (counts[v] - (double)DRAWS / (double)views) * (double)views / DRAWS;
    /* chi^2 has mean views - 1 and variance 2 (views - 1) */
    ck_assert_double_lt(chi, (double)views - 1 + 5 * sqrt(2 * ((double)views - 1)));
    free(image);
}
END_TEST

START_TEST(views_depend_on_seed_epoch_and_entry)
{
    const nc__augmentation a = {.padding = 2, .flips = true, .shape = {C, H, W}, .seed = 8};
    double *image = random_values(P, 1, 5), one[P], other[P];
    int same_epochs = 0, same_seeds = 0;
    for (int64_t entry = 0; entry < 100; entry++) {
        nc__augmentation later = a, again = a;
        later.epoch = 1;
        again.seed = 9;
        augment_row(&a, entry, image, one);
        augment_row(&a, entry, image, other);
        ck_assert_mem_eq(one, other, sizeof one);
        augment_row(&later, entry, image, other);
        same_epochs += memcmp(one, other, sizeof one) == 0;
        augment_row(&again, entry, image, other);
        same_seeds += memcmp(one, other, sizeof one) == 0;
    }
    ck_assert_int_lt(same_epochs, 15); /* 1 of 50 */
    ck_assert_int_lt(same_seeds, 15);
    free(image);
}
END_TEST

START_TEST(views_in_the_model_s_type)
{
    const nc__augmentation a = {.padding = 1, .flips = true, .shape = {C, H, W}, .seed = 8};
    double *image = random_values(P, 1, 5), seen[P];
    float single[P];
    for (int64_t entry = 0; entry < 20; entry++) {
        const nc__tensor source = nc__tensor_f64(image, 1, P);
        nc__tensor target = nc__tensor_of(single, LIBNC_FLOAT32, 1, P);
        augment_row(&a, entry, image, seen);
        nc__augment(&a, entry, &source, &target);
        for (int i = 0; i < P; i++)
            ck_assert(single[i] == (float)seen[i]);
    }
    free(image);
}
END_TEST

/* ---- training ---- */

static libnc_model *model_of(int32_t scalar)
{
    const int64_t width = 4;
    libnc_network *network;
    libnc_model *model;
    must(libnc_network_create(&network, context, C, H, W));
    must(libnc_network_convolution(network, 4, 3, 1, 1, 0));
    must(libnc_network_normalisation(network));
    must(libnc_network_activation(network, LIBNC_ACTIVATION_RELU));
    must(libnc_network_affine(network, width));
    must(libnc_model_create_network(&model, network, scalar, K, 1, &width, 1));
    must(libnc_model_initialise(model, LIBNC_INITIALISE_KAIMING, 1, 3));
    libnc_network_destroy(network);
    return model;
}

static run run_on(libnc_dataset *dataset, int32_t scalar, bool augments)
{
    run r = make_run(model_of(scalar), LIBNC_LOSS_CROSS_ENTROPY, LIBNC_OPTIMIZER_MOMENTUM, dataset);
    set_decays(&r, 1e-2);
    set_rate(&r, 0.05);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, BATCH);
    set_integer(&r, LIBNC_TRAINER_OPTION_SEED, 6);
    set_integer(&r, LIBNC_TRAINER_OPTION_CROP_PADDING, augments ? 2 : 0);
    set_integer(&r, LIBNC_TRAINER_OPTION_FLIP, augments);
    return r;
}

static libnc_dataset *images(void)
{
    libnc_dataset *dataset = random_dataset(LIBNC_FLOAT64, N, P, K, 7);
    must(libnc_dataset_set_shape(dataset, C, H, W));
    return dataset;
}

/* The images as the entries of an epoch show them. */
static libnc_dataset *views_of(const libnc_dataset *from, uint64_t epoch)
{
    const nc__augmentation a = {
        .padding = 2, .flips = true, .shape = {C, H, W}, .seed = 6, .epoch = epoch};
    double values[N * P];
    int64_t order[N];
    libnc_dataset *views;
    must(libnc_dataset_order(from, 6, epoch, order, N));
    for (int64_t e = 0; e < N; e++)
        augment_row(&a, e, (const double *)libnc_dataset_inputs(from) + order[e] * P,
                    values + order[e] * P);
    must(libnc_dataset_from_memory(&views, context, LIBNC_FLOAT64, values,
                                   libnc_dataset_labels(from), N, P));
    must(libnc_dataset_set_shape(views, C, H, W));
    return views;
}

START_TEST(training_is_that_on_the_views)
{
    enum { STEPS = (N + BATCH - 1) / BATCH }; /* the first epoch */
    libnc_dataset *data = images();
    run augmented = run_on(data, LIBNC_FLOAT64, true);
    run plain = run_on(views_of(data, 0), LIBNC_FLOAT64, false);
    must(libnc_trainer_step(augmented.trainer, STEPS, NULL));
    must(libnc_trainer_step(plain.trainer, STEPS, NULL));
    ck_assert_double_eq(model_distance(augmented.model, plain.model), 0);
    run bare = run_on(images(), LIBNC_FLOAT64, false);
    must(libnc_trainer_step(bare.trainer, STEPS, NULL));
    ck_assert_double_gt(model_distance(augmented.model, bare.model), 1e-3);
    end_run(&bare);
    end_run(&plain);
    end_run(&augmented);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    run one = run_on(images(), LIBNC_FLOAT32, true), two = run_on(images(), LIBNC_FLOAT32, true);
    must(libnc_trainer_step(one.trainer, 12, NULL));
    must(libnc_context_set_threads(context, 2));
    must(libnc_trainer_step(two.trainer, 12, NULL));
    ck_assert_double_eq(model_distance(one.model, two.model), 0);
    end_run(&two);
    end_run(&one);
}
END_TEST

START_TEST(refusals)
{
    run r = run_on(images(), LIBNC_FLOAT64, true);
    set_integer(&r, LIBNC_TRAINER_OPTION_CROP_PADDING, H);
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_DIMENSION,
          "crop_padding = 3: must be below height and width of the images, 3 and 5");
    set_integer(&r, LIBNC_TRAINER_OPTION_CROP_PADDING, 1);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 0);
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_UNSUPPORTED,
          "crop_padding = 1, flip = 1: must be 0 without minibatches");
    set_integer(&r, LIBNC_TRAINER_OPTION_CROP_PADDING, 0);
    set_integer(&r, LIBNC_TRAINER_OPTION_FLIP, 0);
    must(libnc_trainer_step(r.trainer, 1, NULL));
    end_run(&r);
    const int64_t counts[] = {3, 2, 4}, width = 4;
    r = make_run(free_model(LIBNC_FLOAT64, counts, K, 1, &width, 0), LIBNC_LOSS_MSE,
                 LIBNC_OPTIMIZER_MOMENTUM, NULL);
    set_integer(&r, LIBNC_TRAINER_OPTION_BATCH_SIZE, 2);
    set_integer(&r, LIBNC_TRAINER_OPTION_FLIP, 1);
    FAILS(libnc_trainer_step(r.trainer, 1, NULL), LIBNC_ERROR_UNSUPPORTED, "of a dataset");
    end_run(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("augmentation");
    TCase *tests = add_case(suite, "views", 60);
    tcase_add_checked_fixture(tests, setup_alone, teardown);
    tcase_add_loop_test(tests, every_view_as_often, 0, 4);
    tcase_add_test(tests, views_depend_on_seed_epoch_and_entry);
    tcase_add_test(tests, views_in_the_model_s_type);
    tcase_add_test(tests, training_is_that_on_the_views);
    tcase_add_test(tests, threads_change_no_bit);
    tcase_add_test(tests, refusals);
    return run_suite(suite);
}
