/* SPDX-License-Identifier: MIT
 *
 * statistics.c: one-pass, mergeable class means, energies and within-class scatter
 * (doc/metrics.md, "Statistics").
 *
 * Rows come in blocks. A block is shifted by its classes' references (exact near collapse, Sterbenz
 * 1974), centred by its own class means, and joined with what came before by the update of Chan,
 * Golub and LeVeque (1979): with n samples before and c in the block, and the means a step
 * delta = (block mean - mean) apart,
 *   mean += c/(n+c) delta,   S_W += sum (y y^T) + n c/(n+c) delta delta^T.
 * Every term is positive semidefinite, so nothing cancels, for any split and order of the data.
 */
#include "collapse/statistics.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Rows per block: enough for the BLAS to run at speed, small enough for the cache. */
enum { BLOCK = 256 };

libnc_status nc__statistics_create(nc__statistics **statistics, libnc_context *context,
                                   int64_t classes, int64_t width, bool with_scatter)
{
    assert(classes >= 1 && width >= 1);
    size_t K = (size_t)classes, d = (size_t)width;
    nc__statistics *s = nc__alloc(context, 1, sizeof *s);
    if (!s)
        return LIBNC_ERROR_MEMORY;
    s->context = context;
    s->classes = classes;
    s->width = width;
    s->counts = nc__alloc(context, K, sizeof(int64_t));
    s->references = nc__alloc(context, K, d * sizeof(double));
    s->offsets = nc__alloc(context, K, d * sizeof(double));
    s->energies = nc__alloc(context, K, sizeof(double));
    s->scatter = with_scatter ? nc__alloc(context, d, d * sizeof(double)) : NULL;
    s->block = nc__alloc(context, 2 * BLOCK, d * sizeof(double));
    s->block_means = nc__alloc(context, BLOCK, d * sizeof(double));
    s->slot_count = nc__alloc(context, BLOCK, sizeof(int64_t));
    s->slot_class = nc__alloc(context, BLOCK, sizeof(int64_t));
    s->class_slot = nc__alloc(context, K, sizeof(int64_t));
    if (!s->counts || !s->references || !s->offsets || !s->energies ||
        (with_scatter && !s->scatter) || !s->block || !s->block_means || !s->slot_count ||
        !s->slot_class || !s->class_slot) {
        nc__statistics_destroy(s);
        return LIBNC_ERROR_MEMORY;
    }
    for (int64_t k = 0; k < classes; k++)
        s->class_slot[k] = -1;
    *statistics = s;
    return LIBNC_OK;
}

void nc__statistics_destroy(nc__statistics *s)
{
    if (!s)
        return;
    nc__free(s->context, s->class_slot);
    nc__free(s->context, s->slot_class);
    nc__free(s->context, s->slot_count);
    nc__free(s->context, s->block_means);
    nc__free(s->context, s->block);
    nc__free(s->context, s->scatter);
    nc__free(s->context, s->energies);
    nc__free(s->context, s->offsets);
    nc__free(s->context, s->references);
    nc__free(s->context, s->counts);
    nc__free(s->context, s);
}

void nc__statistics_clear(nc__statistics *s)
{
    size_t K = (size_t)s->classes, d = (size_t)s->width;
    s->samples = 0;
    memset(s->counts, 0, K * sizeof(int64_t));
    memset(s->references, 0, K * d * sizeof(double));
    memset(s->offsets, 0, K * d * sizeof(double));
    memset(s->energies, 0, K * sizeof(double));
    if (s->scatter)
        memset(s->scatter, 0, d * d * sizeof(double));
}

static libnc_status check_rows(const nc__statistics *s, const double *rows, int64_t count,
                               const int32_t *labels)
{
    for (int64_t i = 0; i < count; i++) {
        if (labels[i] < 0 || labels[i] >= s->classes)
            return nc__fail(s->context, LIBNC_ERROR_ARGUMENT,
                            "label of row %lld = %d: must be from 0 to %lld", (long long)i,
                            labels[i], (long long)s->classes - 1);
        nc__tensor row = nc__tensor_f64(rows + i * s->width, 1, s->width);
        if (!nc__all_finite(&row))
            return nc__fail(s->context, LIBNC_ERROR_NOT_FINITE, "row %lld: a value is not finite",
                            (long long)i);
    }
    return LIBNC_OK;
}

/* The slot of class k in the present block; a class never seen takes this row as its reference. */
static int64_t find_slot(nc__statistics *s, int64_t k, const double *row, int64_t *slots)
{
    if (s->class_slot[k] >= 0)
        return s->class_slot[k];
    if (s->counts[k] == 0)
        memcpy(s->references + k * s->width, row, (size_t)s->width * sizeof *row);
    int64_t slot = (*slots)++;
    s->class_slot[k] = slot;
    s->slot_class[slot] = k;
    s->slot_count[slot] = 0;
    memset(s->block_means + slot * s->width, 0, (size_t)s->width * sizeof *row);
    return slot;
}

/* block = rows - references; block_means = their means by class. Returns the number of slots. */
static int64_t shift_rows(nc__statistics *s, const double *rows, int64_t count,
                          const int32_t *labels)
{
    int64_t slots = 0, d = s->width;
    for (int64_t i = 0; i < count; i++) {
        int64_t slot = find_slot(s, labels[i], rows + i * d, &slots);
        const double *x = rows + i * d, *reference = s->references + labels[i] * d;
        double *y = s->block + i * d, *sum = s->block_means + slot * d;
        for (int64_t c = 0; c < d; c++) {
            y[c] = x[c] - reference[c];
            sum[c] += y[c];
        }
        s->slot_count[slot]++;
    }
    for (int64_t slot = 0; slot < slots; slot++)
        for (int64_t c = 0; c < d; c++)
            s->block_means[slot * d + c] /= (double)s->slot_count[slot];
    return slots;
}

/* block -= block means; energies += their squares. */
static void centre_rows(nc__statistics *s, int64_t count, const int32_t *labels)
{
    int64_t d = s->width;
    for (int64_t i = 0; i < count; i++) {
        const double *mean = s->block_means + s->class_slot[labels[i]] * d;
        double *y = s->block + i * d, energy = 0;
        for (int64_t c = 0; c < d; c++) {
            y[c] -= mean[c];
            energy += y[c] * y[c];
        }
        s->energies[labels[i]] += energy;
    }
}

/* Moves the mean of class k by c/(n+c) delta, where delta (d values) is how far the mean of `added`
 * further samples is from it, and leaves sqrt(n c/(n+c)) delta in its place. */
static void move_mean(nc__statistics *s, int64_t k, int64_t added, double *delta)
{
    double n = (double)s->counts[k], c = (double)added;
    double share = c / (n + c), weight = sqrt(n * share), energy = 0;
    double *offset = s->offsets + k * s->width;
    for (int64_t j = 0; j < s->width; j++) {
        offset[j] += share * delta[j];
        delta[j] *= weight;
        energy += delta[j] * delta[j];
    }
    s->energies[k] += energy;
    s->counts[k] += added;
    s->samples += added;
}

/* S_W += Y^T Y, Y the first `rows` rows of the block. */
static void add_products(nc__statistics *s, int64_t rows)
{
    if (!s->scatter)
        return;
    nc__tensor y = nc__tensor_f64(s->block, rows, s->width);
    nc__tensor scatter = nc__tensor_f64(s->scatter, s->width, s->width);
    nc__gemm(s->context, true, false, 1, &y, &y, 1, &scatter);
}

static void add_block(nc__statistics *s, const double *rows, int64_t count, const int32_t *labels)
{
    int64_t d = s->width, slots = shift_rows(s, rows, count, labels);
    centre_rows(s, count, labels);
    for (int64_t slot = 0; slot < slots; slot++) {
        int64_t k = s->slot_class[slot];
        double *delta = s->block + (count + slot) * d;
        for (int64_t c = 0; c < d; c++)
            delta[c] = s->block_means[slot * d + c] - s->offsets[k * d + c];
        move_mean(s, k, s->slot_count[slot], delta);
        s->class_slot[k] = -1;
    }
    add_products(s, count + slots);
}

libnc_status nc__statistics_update(nc__statistics *s, const double *rows, int64_t count,
                                   const int32_t *labels)
{
    libnc_status status = check_rows(s, rows, count, labels);
    if (status != LIBNC_OK)
        return status;
    for (int64_t begin = 0; begin < count; begin += BLOCK)
        add_block(s, rows + begin * s->width, count - begin < BLOCK ? count - begin : BLOCK,
                  labels + begin);
    return LIBNC_OK;
}

/* Class k of `other` where `into` has none of it yet. */
static void take_class(nc__statistics *into, const nc__statistics *other, int64_t k)
{
    size_t begin = (size_t)(k * into->width), bytes = (size_t)into->width * sizeof(double);
    memcpy(into->references + begin, other->references + begin, bytes);
    memcpy(into->offsets + begin, other->offsets + begin, bytes);
    into->energies[k] = other->energies[k];
    into->counts[k] = other->counts[k];
    into->samples += other->counts[k];
}

void nc__statistics_merge(nc__statistics *into, const nc__statistics *other)
{
    assert(into != other && into->classes == other->classes && into->width == other->width);
    assert(!into->scatter == !other->scatter);
    int64_t d = into->width, rows = 0;
    for (int64_t k = 0; k < into->classes; k++) {
        if (other->counts[k] == 0)
            continue;
        if (into->counts[k] == 0) {
            take_class(into, other, k);
            continue;
        }
        double *delta = into->block + rows * d;
        for (int64_t c = k * d; c < (k + 1) * d; c++)
            delta[c - k * d] = (other->references[c] - into->references[c]) +
                               (other->offsets[c] - into->offsets[c]);
        into->energies[k] += other->energies[k];
        move_mean(into, k, other->counts[k], delta);
        if (++rows == BLOCK) {
            add_products(into, rows);
            rows = 0;
        }
    }
    if (rows > 0)
        add_products(into, rows);
    if (into->scatter) {
        nc__tensor more = nc__tensor_f64(other->scatter, d, d);
        nc__tensor scatter = nc__tensor_f64(into->scatter, d, d);
        nc__axpy(1, &more, &scatter);
    }
}

void nc__statistics_means(const nc__statistics *s, double *out)
{
    for (int64_t i = 0; i < s->classes * s->width; i++)
        out[i] = s->references[i] + s->offsets[i];
}

/* The means relative to that of one class z: h_k - h_z = (r_k - r_z) + (o_k - o_z). */
void nc__statistics_centred_means(const nc__statistics *s, double *out)
{
    int64_t d = s->width, first = 0;
    while (first < s->classes - 1 && s->counts[first] == 0)
        first++;
    const double *reference = s->references + first * d, *offset = s->offsets + first * d;
    for (int64_t c = 0; c < d; c++) {
        double centre = 0;
        for (int64_t k = 0; k < s->classes; k++) {
            double *difference = out + k * d + c;
            *difference =
                (s->references[k * d + c] - reference[c]) + (s->offsets[k * d + c] - offset[c]);
            centre += (double)s->counts[k] * *difference;
        }
        centre /= s->samples > 0 ? (double)s->samples : 1;
        for (int64_t k = 0; k < s->classes; k++)
            out[k * d + c] = s->counts[k] > 0 ? out[k * d + c] - centre : 0;
    }
}

void nc__statistics_deviations(const nc__statistics *s, const double *rows, int64_t count,
                               const int32_t *labels, double *out)
{
    int64_t d = s->width;
    for (int64_t i = 0; i < count; i++) {
        const double *reference = s->references + labels[i] * d;
        const double *offset = s->offsets + labels[i] * d;
        for (int64_t c = 0; c < d; c++)
            out[i * d + c] = (rows[i * d + c] - reference[c]) - offset[c];
    }
}
