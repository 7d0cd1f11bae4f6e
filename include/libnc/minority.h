/* SPDX-License-Identifier: MIT */
/**
 * @file minority.h
 * @brief The minority-collapse report: angles and lengths of classifier rows and class means by
 * group of classes, how many different predictions are left, and which groups are collapsed.
 * Experimental: may change before 1.0.
 *
 * It is made from a solved geometry, at the cost of its groups rather than its classes, or from a
 * measured libnc_report of a trained model. Three families of K vectors are described: the rows of
 * the classifier P_j, the class means h_k, and the centred class means h_k - h_G (h_G the mean of
 * all samples; for a report, the centre of its convention).
 *
 * A class without samples has no mean: it is in no group and counts nowhere.
 */
#ifndef LIBNC_MINORITY_H
#define LIBNC_MINORITY_H

#include <libnc/geometry.h>
#include <libnc/options.h>
#include <libnc/report.h>

LIBNC_BEGIN

/** @brief A minority-collapse report. @since 0.2 */
typedef struct libnc_minority libnc_minority;

/** @brief Option keys. Append-only. @since 0.2 */
enum libnc_minority_option {
    LIBNC_MINORITY_OPTION_TOLERANCE =
        1, /**< "tolerance" in [1e-7, 1): vectors x, y coincide when ||x - y||
              <= tolerance max(||x||, ||y||); default 1e-6, fit for a
              geometry; a trained model needs one that fits its training. */
    LIBNC_MINORITY_OPTION_VANISHING =
        2 /**< "vanishing" in [1e-7, 1): a vector vanishes when its length is
      at most this times the longest of its family; default 1e-6. */
};

/** @brief Families of K vectors. Append-only. @since 0.2 */
enum libnc_minority_vectors {
    LIBNC_MINORITY_VECTORS_ROWS = 1,   /**< Rows of the classifier P_j. */
    LIBNC_MINORITY_VECTORS_MEANS = 2,  /**< Class means h_k. */
    LIBNC_MINORITY_VECTORS_CENTRED = 3 /**< Class means less the mean of all samples. */
};

/** @brief Statistics. Append-only. @since 0.2 */
enum libnc_minority_statistic {
    LIBNC_MINORITY_STATISTIC_MEAN = 1,     /**< Mean. */
    LIBNC_MINORITY_STATISTIC_MINIMUM = 2,  /**< Smallest. */
    LIBNC_MINORITY_STATISTIC_MAXIMUM = 3,  /**< Largest. */
    LIBNC_MINORITY_STATISTIC_DEVIATION = 4 /**< Standard deviation, divisor the number of values. */
};

/** @brief States of a group. Append-only. @since 0.2 */
enum libnc_minority_condition {
    LIBNC_MINORITY_STATE_SEPARATE =
        1,                           /**< At least two of its vectors differ, or it is one class. */
    LIBNC_MINORITY_STATE_MERGED = 2, /**< Two or more classes, and all their vectors coincide. */
    LIBNC_MINORITY_STATE_LOST = 3    /**< All vectors vanish: their cosines are undefined. */
};

/**
 * @brief Creates an empty report.
 * @param[out] minority the new handle; the caller destroys it.
 * @param[in] context the context.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_create(libnc_minority **minority, libnc_context *context);

/** @brief Destroys a report; NULL is fine. @since 0.2 */
LIBNC_API void libnc_minority_destroy(libnc_minority *minority);

/** @brief The settings, @ref libnc_minority_option, owned by it; NULL for NULL. A new value counts
 * from the next description on. @since 0.2 */
LIBNC_API libnc_options *libnc_minority_options(libnc_minority *minority);

/**
 * @brief Chooses the groups for later descriptions.
 * @param[in] minority the report.
 * @param[in] groups the group of each class, 0 .. G-1, each of which occurs; copied. NULL: classes
 *            of equal count (of equal count and weight for a geometry), most samples first; groups
 *            are then numbered anew for each description.
 * @param[in] class_count K; 0 for NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (a group < 0, or one that does not occur);
 *         LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_set_groups(libnc_minority *minority,
                                                     const int64_t *groups, int64_t class_count);

/**
 * @brief Describes a solved geometry. Replaces what the report held.
 * @param[in] minority the report.
 * @param[in] geometry a solved problem of the same context.
 * @param[in] layer head layer j = 1 .. M.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (not solved); LIBNC_ERROR_DIMENSION
 *         (libnc_minority_set_groups() was for another K); LIBNC_ERROR_MEMORY. After an error the
 *         old content stays.
 * @note O(K + C^2) time where predictions differ clearly, O(K + C^3) at most,
 *       O(K + C^2) memory, C the pairs of (group of the geometry, group of the
 *       report) that occur; no K x K matrix but for a solution that is not constant on the groups
 *       (a tie, or no groups).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_from_geometry(libnc_minority *minority,
                                                        const libnc_geometry *geometry,
                                                        int32_t layer);

/**
 * @brief Describes a measured model. Replaces what the report held.
 * @param[in] minority the report.
 * @param[in] report a measured report of the same context.
 * @param[in] layer head layer j = 1 .. M.
 * @return as libnc_minority_from_geometry(); LIBNC_ERROR_STATE: nothing was measured.
 * @note O(K^2) where predictions differ clearly, O(K^3) at most; 5 K^2 numbers of memory.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_from_report(libnc_minority *minority,
                                                      const libnc_report *report, int32_t layer);

/** @brief The number of groups; 0 for NULL or before a description. @since 0.2 */
LIBNC_API int64_t libnc_minority_groups(const libnc_minority *minority);

/** @brief K; 0 for NULL or before a description. @since 0.2 */
LIBNC_API int64_t libnc_minority_classes(const libnc_minority *minority);

/**
 * @brief One group.
 * @param[in] minority a report with a description.
 * @param[in] group 0 .. G-1.
 * @param[out] classes how many classes it has; may be NULL.
 * @param[out] samples how many samples they have together; may be NULL.
 * @param[out] first its first class, -1 if it has none; may be NULL.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_group(const libnc_minority *minority, int64_t group,
                                                int64_t *classes, int64_t *samples, int64_t *first);

/**
 * @brief The group of every class.
 * @param[in] minority a report with a description.
 * @param[out] groups @p size values; -1 for a class without samples.
 * @param[in] size must be K.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_STATE.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_group_of(const libnc_minority *minority, int64_t *groups,
                                                   size_t size);

/**
 * @brief The state of a group.
 * @param[in] minority a report with a description.
 * @param[in] vectors @ref libnc_minority_vectors.
 * @param[in] group 0 .. G-1.
 * @param[out] state @ref libnc_minority_condition.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (nothing was described, or what needs a
 *         classifier is asked of a layer without one).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_state(const libnc_minority *minority, int32_t vectors,
                                                int64_t group, int32_t *state);

/**
 * @brief Cosines within a group (group == other) or between two groups.
 * @param[in] minority a report with a description.
 * @param[in] vectors @ref libnc_minority_vectors.
 * @param[in] group,other 0 .. G-1.
 * @param[in] statistic @ref libnc_minority_statistic, over all pairs of different classes whose
 *            vectors both do not vanish.
 * @param[out] cosine the statistic; NaN where there is no such pair.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (nothing was described, or what needs a
 *         classifier is asked of a layer without one).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_cosine(const libnc_minority *minority, int32_t vectors,
                                                 int64_t group, int64_t other, int32_t statistic,
                                                 double *cosine);

/**
 * @brief Lengths of the vectors of a group; 0 for those that vanish.
 * @param[in] minority a report with a description.
 * @param[in] vectors @ref libnc_minority_vectors.
 * @param[in] group 0 .. G-1.
 * @param[in] statistic @ref libnc_minority_statistic.
 * @param[out] norm the statistic; NaN for a group without classes.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (nothing was described, or what needs a
 *         classifier is asked of a layer without one).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_norm(const libnc_minority *minority, int32_t vectors,
                                               int64_t group, int32_t statistic, double *norm);

/**
 * @brief How many different predictions (columns of logits of the class means) and classifier rows
 * there are.
 *
 * Classes are taken in order; one counts if it coincides with none that counted before.
 * @param[in] minority a report with a description.
 * @param[in] group 0 .. G-1, or -1 for all classes.
 * @param[out] predictions different columns of the logits; may be NULL.
 * @param[out] rows different rows of the classifier; may be NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_STATE (nothing was described, or what needs a
 *         classifier is asked of a layer without one).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_minority_distinct(const libnc_minority *minority, int64_t group,
                                                   int64_t *predictions, int64_t *rows);

/**
 * @brief The margin and the probability of every class at its own mean, bias included:
 * libnc_geometry_margins() and libnc_geometry_probabilities(), or LIBNC_CLASS_MARGIN and
 * LIBNC_CLASS_PROBABILITY of the report. A class is predicted where its margin is positive.
 * @param[in] minority a report with a description.
 * @param[out] margins @p size values, in logits; NaN for a class without samples; may be NULL.
 * @param[out] probabilities @p size values, alike; may be NULL, but not both.
 * @param[in] size must be K.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION; LIBNC_ERROR_STATE (nothing was
 *         described, or the layer has no classifier).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_minority_margins(const libnc_minority *minority, double *margins,
                                                  double *probabilities, size_t size);

LIBNC_END

#endif
