/* SPDX-License-Identifier: MIT
 *
 *     cc training_loop.c $(pkg-config --cflags --libs libnc) -o training_loop
 *
 * Watches, in watch(), the collapse of a training loop of your own: x -> h = max(0, A x) -> W h,
 * squared error, weight decay, gradient descent. Prints:
 *
 *     epoch  NC1       NC2       NC3       NC4
 *         0  0.029558  0.592244  1.294270  0.333333
 *      1000  0.005731  0.084716  0.005126  1.000000
 *      2000  0.005725  0.065843  0.005035  1.000000
 */
#include <libnc/libnc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 10, WIDTH = 20, CLASSES = 3, SAMPLES = 30 };
static const double rate = 0.05, decay = 5e-3;
static double inputs[SAMPLES][INPUTS], hidden[WIDTH][INPUTS], last[CLASSES][WIDTH]; /* x, A, W */
static int32_t labels[SAMPLES];
static libnc_context *context;
static libnc_accumulator *accumulator;
static libnc_report *report;

static void must(libnc_status status)
{
    if (status < 0) {
        fprintf(stderr, "%s: %s\n", libnc_status_name(status), libnc_context_error(context));
        exit(EXIT_FAILURE);
    }
}

static double noise(void) /* uniform in [-1, 1] */
{
    static uint64_t state = 2;
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (double)(state >> 40) / (1 << 23) - 1;
}

static void forward(const double *x, double *features, double *logits)
{
    memset(logits, 0, CLASSES * sizeof *logits);
    for (int f = 0; f < WIDTH; f++) {
        double sum = 0;
        for (int j = 0; j < INPUTS; j++)
            sum += hidden[f][j] * x[j];
        features[f] = sum > 0 ? sum : 0;
        for (int k = 0; k < CLASSES; k++)
            logits[k] += last[k][f] * features[f];
    }
}

static void train(int i) /* one step of gradient descent, on a sample */
{
    double features[WIDTH], error[CLASSES];
    forward(inputs[i], features, error);
    error[labels[i]] -= 1;
    for (int f = 0; f < WIDTH; f++) {
        double back = 0;
        for (int k = 0; k < CLASSES; k++) {
            back += features[f] > 0 ? last[k][f] * error[k] : 0;
            last[k][f] -= rate * (error[k] * features[f] + decay * last[k][f]);
        }
        for (int j = 0; j < INPUTS; j++)
            hidden[f][j] -= rate * (back * inputs[i][j] + decay * hidden[f][j]);
    }
}

/* Shows the accumulator all samples twice, here one at a time: NC4 needs the class means first. */
static void watch(int epoch)
{
    static const int32_t metrics[] = {LIBNC_METRIC_NC1, LIBNC_METRIC_NC2_OF_FEATURES,
                                      LIBNC_METRIC_NC3_OF, LIBNC_METRIC_NC4};
    const libnc_accumulator *layers[] = {accumulator};
    double features[WIDTH], logits[CLASSES], value;
    libnc_accumulator_clear(accumulator);
    for (int pass = 1; pass <= 2; pass++) {
        if (pass == 2)
            must(libnc_accumulator_begin_second_pass(accumulator, last, NULL, LIBNC_FLOAT64));
        for (int i = 0; i < SAMPLES; i++) {
            forward(inputs[i], features, logits);
            must(libnc_accumulator_update(accumulator, features, LIBNC_FLOAT64, 1, WIDTH,
                                          &labels[i], LIBNC_LABEL_INT32));
        }
    }
    must(libnc_report_measure_features(report, layers, (const double *[]){last[0]}, NULL, 1));
    printf("%5d", epoch);
    for (int m = 0; m < 4; m++) {
        must(libnc_report_value(report, metrics[m], 1, &value));
        printf("  %8.6f%s", value, m < 3 ? "" : "\n");
    }
}

int main(void)
{
    for (int i = 0; i < SAMPLES * INPUTS; i++) {
        labels[i / INPUTS] = i / INPUTS % CLASSES;
        inputs[i / INPUTS][i % INPUTS] = 0.2 * noise() + (i % INPUTS == labels[i / INPUTS]);
    }
    for (int i = 0; i < WIDTH * INPUTS; i++) {
        hidden[i / INPUTS][i % INPUTS] = 0.5 * noise();
        last[i % CLASSES][i / INPUTS] = 0.5 * noise();
    }
    must(libnc_context_create(&context));
    must(libnc_accumulator_create(&accumulator, context, CLASSES, WIDTH));
    must(libnc_report_create(&report, context));
    puts("epoch  NC1       NC2       NC3       NC4");
    for (int epoch = 0; epoch <= 2000; epoch++) {
        if (epoch % 1000 == 0)
            watch(epoch);
        for (int i = 0; i < SAMPLES; i++)
            train(i);
    }
    libnc_report_destroy(report);
    libnc_accumulator_destroy(accumulator);
    libnc_context_destroy(context);
    return 0;
}
