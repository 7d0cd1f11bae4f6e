/* SPDX-License-Identifier: MIT */
/**
 * @file remedy.h
 * @brief Ways out of minority collapse: how much to oversample or weight classes, or how to set
 * decays or energies, so that groups of equal classes predict different vectors again, or so that
 * classes of any counts are predicted with a margin.
 * Experimental: may change before 1.0.
 *
 * The problem is a geometry with loss "ce" and depth 1, in decay or energy form (threshold.h); it
 * is read, never changed, and need not be solved. Oversampling classes w times is the same as
 * weighting their terms by w with the divisor sum n w (option "normalise_weights"); without that
 * option the weights are class weights over the divisor N.
 *
 * A group is out when sqrt(lw lh) is below its critical product c*, or sqrt(E_W E_H) above its
 * critical product rho* (threshold.h). At equality it is still merged. The functions about groups
 * take a relative margin >= 0 and asks for (1 + margin) sqrt(lw lh) <= c*, or sqrt(E_W E_H) >= (1 +
 * margin) rho*: for margin 0 the answer is the limit, not itself outside; for a positive one it is
 * outside. Every function may return LIBNC_ERROR_INTERNAL as those of threshold.h do.
 */
#ifndef LIBNC_REMEDY_H
#define LIBNC_REMEDY_H

#include <libnc/threshold.h>

LIBNC_BEGIN

/**
 * @brief The smallest common factor on the weights of given classes that brings groups out.
 *
 * Decay form, divisor N:                 w = (1 + margin) c N / (sqrt(n) w_0 (1 - delta)), always
 *                                        possible;
 * decay form, divisor sum n w:           as above with the divisor's own growth; impossible where
 *                                        m sqrt(n) c >= 1 - delta, however large the weight;
 * energy form:                           by certified bisection; two sizes: (n_A/n_B) / R_0.
 *
 * In energy form w = n_A/n_B makes two sizes balanced, with the simplex ETF. A larger weight lowers
 * the others' share, so that they may merge: `limit` is where the first of the requested groups
 * does.
 * @param[in] problem a geometry.
 * @param[in] classes the classes to be weighted: all different, 0 .. K-1.
 * @param[in] count how many, 1 .. K.
 * @param[in] class_index a class whose group must be out, or LIBNC_THRESHOLD_ALL_GROUPS: all groups
 *            of two or more classes. Groups are those after weighting: classes that share count,
 *            weight, and whether they are weighted now.
 * @param[in] margin >= 0, finite.
 * @param[out] weight the factor, >= 1; 1 if the problem is out as it is; +infinity if no factor up
 *             to 1e12 will do.
 * @param[out] limit the factor at which a requested group merges again, below 1 where one that is
 *             not weighted is merged as it is; +infinity if none does; may be NULL.
 * @param[out] repeats the smallest whole factor strictly out: how often the sampler takes each
 *             sample of these classes; 0 if there is none; may be NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_UNSUPPORTED (another loss or depth);
 *         LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY.
 * @note O(K log K) in decay form; some 50 solutions of the convex problem in energy form.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_remedy_weight(const libnc_geometry *problem,
                                               const int64_t *classes, int64_t count,
                                               int64_t class_index, double margin, double *weight,
                                               double *limit, int64_t *repeats);

/**
 * @brief The largest product of decays sqrt(lw lh) that brings groups out; always possible.
 * @param[in] problem a geometry in decay form.
 * @param[in] class_index as for libnc_remedy_weight().
 * @param[in] margin >= 0, finite.
 * @param[out] decay critical product / (1 + margin).
 * @return as libnc_threshold_merge_decay().
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_remedy_decay(const libnc_geometry *problem, int64_t class_index,
                                              double margin, double *decay);

/**
 * @brief The smallest product of energies sqrt(E_W E_H) that brings groups out; always possible.
 * @param[in] problem a geometry in energy form.
 * @param[in] class_index as for libnc_remedy_weight().
 * @param[in] margin >= 0, finite.
 * @param[out] energy the product.
 * @return as libnc_threshold_merge_energy().
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_remedy_energy(const libnc_geometry *problem, int64_t class_index,
                                               double margin, double *energy);

/**
 * @brief The geometry that weighting leads to: a copy of the problem with the weights of some
 * classes multiplied, solved.
 * @param[out] geometry the new handle; the caller destroys it.
 * @param[in] problem a geometry.
 * @param[in] classes,count as for libnc_remedy_weight().
 * @param[in] weight the factor, > 0, finite.
 * @return as libnc_geometry_solve().
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_remedy_apply_weight(libnc_geometry **geometry,
                                                     const libnc_geometry *problem,
                                                     const int64_t *classes, int64_t count,
                                                     double weight);

/**
 * @brief The largest product of decays sqrt(lw lh) at which classes are predicted with a margin,
 * for any counts.
 *
 * Where every requested class has its own logit at its own mean above the best other one by at
 * least @p margin (libnc_geometry_margins()): the first fall to that
 * (libnc_threshold_fall_decay()), up to which they all do, as far as its grid shows. At margin 0 it
 * is the limit, at which one is not.
 * @param[in] problem a geometry in decay form.
 * @param[in] required the requested classes: all different, 0 .. K-1; NULL, with @p required_count
 *            0, for every class.
 * @param[in] required_count how many, 1 .. K, or 0.
 * @param[in] margin in logits, >= 0, finite.
 * @param[out] decay the product; 0 where none will do: label smoothing delta keeps margins below
 *             log(1 + K (1 - delta)/delta); +infinity where any will do.
 * @param[out] cost the loss, the first term of the objective, there less that at the problem's own
 *             decays: negative for less decay; NaN where the product is 0 or infinite; may be NULL.
 * @return as libnc_threshold_fall_decay().
 * @note Some 20 to 60 solutions of the convex problem.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_remedy_margin_decay(const libnc_geometry *problem,
                                                     const int64_t *required,
                                                     int64_t required_count, double margin,
                                                     double *decay, double *cost);

/**
 * @brief The smallest product of energies sqrt(E_W E_H) at which classes are predicted with a
 * margin, for any counts.
 * @param[in] problem a geometry in energy form.
 * @param[in] required,required_count,margin as for libnc_remedy_margin_decay().
 * @param[out] energy the product; +infinity where none will do, 0 where any will do.
 * @param[out] cost as for libnc_remedy_margin_decay(); negative for more energy.
 * @return as libnc_threshold_fall_energy().
 * @note as libnc_remedy_margin_decay().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_remedy_margin_energy(const libnc_geometry *problem,
                                                      const int64_t *required,
                                                      int64_t required_count, double margin,
                                                      double *energy, double *cost);

/**
 * @brief The smallest common factor on the weights of given classes with which classes are
 * predicted with a margin, for any counts; with "normalise_weights" how often their samples are
 * repeated.
 *
 * The first factor, from 1 up to 1e12, as far as a grid of factors 28 % apart shows, with which all
 * requested classes have the margin, those that are weighted and the others. The search ends where
 * the others lack it and larger factors take more from them.
 * @param[in] problem a geometry.
 * @param[in] classes the classes to be weighted: all different, 0 .. K-1.
 * @param[in] count how many, 1 .. K.
 * @param[in] required,required_count,margin as for libnc_remedy_margin_decay().
 * @param[out] weight the factor, >= 1; +infinity if none will do.
 * @param[out] repeats the smallest whole factor with which they are predicted with the margin, 0 if
 *             it is too much for the others, or there is none; may be NULL.
 * @param[out] cost the problem's own loss, without the factor, at the solution for @p weight, less
 *             that at its own solution; negative where the weights let the whole classifier
 *             grow; NaN where the factor is infinite; may be NULL.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_UNSUPPORTED (another loss or depth);
 *         LIBNC_ERROR_NUMERICAL; LIBNC_ERROR_MEMORY.
 * @note Some 10 to 120 solutions of the convex problem.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_remedy_margin_weight(
    const libnc_geometry *problem, const int64_t *classes, int64_t count, const int64_t *required,
    int64_t required_count, double margin, double *weight, int64_t *repeats, double *cost);

/**
 * @brief The smallest power gamma of the counts by which class weights (n_max/n_k)^gamma bring
 * classes the margin; where many counts differ one factor seldom serves all.
 *
 * gamma = 1 balances all classes, 1/2 is square-root sampling. The first gamma from 0 to 2, as far
 * as a grid of 0.05 shows.
 * @param[in] problem a geometry; its own class weights are multiplied.
 * @param[in] required,required_count,margin as for libnc_remedy_margin_decay().
 * @param[out] exponent gamma; 0 if they have the margin as it is; +infinity if none will do.
 * @param[out] repeats K whole numbers, the weights of the smallest gamma, in steps of 0.02, with
 *             which they bring the margin when rounded up; zeros if there is none; may be NULL.
 * @param[in] size K; not looked at if @p repeats is NULL.
 * @param[out] cost as for libnc_remedy_margin_weight(); may be NULL.
 * @return as libnc_remedy_margin_weight(); LIBNC_ERROR_DIMENSION.
 * @note Some 10 to 70 solutions of the convex problem, and at most 100 for @p repeats.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_remedy_margin_exponent(const libnc_geometry *problem,
                                                        const int64_t *required,
                                                        int64_t required_count, double margin,
                                                        double *exponent, int64_t *repeats,
                                                        size_t size, double *cost);

LIBNC_END

#endif
