/* SPDX-License-Identifier: MIT
 *
 * bench_machine.c: what this machine can do, for the floors that bench.py prints: multiply-add
 * rates of one core, the BLAS's SGEMM rate, and bandwidth of x = a x + y for given working sets.
 *
 *   bench_machine                      core f64 GF, core f32 GF, SGEMM GF on 1 and 2 threads
 *   bench_machine BYTES [THREADS]      GB/s read and written with x and y in BYTES together
 */
#include <libnc/blas.h>

#include <cblas.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

enum { CHAINS = 16, BEST_OF = 5 };

/* Multiply-adds of CHAINS independent vectors: bound by nothing but the units. */
#define DEFINE_PEAK(name, real, bytes, isa)                                                        \
    __attribute__((target(isa))) static double name(long rounds)                                   \
    {                                                                                              \
        typedef real vec __attribute__((vector_size(bytes)));                                      \
        vec sum[CHAINS];                                                                           \
        memset(sum, 0, sizeof sum);                                                                \
        const real a = (real)0.999, b = (real)1e-3;                                                \
        for (long i = 0; i < rounds; i++)                                                          \
            _Pragma("GCC unroll 16") for (int c = 0; c < CHAINS; c++) sum[c] = sum[c] * a + b;     \
        double total = 0;                                                                          \
        for (int c = 0; c < CHAINS; c++)                                                           \
            total += (double)sum[c][0];                                                            \
        return total;                                                                              \
    }

#if defined(__x86_64__)
DEFINE_PEAK(peak_f64_avx512, double, 64, "avx512f")
DEFINE_PEAK(peak_f32_avx512, float, 64, "avx512f")
DEFINE_PEAK(peak_f64_avx2, double, 32, "avx2,fma")
DEFINE_PEAK(peak_f32_avx2, float, 32, "avx2,fma")
#endif

static volatile double sink;

static double rate_of(double (*peak)(long), double flops_per_round)
{
    const long rounds = 20000000;
    double best = 0;
    for (int r = 0; r < BEST_OF; r++) {
        const double start = seconds_now();
        sink = peak(rounds);
        const double rate = flops_per_round * (double)rounds / (seconds_now() - start) / 1e9;
        best = rate > best ? rate : best;
    }
    return best;
}

static void print_peaks(void)
{
#if defined(__x86_64__)
    if (strcmp(libnc_blas_kernels(), "avx512") == 0)
        printf("%.1f %.1f", rate_of(peak_f64_avx512, 2.0 * CHAINS * 8),
               rate_of(peak_f32_avx512, 2.0 * CHAINS * 16));
    else if (strcmp(libnc_blas_kernels(), "avx2") == 0)
        printf("%.1f %.1f", rate_of(peak_f64_avx2, 2.0 * CHAINS * 4),
               rate_of(peak_f32_avx2, 2.0 * CHAINS * 8));
    else
#endif
        printf("nan nan");
}

static double sgemm_rate(libnc_context *context, int threads)
{
    enum { N = 1536 };
    float *a = malloc(sizeof(float) * N * N), *b = malloc(sizeof(float) * N * N);
    float *c = calloc((size_t)N * N, sizeof(float));
    if (!a || !b || !c || libnc_blas_set_threads(context, threads) < 0)
        exit(1);
    for (int i = 0; i < N * N; i++)
        a[i] = b[i] = (float)(i % 7);
    double best = 0;
    for (int r = 0; r < BEST_OF + 1; r++) {
        const double start = seconds_now();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, N, N, 1, a, N, b, N, 0, c, N);
        const double rate = 2.0 * N * N * N / (seconds_now() - start) / 1e9;
        best = rate > best ? rate : best;
    }
    free(a);
    free(b);
    free(c);
    return best;
}

typedef struct stream {
    size_t count;
    long rounds;
    float *x, *y;
} stream;

static void *run_stream(void *argument)
{
    const stream *s = argument;
    float *restrict x = s->x;
    const float *restrict y = s->y;
    for (long r = 0; r < s->rounds; r++) {
        for (size_t i = 0; i < s->count; i++)
            x[i] = 0.5F * x[i] + y[i];
        sink = (double)x[s->count / 2];
    }
    return NULL;
}

static double bandwidth(size_t bytes, int threads)
{
    stream s[64];
    pthread_t ids[64];
    double best = 0;
    const size_t count = bytes / 8 / (size_t)threads;
    const long rounds = (long)(4e9 / (double)bytes) + 1;
    for (int t = 0; t < threads; t++) {
        s[t] = (stream){count, rounds, calloc(count, 4), calloc(count, 4)};
        if (!s[t].x || !s[t].y)
            exit(1);
    }
    for (int r = 0; r < BEST_OF; r++) {
        const double start = seconds_now();
        for (int t = 0; t < threads; t++)
            if (pthread_create(&ids[t], NULL, run_stream, &s[t]) != 0)
                exit(1);
        for (int t = 0; t < threads; t++)
            pthread_join(ids[t], NULL);
        const double rate =
            12.0 * (double)count * threads * (double)rounds / (seconds_now() - start) / 1e9;
        best = rate > best ? rate : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    libnc_context *context;
    if (libnc_context_create(&context) < 0)
        return 1;
    if (argc > 1) {
        const int threads = argc > 2 ? atoi(argv[2]) : 1;
        printf("%.2f\n", bandwidth((size_t)strtod(argv[1], NULL), threads));
    } else {
        print_peaks();
        const double one = sgemm_rate(context, 1), two = sgemm_rate(context, 2);
        printf(" %.1f %.1f\n", one, two);
    }
    libnc_context_destroy(context);
    return 0;
}
