/* SPDX-License-Identifier: MIT
 *
 * cc training_loop.c $(pkg-config --cflags --libs libnc) -o training_loop
 *
 * How to watch collapse from a training loop of one's own: a small network in plain C, nothing of
 * it from libnc, hands its features, labels and logits to an accumulator batch by batch and asks
 * for NC1 to NC4 every few epochs. The calls that matter are in give_batches() and watch(). C11;
 * doc/measuring.md has the same in C++17.
 *
 * The network: x (4 numbers) -> h = max(0, A x + a) (16 features) -> W h + b (3 logits), squared
 * error and weight decay, gradient descent, three Gaussian clusters.
 */
#include "program.h"

enum { KEY_EPOCHS = 100, KEY_EVERY };

/* clang-format off */
static const option_spec options[] = {
    {KEY_EPOCHS, "epochs", "E", "passes over the data (2000)"},
    {KEY_EVERY, "every", "E", "epochs between two measurements (200)"},
    {KEY_JSON, "json", NULL, "print one JSON object"},
    {KEY_SEED, "seed", "S", "seed of data and first weights (2)"},
    {KEY_QUIET, "quiet", NULL, "only the last measurement"},
    {KEY_HELP, "help", NULL, "print this help"},
    {KEY_VERSION, "version", NULL, "print the version"}};
/* clang-format on */

enum { INPUTS = 4, WIDTH = 16, CLASSES = 3, SAMPLES = 300, BATCH = 60 };

static const float rate = 0.1F, decay = 5e-3F;

typedef struct network {
    float hidden[WIDTH][INPUTS], hidden_bias[WIDTH]; /* A, a */
    float last[CLASSES][WIDTH], last_bias[CLASSES];  /* W, b */
} network;

static float inputs[SAMPLES][INPUTS];
static int32_t labels[SAMPLES];

/* ---- a loop of one's own ---- */

/* Roughly normal: the sum of twelve uniform numbers less six. */
static float noise(uint64_t *state)
{
    float sum = -6;
    for (int i = 0; i < 12; i++) {
        *state = *state * 6364136223846793005U + 1442695040888963407U;
        sum += (float)(*state >> 40) / (float)(1 << 24);
    }
    return sum;
}

static void make_data(uint64_t *state)
{
    for (int i = 0; i < SAMPLES; i++) {
        labels[i] = i % CLASSES;
        for (int j = 0; j < INPUTS; j++)
            inputs[i][j] = 0.1F * noise(state) + (j == labels[i] ? 2 : 0);
    }
}

static void make_network(network *net, uint64_t *state)
{
    memset(net, 0, sizeof *net);
    for (int f = 0; f < WIDTH; f++) {
        for (int j = 0; j < INPUTS; j++)
            net->hidden[f][j] = 0.4F * noise(state);
        for (int k = 0; k < CLASSES; k++)
            net->last[k][f] = 0.2F * noise(state);
    }
}

static void forward(const network *net, const float *x, float *features, float *logits)
{
    for (int f = 0; f < WIDTH; f++) {
        features[f] = net->hidden_bias[f];
        for (int j = 0; j < INPUTS; j++)
            features[f] += net->hidden[f][j] * x[j];
        features[f] = features[f] > 0 ? features[f] : 0;
    }
    for (int k = 0; k < CLASSES; k++) {
        logits[k] = net->last_bias[k];
        for (int f = 0; f < WIDTH; f++)
            logits[k] += net->last[k][f] * features[f];
    }
}

/* One step on BATCH samples from `first` on: 1/(2 B) sum ||logits - e_y||^2 + decay/2 ||.||^2. */
static void train_batch(network *net, int first)
{
    network step;
    memset(&step, 0, sizeof step);
    for (int i = first; i < first + BATCH; i++) {
        float features[WIDTH], error[CLASSES];
        forward(net, inputs[i], features, error);
        error[labels[i]] -= 1;
        for (int k = 0; k < CLASSES; k++)
            step.last_bias[k] += error[k] / BATCH;
        for (int f = 0; f < WIDTH; f++) {
            float back = 0;
            for (int k = 0; k < CLASSES; k++) {
                step.last[k][f] += error[k] * features[f] / BATCH;
                back += net->last[k][f] * error[k];
            }
            if (features[f] <= 0)
                continue;
            step.hidden_bias[f] += back / BATCH;
            for (int j = 0; j < INPUTS; j++)
                step.hidden[f][j] += back * inputs[i][j] / BATCH;
        }
    }
    float *weights = (float *)net;
    const float *gradients = (const float *)&step;
    for (size_t i = 0; i < sizeof *net / sizeof(float); i++)
        weights[i] -= rate * (gradients[i] + decay * weights[i]);
}

/* ---- what libnc adds ---- */

typedef struct watcher {
    libnc_accumulator *accumulator;
    libnc_report *report;
    double nc1, nc2, nc3, nc4, accuracy;
} watcher;

static void give_batches(const program *self, const network *net, libnc_accumulator *accumulator)
{
    for (int first = 0; first < SAMPLES; first += BATCH) {
        float features[BATCH][WIDTH], logits[BATCH][CLASSES];
        for (int i = 0; i < BATCH; i++)
            forward(net, inputs[first + i], features[i], logits[i]);
        require(self, libnc_accumulator_update_logits(accumulator, features, LIBNC_FLOAT32, BATCH,
                                                      WIDTH, labels + first, LIBNC_LABEL_INT32,
                                                      logits, LIBNC_FLOAT32, CLASSES));
    }
}

/* Empties the accumulator, shows it all batches twice (NC4 needs the class means first), and
 * measures. */
static void watch(const program *self, const network *net, watcher *w)
{
    const libnc_accumulator *accumulator = w->accumulator;
    double classifier[CLASSES * WIDTH];
    const double *classifiers = classifier;
    for (int i = 0; i < CLASSES * WIDTH; i++)
        classifier[i] = net->last[i / WIDTH][i % WIDTH];
    libnc_accumulator_clear(w->accumulator);
    give_batches(self, net, w->accumulator);
    require(self, libnc_accumulator_begin_second_pass(w->accumulator, NULL, NULL, LIBNC_FLOAT64));
    give_batches(self, net, w->accumulator);
    require(self, libnc_report_measure_features(w->report, &accumulator, &classifiers, NULL, 1));
    require(self, libnc_report_value(w->report, LIBNC_METRIC_NC1, 1, &w->nc1));
    require(self, libnc_report_value(w->report, LIBNC_METRIC_NC2_ETF_FEATURES, 1, &w->nc2));
    require(self, libnc_report_value(w->report, LIBNC_METRIC_NC3_DUALITY, 1, &w->nc3));
    require(self, libnc_report_value(w->report, LIBNC_METRIC_NC4, 1, &w->nc4));
    require(self, libnc_report_value(w->report, LIBNC_METRIC_ACCURACY, 1, &w->accuracy));
}

/* ---- main ---- */

static void print_line(int64_t epoch, const watcher *w)
{
    printf("%7lld  %10.4e  %10.4e  %10.4e  %6.4f  %8.4f\n", (long long)epoch, w->nc1, w->nc2,
           w->nc3, w->nc4, w->accuracy);
}

static void print_json(int64_t epochs, const watcher *w)
{
    json_writer json = {.file = stdout};
    json_whole(&json, "epochs", epochs);
    json_number(&json, "nc1", w->nc1);
    json_number(&json, "nc2_features", w->nc2);
    json_number(&json, "nc3_duality", w->nc3);
    json_number(&json, "nc4", w->nc4);
    json_number(&json, "accuracy", w->accuracy);
    json_end(&json);
}

int main(int argc, char **argv)
{
    program self = {.name = "training_loop",
                    .summary = "Watches the collapse of a network that is no part of libnc.",
                    .defaults = "3 classes of 100 samples, 16 features",
                    .options = options,
                    .option_count = sizeof options / sizeof *options,
                    .seed = 2};
    int64_t epochs = 2000, every = 200;
    const option_spec *option;
    while ((option = next_option(&self, argc, argv)) != NULL) {
        if (common_option(&self, option))
            continue;
        *(option->key == KEY_EPOCHS ? &epochs : &every) = option_whole(&self, option, 1, 1000000);
    }
    program_begin(&self);
    network net;
    watcher w = {.accumulator = NULL};
    uint64_t state = self.seed;
    make_data(&state);
    make_network(&net, &state);
    require(&self, libnc_accumulator_create(&w.accumulator, self.context, CLASSES, WIDTH));
    require(&self, libnc_report_create(&w.report, self.context));
    if (!self.json)
        printf("  epoch         NC1  NC2 (ETF)    NC3 (dual)    NC4  accuracy\n");
    for (int64_t epoch = 1; epoch <= epochs; epoch++) {
        for (int first = 0; first < SAMPLES; first += BATCH)
            train_batch(&net, first);
        if (epoch % every != 0 && epoch != epochs)
            continue;
        watch(&self, &net, &w);
        if (!self.json && (!self.quiet || epoch == epochs))
            print_line(epoch, &w);
    }
    if (self.json)
        print_json(epochs, &w);
    libnc_report_destroy(w.report);
    libnc_accumulator_destroy(w.accumulator);
    return program_end(&self);
}
