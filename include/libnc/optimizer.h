/* SPDX-License-Identifier: MIT */
/**
 * @file optimizer.h
 * @brief Optimizers: gradient descent, momentum, Nesterov, Adam, AdamW, L-BFGS; rate schedules.
 *
 * With g the gradient of the whole objective (decay included), eta the learning rate, mu the
 * momentum, at each step:
 *  - gradient descent: x -= eta g.
 *  - momentum: v = mu v + g; x -= eta v.
 *  - Nesterov: v = mu v + g; x -= eta (g + mu v)   (Sutskever et al. 2013, as PyTorch writes it).
 *  - Adam (Kingma and Ba 2015): bias-corrected moments; the decay is part of g.
 *  - AdamW (Loshchilov and Hutter 2019): the decay acts apart from the moments, x -= eta decay x.
 *  - L-BFGS (Liu and Nocedal 1989): two-loop recursion, line search for the strong Wolfe
 *    conditions; full batch only; the learning rate and schedule are not used.
 *
 * An optimizer is a description; its running state lives in the trainer.
 */
#ifndef LIBNC_OPTIMIZER_H
#define LIBNC_OPTIMIZER_H

#include <libnc/options.h>

LIBNC_BEGIN

/** @brief An optimizer with its settings. @since 0.1 */
typedef struct libnc_optimizer libnc_optimizer;

/** @brief Kinds of optimizer. Append-only. @since 0.1 */
enum libnc_optimizer_method {
    LIBNC_OPTIMIZER_GRADIENT_DESCENT = 1, /**< Gradient descent. */
    LIBNC_OPTIMIZER_MOMENTUM = 2,         /**< Heavy-ball momentum. */
    LIBNC_OPTIMIZER_NESTEROV = 3,         /**< Nesterov momentum. */
    LIBNC_OPTIMIZER_ADAM = 4,             /**< Adam. */
    LIBNC_OPTIMIZER_ADAMW = 5,            /**< Adam with decoupled decay. */
    LIBNC_OPTIMIZER_LBFGS = 6             /**< Limited-memory BFGS. */
};

/** @brief Rate schedules, t the number of steps done. Append-only. @since 0.1 */
enum libnc_schedule {
    LIBNC_SCHEDULE_CONSTANT = 0, /**< eta(t) = eta. */
    LIBNC_SCHEDULE_STEP = 1,     /**< eta(t) = eta factor^floor(t / period). */
    LIBNC_SCHEDULE_COSINE = 2    /**< eta(t) = eta (f + (1 - f) (1 + cos(pi t / period)) / 2), f the
                                    factor; eta f from t = period on. */
};

/** @brief Option keys of an optimizer. Append-only. @since 0.1 */
enum libnc_optimizer_option {
    LIBNC_OPTIMIZER_OPTION_LEARNING_RATE = 1, /**< "learning_rate": eta > 0, default 0.1; for
                                          Adam and AdamW 0.001. */
    LIBNC_OPTIMIZER_OPTION_MOMENTUM = 2,      /**< "momentum": mu in [0, 1), default 0.9. */
    LIBNC_OPTIMIZER_OPTION_BETA1 = 3,         /**< "beta1" in [0, 1), default 0.9. */
    LIBNC_OPTIMIZER_OPTION_BETA2 = 4,         /**< "beta2" in [0, 1), default 0.999. */
    LIBNC_OPTIMIZER_OPTION_EPSILON = 5,       /**< "epsilon" > 0, default 1e-8. */
    LIBNC_OPTIMIZER_OPTION_HISTORY = 6,  /**< "history": L-BFGS pairs, 1 .. 1000, default 20. */
    LIBNC_OPTIMIZER_OPTION_SCHEDULE = 7, /**< "schedule": @ref libnc_schedule. */
    LIBNC_OPTIMIZER_OPTION_PERIOD = 8,   /**< "period": of the schedule, in steps, default 10000. */
    LIBNC_OPTIMIZER_OPTION_FACTOR = 9,   /**< "factor": of the schedule, [0, 1], default 0.1. */
    LIBNC_OPTIMIZER_OPTION_WARM_UP = 10  /**< "warm_up": w steps in which eta(t) is multiplied by
                                     (t + 1)/w (Goyal et al. 2017); default 0. Since 0.3. */
};

/**
 * @brief Creates an optimizer.
 * @param[out] optimizer the new optimizer; the caller destroys it.
 * @param[in] context the context.
 * @param[in] kind @ref libnc_optimizer_method.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_optimizer_create(libnc_optimizer **optimizer,
                                                  libnc_context *context, int32_t kind);

/** @brief Destroys an optimizer; NULL is fine. @since 0.1 */
LIBNC_API void libnc_optimizer_destroy(libnc_optimizer *optimizer);

/** @brief The settings, @ref libnc_optimizer_option, owned by it; NULL for NULL. @since 0.1 */
LIBNC_API libnc_options *libnc_optimizer_options(libnc_optimizer *optimizer);

/** @brief @ref libnc_optimizer_method; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_optimizer_kind(const libnc_optimizer *optimizer);

/**
 * @brief The learning rate that the schedule gives for step @p step.
 * @param[in] optimizer the optimizer.
 * @param[in] step steps done before, >= 0.
 * @param[out] rate the learning rate.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_optimizer_rate(const libnc_optimizer *optimizer, int64_t step,
                                                double *rate);

LIBNC_END

#endif
