/* SPDX-License-Identifier: MIT
 *
 *     c++ -std=c++17 own_network.cpp $(pkg-config --cflags --libs libnc) -o own_network
 *
 * A head of libnc on a network of one's own, here a layer of tanh by hand: it gives features; libnc
 * steps the head, gives back the gradient by the features, and says which loss to expect. Prints:
 *
 *     predicted loss 0.01385, reached within 5 percent: yes
 */
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <libnc/libnc.h>
#include <numeric>
#include <vector>

static const int64_t N = 70, P = 4, HIDDEN = 32, D = 6, K = 3, STEPS = 4000;
static libnc_context *context;

static void check(libnc_status status)
{
    if (status < 0)
        std::exit(std::fprintf(stderr, "%s\n", libnc_context_error(context)) > 0);
}

// h = B tanh(A x) for N samples, and gradient descent with momentum. Weights: A, then B.
struct network {
    std::vector<double> weights, velocity, hidden;

    network() : weights(HIDDEN * (P + D)), velocity(weights.size()), hidden(N * HIDDEN)
    {
        for (size_t i = 0; i < weights.size(); i++)
            weights[i] = 0.4 * std::sin(1.0 + 7.0 * double(i));
    }
    void forward(const double *x, std::vector<double> &h)
    {
        const double *A = &weights[0], *B = &weights[HIDDEN * P];
        h.assign(size_t(N * D), 0);
        for (int64_t ij = 0; ij < N * HIDDEN; ij++) {
            const int64_t i = ij / HIDDEN, j = ij % HIDDEN;
            hidden[ij] = std::tanh(std::inner_product(A + j * P, A + j * P + P, x + i * P, 0.0));
            for (int64_t o = 0; o < D; o++)
                h[i * D + o] += B[o * HIDDEN + j] * hidden[ij];
        }
    }
    void step(const double *x, const std::vector<double> &dh, double rate)
    {
        const double *B = &weights[HIDDEN * P];
        for (double &v : velocity)
            v *= 0.9;
        for (int64_t ij = 0; ij < N * HIDDEN; ij++) {
            const int64_t i = ij / HIDDEN, j = ij % HIDDEN;
            double back = 0;
            for (int64_t o = 0; o < D; o++) {
                back += dh[i * D + o] * B[o * HIDDEN + j];
                velocity[HIDDEN * P + o * HIDDEN + j] += dh[i * D + o] * hidden[ij];
            }
            for (int64_t l = 0; l < P; l++)
                velocity[j * P + l] += back * (1 - hidden[ij] * hidden[ij]) * x[i * P + l];
        }
        for (size_t i = 0; i < weights.size(); i++)
            weights[i] -= rate * velocity[i];
    }
};

int main()
{
    const int64_t counts[K] = {40, 20, 10};
    const double decay = 1e-2;
    libnc_classes *classes;
    libnc_dataset *data;
    libnc_model *head;
    libnc_loss *loss;
    libnc_penalty *penalty;
    libnc_optimizer *optimizer;
    libnc_trainer *trainer;
    libnc_geometry *geometry;
    if (libnc_context_create(&context) < 0)
        return 1;
    check(libnc_classes_from_counts(&classes, context, counts, K));
    check(libnc_dataset_gaussian(&data, classes, LIBNC_FLOAT64, P, 2, 0.2, 1));
    check(libnc_model_create_head(&head, context, LIBNC_FLOAT64, K, 1, &D, 0));
    check(libnc_model_initialise(head, LIBNC_INITIALISE_KAIMING, 1, 1));
    check(libnc_loss_create(&loss, context, LIBNC_LOSS_MSE));
    check(libnc_penalty_create(&penalty, head));
    check(libnc_penalty_set_weight_decay(penalty, &decay, 1));
    check(libnc_penalty_set_feature_decay(penalty, 1e-4));
    check(libnc_optimizer_create(&optimizer, context, LIBNC_OPTIMIZER_MOMENTUM));
    check(libnc_options_set_text(libnc_optimizer_options(optimizer), "learning_rate", "0.05"));
    check(libnc_trainer_create_head(&trainer, head, loss, penalty, optimizer, classes));

    network net;
    const double *x = static_cast<const double *>(libnc_dataset_inputs(data));
    std::vector<double> h, dh(N * D);
    double W[K * D], value = 0, features = 0, predicted = 0;
    for (int64_t t = 0; t < STEPS; t++) {
        net.forward(x, h);
        check(libnc_model_get_parameter(head, 0, W, K * D));
        check(libnc_trainer_step_features(trainer, h.data(), libnc_dataset_labels(data),
                                          LIBNC_LABEL_INT32, N, dh.data(), &value, &features));
        net.step(x, dh, 0.05);
    }
    value += features + decay / 2 * std::inner_product(W, W + K * D, W, 0.0);
    check(libnc_trainer_geometry(&geometry, trainer));
    check(libnc_geometry_solve(geometry));
    check(libnc_geometry_loss(geometry, &predicted, nullptr));
    std::printf("predicted loss %.5f, reached within 5 percent: %s\n", predicted,
                value < 1.05 * predicted ? "yes" : "no");
    libnc_geometry_destroy(geometry);
    libnc_trainer_destroy(trainer);
    libnc_optimizer_destroy(optimizer);
    libnc_penalty_destroy(penalty);
    libnc_loss_destroy(loss);
    libnc_model_destroy(head);
    libnc_dataset_destroy(data);
    libnc_classes_destroy(classes);
    libnc_context_destroy(context);
    return 0;
}
