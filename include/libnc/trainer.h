/* SPDX-License-Identifier: MIT */
/**
 * @file trainer.h
 * @brief Training: a model, a loss, a penalty and an optimizer bound together.
 *
 * The objective is loss + penalty (loss.h, penalty.h). A step or iteration is one update: of the
 * full batch, or of a minibatch. The first one prepares the run, as does the first one after the
 * free features were written to, or after a setting that changes how steps are taken; no other step
 * allocates memory, but for history that is being recorded.
 *
 * Exact reduction: full-batch MSE on free features without class weights, repeats and energies
 * does not change under rotations of the samples that keep the classes' indicator vectors, and
 * gradient descent, momentum, Nesterov and L-BFGS commute with them. The trainer then works on
 * K + min(d, N - K) columns instead of N and expands the features when they are read: same
 * weights, loss, class means and scatter at every step, at a cost that does not grow with N. See
 * doc/theory.md.
 *
 * Oversampling: with repeats w_k (libnc_trainer_set_repeats()) the loss is that of the data in
 * which every sample of class k stands w_k times, N' = sum_k n_k w_k in all. The penalty is that of
 * the N samples: a repeated sample has one feature vector.
 *
 * Augmentation: a minibatch shows each image through a window of its own size in the image with
 * crop_padding zeros on each side, at a random place, and with flip half of them mirrored left to
 * right (He et al. 2016, section 4.2). What an entry of an epoch shows depends on the seed, the
 * epoch and the entry alone. Evaluation and measurement take the images as they are. The theory
 * does not know of it: such a run need not come to the predicted loss.
 *
 * Energies (libnc_penalty_set_energies()) are constraints; the objective is then the loss. See
 * doc/training_imbalanced.md.
 *  - When libnc_trainer_step() or libnc_trainer_run() is called, and when a parameter was written
 *    to during a run, W and H are scaled down to their energies where they are above them.
 *  - Gradient descent, momentum and Nesterov, full batch or not, step in the variables in which the
 *    constraints are balls, W and h_{k,i}/sqrt(n_k): the gradient of h_{k,i} is taken n_k times.
 *    After each step W and H are scaled down to their energies if they are above: the nearest point
 *    of a ball. Rates of the order of 1 suit any counts.
 *  - L-BFGS works without constraints on (u, s), W = sqrt(K E_W) u/||(u, s)||, and the same for the
 *    scaled features: s is the root of what is left of the energy. It starts from W and H up to a
 *    share of 5e-7 inside the boundary.
 *  - Adam and AdamW are LIBNC_ERROR_UNSUPPORTED: their fixed points under a projection are not
 *    optimal.
 *  - The gradient is the projected one: of its negative, the part that points along the outward
 *    normal of a constraint is limited to the distance from it (0 on it and beyond). It is the
 *    plain gradient well inside, and vanishes where the optimality conditions hold.
 */
#ifndef LIBNC_TRAINER_H
#define LIBNC_TRAINER_H

#include <libnc/dataset.h>
#include <libnc/geometry.h>
#include <libnc/loss.h>
#include <libnc/model.h>
#include <libnc/optimizer.h>
#include <libnc/penalty.h>

LIBNC_BEGIN

/** @brief A training run. @since 0.1 */
typedef struct libnc_trainer libnc_trainer;

/** @brief Whether full-batch MSE on free features is reduced exactly. Append-only. @since 0.3 */
enum libnc_trainer_reduction {
    LIBNC_TRAINER_REDUCTION_OFF = 0, /**< Never. */
    LIBNC_TRAINER_REDUCTION_AUTO = 1 /**< Where it is possible. */
};

/** @brief What the feature decay counts under oversampling. Append-only. @since 0.3 */
enum libnc_repeat_decay {
    LIBNC_REPEAT_DECAY_SAMPLE = 0, /**< The N samples: a repeated one has one feature vector. */
    LIBNC_REPEAT_DECAY_VISIT = 1   /**< All N' visits, as if the samples were copied (Fang et al.
                                      2021). */
};

/** @brief Option keys of a trainer. Append-only. @since 0.1 */
enum libnc_trainer_option {
    LIBNC_TRAINER_OPTION_BATCH_SIZE = 1, /**< "batch_size": samples (or repeats of them)
                                     per step; 0 (default): all. */
    LIBNC_TRAINER_OPTION_SEED = 2,       /**< "seed" of the minibatch order, default 0. */
    LIBNC_TRAINER_OPTION_REDUCTION = 3,  /**< "reduction": @ref libnc_trainer_reduction, "off" or
                                     "auto" (default). */
    LIBNC_TRAINER_OPTION_ITERATIONS = 4, /**< "iterations": limit of run, default 30000. */
    LIBNC_TRAINER_OPTION_TIME_LIMIT = 5, /**< "time_limit": seconds that one run may spend in
                                     its steps, default infinity. */
    LIBNC_TRAINER_OPTION_GRADIENT_TOLERANCE = 6, /**< "gradient_tolerance": stop when the norm of
                                             the objective's gradient is at or below; 0: never. */
    LIBNC_TRAINER_OPTION_PREDICTED_LOSS =
        7, /**< "predicted_loss": optimal objective, for the gap. */
    LIBNC_TRAINER_OPTION_GAP_TOLERANCE = 8, /**< "gap_tolerance": stop when (objective - predicted)
                                        / predicted is at or below; 0 (default): never. */
    LIBNC_TRAINER_OPTION_CHECK_EVERY = 9, /**< "check_every": steps between evaluations of the full
                                      objective for stop rules and history, default 100. */
    LIBNC_TRAINER_OPTION_OBSERVE_EVERY = 10, /**< "observe_every": steps between calls of the
                                         observer; default 100. */
    LIBNC_TRAINER_OPTION_REPEAT_DECAY = 11,  /**< "repeat_decay": @ref libnc_repeat_decay, "sample"
                                         (default) or "visit". Since 0.3. */
    LIBNC_TRAINER_OPTION_CROP_PADDING = 12,  /**< "crop_padding": augmentation, below; default 0.
                                          Since 0.3. */
    LIBNC_TRAINER_OPTION_FLIP = 13 /**< "flip": augmentation, 0 (default) or 1. Since 0.3. */
};

/** @brief Columns of the history, one row per check. Append-only. @since 0.1 */
enum libnc_history_column {
    LIBNC_HISTORY_ITERATION = 1,     /**< Steps done. */
    LIBNC_HISTORY_OBJECTIVE = 2,     /**< Loss + penalty over all samples. */
    LIBNC_HISTORY_GRADIENT_NORM = 3, /**< Norm of the objective's gradient. */
    LIBNC_HISTORY_RATE = 4,          /**< Learning rate of the next step. */
    LIBNC_HISTORY_SECONDS = 5        /**< Time spent in steps since create. */
};

/** @brief Why steps ended without an error. Append-only. @since 0.3 */
enum libnc_stop {
    LIBNC_STOP_NONE = 0,       /**< All steps that were asked of libnc_trainer_step() are done. */
    LIBNC_STOP_GRADIENT = 1,   /**< The gradient norm fell below its tolerance. */
    LIBNC_STOP_GAP = 2,        /**< The loss came within the wanted gap of the prediction. */
    LIBNC_STOP_ITERATIONS = 3, /**< The iteration limit was reached. */
    LIBNC_STOP_TIME = 4,       /**< The time limit was reached. */
    LIBNC_STOP_OBSERVER = 5,   /**< An observer returned non-zero. */
    LIBNC_STOP_PRECISION = 6   /**< A line search can make no progress at this precision. */
};

/**
 * @brief Called during run, before the first step, every observe_every steps, and at the end.
 *
 * It may read the model and the trainer. It must not destroy either nor call step or run.
 * @return 0 to go on, anything else to stop with LIBNC_STOP_OBSERVER.
 * @since 0.1
 */
typedef int32_t (*libnc_observer_fn)(libnc_trainer *trainer, void *user);

/**
 * @brief Binds a training run together. Nothing is copied: all handles must outlive the trainer.
 * @param[out] trainer the new trainer; the caller destroys it before the rest.
 * @param[in] model the model; only one trainer at a time may train it.
 * @param[in] loss the loss.
 * @param[in] penalty made for a model of the same shapes.
 * @param[in] optimizer the optimizer; its settings may be changed between steps.
 * @param[in] dataset the data of a backbone; NULL for free features.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION (penalty, dataset or class weights
 *         do not fit the model); LIBNC_ERROR_STATE (the model is being trained by another trainer);
 *         LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_trainer_create(libnc_trainer **trainer, libnc_model *model,
                                                const libnc_loss *loss,
                                                const libnc_penalty *penalty,
                                                const libnc_optimizer *optimizer,
                                                const libnc_dataset *dataset);

/**
 * @brief Binds a head to features that come from outside, batch by batch: the output of a network
 * that the caller trains.
 *
 * Such a trainer takes its steps by libnc_trainer_step_features() alone; calls that go over all the
 * data, libnc_trainer_step(), run, evaluate and gradient, are LIBNC_ERROR_STATE.
 * libnc_trainer_geometry() is the prediction for it. The penalty's decays of parameters are the
 * head's; its feature decay is that of the outside features.
 * @param[out] trainer the new trainer; the caller destroys it before the rest.
 * @param[in] model a head, libnc_model_create_head().
 * @param[in] loss the loss.
 * @param[in] penalty made for a model of the same shapes.
 * @param[in] optimizer the head's; L-BFGS is LIBNC_ERROR_UNSUPPORTED at the first step.
 * @param[in] classes how many samples of each class the data has: n_k, N in all.
 * @return as libnc_trainer_create(); LIBNC_ERROR_ARGUMENT for a model with layers below its head;
 *         LIBNC_ERROR_DIMENSION unless the classes are the model's K.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_trainer_create_head(libnc_trainer **trainer, libnc_model *model,
                                                     const libnc_loss *loss,
                                                     const libnc_penalty *penalty,
                                                     const libnc_optimizer *optimizer,
                                                     const libnc_classes *classes);

/** @brief Ends a training run; the model keeps what it learnt. NULL is fine. @since 0.1 */
LIBNC_API void libnc_trainer_destroy(libnc_trainer *trainer);

/** @brief The settings, @ref libnc_trainer_option, owned by it; NULL for NULL. @since 0.1 */
LIBNC_API libnc_options *libnc_trainer_options(libnc_trainer *trainer);

/** @brief The model that is being trained; NULL for NULL. @since 0.1 */
LIBNC_API libnc_model *libnc_trainer_model(libnc_trainer *trainer);

/**
 * @brief Sets the observer of run; NULL for none.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_trainer_set_observer(libnc_trainer *trainer,
                                                      libnc_observer_fn observer, void *user);

/**
 * @brief Oversampling: every sample of class k counts, or is visited, repeats[k] times.
 *
 *  - Full batch: the loss is 1/N' sum_i repeats[y_i] loss_i, N' = sum_k n_k repeats[k]. Class
 *    weights of the loss (loss.h) equal to the repeats give the same with the divisor N: N'/N times
 *    this one, so they have the same minimisers where decays are N'/N times as large, or under
 *    energies. A loss may have class weights too; they multiply.
 *  - Minibatches: an epoch has the N' entries of libnc_dataset_order_repeated(), and a batch of B
 *    is averaged over B. The decay of features that are no parameters, of a backbone or from
 *    outside, counts the N samples, an entry adding (N'/B) feature_decay/2 ||h||^2 / repeats[y], or
 *    the N' visits, without the division: @ref libnc_repeat_decay. Both are unbiased estimates;
 * they have different optima.
 *
 * The exact reduction is then not used. A change in the middle of an epoch goes on at the same
 * entry of the new order.
 * @param[in] trainer the trainer.
 * @param[in] repeats @p class_count numbers >= 1, copied; NULL with 0 for none.
 * @param[in] class_count must be the model's K.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (also N' above 2^53); LIBNC_ERROR_DIMENSION;
 *         LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_trainer_set_repeats(libnc_trainer *trainer, const int64_t *repeats,
                                                     int64_t class_count);

/**
 * @brief Takes steps, without checks, history or observers.
 * @param[in] trainer the trainer.
 * @param[in] count how many, >= 0.
 * @param[out] reason LIBNC_STOP_NONE, or LIBNC_STOP_PRECISION where L-BFGS ended before @p count
 *             steps (@ref libnc_stop); may be NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_NOT_FINITE (training diverged: the text names
 *         the step; parameters and velocities are what it left, so initialise the model again and
 *         make a new trainer; an update that overflows is seen by the step after it);
 *         LIBNC_ERROR_UNSUPPORTED (L-BFGS with minibatches, Adam or AdamW with energies, energies
 *         outside 1e-60 .. 1e60 in float32, augmentation without minibatches of a dataset);
 *         LIBNC_ERROR_DIMENSION (class weights for another K, crop_padding that is not below height
 *         and width of the images);
 *         LIBNC_ERROR_STATE (called by an observer of the same trainer); LIBNC_ERROR_MEMORY.
 * @note Free features with depth M, width d: O(M K d^2 + K d N) per step when K is the smallest
 *       side, with min(N, K + d) for N under the exact reduction.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_trainer_step(libnc_trainer *trainer, int64_t count,
                                              int32_t *reason);

/**
 * @brief One step of a head on a batch of features from outside, and the gradient that their
 * network goes on with.
 *
 * On B entries (h_i, y_i) the objective is
 *     1/B sum_i loss_i + (N'/B) feature_decay/2 sum_i ||h_i||^2 / r_i + decays of the head,
 * r_i = repeats[y_i], or 1 where decay counts visits (@ref libnc_repeat_decay). The batch is what
 * the caller's loader visits: with repeats, class k repeats[k] times as often. Values and gradient
 * are those at the head before the step.
 * @param[in] trainer made by libnc_trainer_create_head().
 * @param[in] features B x d_1 in the model's scalar type, row-major.
 * @param[in] labels B numbers 0 .. K-1.
 * @param[in] label_type @ref libnc_label.
 * @param[in] count B >= 1.
 * @param[out] d_features B x d_1: the gradient of the objective by the features, in the model's
 *             scalar type; may be @p features; NULL for none.
 * @param[out] loss 1/B sum_i loss_i; may be NULL.
 * @param[out] feature_penalty the term of the feature decay; may be NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (a label out of range: nothing is changed);
 *         LIBNC_ERROR_NOT_FINITE (the loss: the head stepped all the same, as in
 *         libnc_trainer_step()); LIBNC_ERROR_STATE (the trainer has data of its own);
 *         LIBNC_ERROR_UNSUPPORTED (L-BFGS); LIBNC_ERROR_DIMENSION (class weights for another K);
 *         LIBNC_ERROR_MEMORY.
 * @note O(M d^2 B) or less; allocates in the first step, and where int64 labels are more than ever
 *       before.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_trainer_step_features(libnc_trainer *trainer, const void *features,
                                                       const void *labels, int32_t label_type,
                                                       int64_t count, void *d_features,
                                                       double *loss, double *feature_penalty);

/**
 * @brief Trains until a stop rule holds, recording history and calling the observer.
 * @param[in] trainer the trainer.
 * @param[out] reason why it ended, @ref libnc_stop, never LIBNC_STOP_NONE; may be NULL.
 * @return LIBNC_OK, or an error as for libnc_trainer_step(). Steps and history from before an error
 *         stay, and the next run goes on from there.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_trainer_run(libnc_trainer *trainer, int32_t *reason);

/**
 * @brief Brings what the model shows up to date with the steps taken.
 *
 * Under the exact reduction the trainer keeps the free features elsewhere. What was read through an
 * address from libnc_model_parameter_view() is that of the last sync; all calls that read the model
 * sync by themselves.
 * @param[in] trainer the trainer.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @note O(d N (K + d)) after steps on the reduced problem, else O(1).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_trainer_sync(libnc_trainer *trainer);

/**
 * @brief The problem that is trained, as a geometry: class counts, depth, smallest width, bias,
 * loss with its settings, decays or energies, class weights and repeats, as they are set now.
 *
 * It is not solved yet, and a copy: what is set later in either does not reach the other. How steps
 * are taken (optimizer, batches, scalar type) plays no part. Features of a backbone or from outside
 * are taken as free ones: where a network can give every sample any features, and its own
 * parameters have no decay, that is the optimum; else a lower bound.
 * @param[out] geometry the new geometry; the caller destroys it.
 * @param[in] trainer the trainer.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION (class weights for another K);
 *         LIBNC_ERROR_UNSUPPORTED: no geometry describes it, the text says why (a decay of a bias
 * or of a backbone's parameter, a decay of 0 elsewhere without energies); LIBNC_ERROR_MEMORY. What
 * describes it but cannot be solved is told by libnc_geometry_solve().
 * @note O(N + M + K log K).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_trainer_geometry(libnc_geometry **geometry,
                                                  const libnc_trainer *trainer);

/**
 * @brief Why the run ends (@ref libnc_stop), while an observer is called for the last time of it
 * and has no say in it; LIBNC_STOP_NONE at all other times and for NULL. @since 0.3
 */
LIBNC_API int32_t libnc_trainer_reason(const libnc_trainer *trainer);

/** @brief Steps done so far; 0 for NULL. @since 0.1 */
LIBNC_API int64_t libnc_trainer_iterations(const libnc_trainer *trainer);

/** @brief Seconds spent in steps so far; 0 for NULL. @since 0.1 */
LIBNC_API double libnc_trainer_seconds(const libnc_trainer *trainer);

/** @brief 1 if the exact reduction is in use now (known after the first step). @since 0.1 */
LIBNC_API int32_t libnc_trainer_is_reduced(const libnc_trainer *trainer);

/**
 * @brief The objective over all samples at the current parameters; any output may be NULL.
 * @param[in] trainer the trainer.
 * @param[out] objective loss + penalty.
 * @param[out] loss the loss alone.
 * @param[out] gradient_norm Frobenius norm of the objective's gradient over all parameters; with
 *             energies of the projected gradient.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY, LIBNC_ERROR_NOT_FINITE (the
 *         objective, or the requested norm), LIBNC_ERROR_UNSUPPORTED and
 *         LIBNC_ERROR_DIMENSION as libnc_trainer_step().
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_trainer_evaluate(libnc_trainer *trainer, double *objective,
                                                  double *loss, double *gradient_norm);

/**
 * @brief The gradient of the objective over all samples with respect to one parameter; with
 * energies the projected gradient.
 * @param[in] trainer the trainer.
 * @param[in] index the model's parameter.
 * @param[out] values @p size values, row-major.
 * @param[in] size must be the parameter's rows x cols.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION (also as libnc_trainer_step()),
 *         LIBNC_ERROR_UNSUPPORTED (as there), LIBNC_ERROR_NOT_FINITE (the gradient),
 *         LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_trainer_gradient(libnc_trainer *trainer, int32_t index,
                                                  double *values, size_t size);

/** @brief Rows of history recorded by run so far; 0 for NULL. @since 0.1 */
LIBNC_API int64_t libnc_trainer_history_rows(const libnc_trainer *trainer);

/**
 * @brief Copies one column of the history.
 * @param[in] trainer the trainer.
 * @param[in] column @ref libnc_history_column.
 * @param[out] values @p size values.
 * @param[in] size must be libnc_trainer_history_rows().
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_trainer_history(const libnc_trainer *trainer, int32_t column,
                                                 double *values, size_t size);

/* ---- checkpoints ---- */

/**
 * @brief Writes a checkpoint: all that the rest of the training depends on.
 *
 * These are the model; velocities and moments, the pairs and counters of L-BFGS, the coordinates of
 * energies; the place in the epoch, from which the minibatch order follows; the rotated features
 * and their basis under the exact reduction; steps, seconds and history; how far a run has come, if
 * an observer saves in the middle of one; and the attachment. Whoever loads it goes on to the same
 * bits as the trainer that saved, on the same build, machine, BLAS and thread count (seconds are
 * those of a clock). The training that was saved is not changed: it goes on as if it had not been.
 *
 * What was set or written since the last step is taken up first, as by libnc_trainer_step() with a
 * count of 0. An observer may save.
 * @param[in] trainer the trainer.
 * @param[in] path file name. The file is written whole or not at all, as by libnc_file_write(),
 * with a version and checksums (doc/formats.md, "Models and checkpoints").
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_NOT_FINITE (a value is not finite: training
 *         diverged, and the checkpoint before it stays); LIBNC_ERROR_FILE; LIBNC_ERROR_MEMORY;
 *         LIBNC_ERROR_UNSUPPORTED, LIBNC_ERROR_DIMENSION and LIBNC_ERROR_NUMERICAL as
 *         libnc_trainer_step().
 * @note O(values of the state), and once O(N p) for the fingerprint of a dataset; waits for the
 *       disk.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_trainer_save(libnc_trainer *trainer, const char *path);

/**
 * @brief Takes up a checkpoint, in a trainer that was created with the same settings.
 *
 * A checkpoint holds the state of a training, not its handles: which loss, penalty, optimizer and
 * data belong to it is said by the program, as for the first run. What it was saved with is
 * recorded and must be what this trainer has: model, data (by a fingerprint of inputs and labels),
 * loss with its settings and class weights, decays or energies, optimizer with its settings, batch
 * size, seed, reduction and repeats. So no run goes on as another one by mistake, and a program
 * that means to change a setting in the middle sets it after loading. Limits and stop rules, which
 * change no step (iterations to check_every), and observers are the trainer's own.
 *
 * Where an observer had saved, the next libnc_trainer_run() goes on with that run: it neither
 * checks nor calls the observer before its next step, and counts steps from where the run began; a
 * run that had just ended ends at once with the same reason.
 * @param[in] trainer the trainer. After an error it is as it was.
 * @param[in] path a regular file.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (also another setting: the text has its name and both
 *         values); LIBNC_ERROR_DIMENSION (another model: likewise); LIBNC_ERROR_STATE (called by an
 *         observer of the same trainer); LIBNC_ERROR_FILE (cannot be opened or read);
 *         LIBNC_ERROR_FORMAT (another file, or a damaged one: the text has the offset);
 *         LIBNC_ERROR_UNSUPPORTED (another version, or as libnc_trainer_step());
 *         LIBNC_ERROR_MEMORY.
 * @note O(size of the file), and O(N p) as libnc_trainer_save(); the state twice in memory.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_trainer_load(libnc_trainer *trainer, const char *path);

/**
 * @brief Sets what the program keeps with the trainer's checkpoints, such as measurements of its
 * own: bytes of any kind, which libnc_trainer_load() replaces by those of the file.
 * @param[in] trainer the trainer.
 * @param[in] bytes copied; NULL with 0 for none, as at first.
 * @param[in] size bytes.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_trainer_set_attachment(libnc_trainer *trainer, const void *bytes,
                                                        size_t size);

/** @brief Bytes of the attachment; 0 for none or NULL. @since 0.3 */
LIBNC_API size_t libnc_trainer_attachment_size(const libnc_trainer *trainer);

/**
 * @brief Copies the attachment.
 * @param[in] trainer the trainer.
 * @param[out] bytes @p size bytes.
 * @param[in] size must be libnc_trainer_attachment_size().
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_trainer_attachment(const libnc_trainer *trainer, void *bytes,
                                                    size_t size);

LIBNC_END

#endif
