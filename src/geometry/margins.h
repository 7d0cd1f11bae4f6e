/* SPDX-License-Identifier: MIT
 *
 * margins.h: what a class is given at its own mean, by groups of classes that are alike.
 *
 * The logits of the class means, biases included, are
 *
 *     z_gh = shared_gh + bias_g     for classes of two groups g and h, or two of one group,
 *
 * and what tells the classes of one group apart: at the mean of a class of group h its own logit is
 * higher by `own` and those of some others of its group lower, by (lead - own).
 */
#ifndef NC__MARGINS_H
#define NC__MARGINS_H

#include "base/base.h"

typedef struct nc__group_logits {
    int64_t groups;
    const double *multiplicity; /* classes of each group */
    const double *shared;       /* G x G, row = logit, column = class mean; NULL for 0 */
    const double *bias;         /* G; NULL for 0 */
} nc__group_logits;

/* One class of a group: by how much its own logit leads those of two kinds of others of its group,
 * and how many of each kind there are. */
typedef struct nc__member {
    double own;
    double lead[2], others[2];
} nc__member;

/* What the class is given at its own mean. */
typedef struct nc__decision {
    double mates;       /* own logit less the best one of its group; +infinity if it is alone */
    double rest;        /* own logit less the best one of the other groups; +infinity alike */
    double probability; /* softmax */
    double surprise;    /* minus its logarithm */
    double lead;        /* the sum over all classes of own logit less theirs */
    double largest;     /* the largest absolute value of a logit */
} nc__decision;

/* A class of group h all of whose m classes are told apart by `gap`: own logit over another. */
nc__member nc__member_of(double multiplicity, double gap);

nc__decision nc__decide(const nc__group_logits *logits, int64_t group, const nc__member *member);

static inline double nc__margin(const nc__decision *decision)
{
    return decision->mates < decision->rest ? decision->mates : decision->rest;
}

#endif
