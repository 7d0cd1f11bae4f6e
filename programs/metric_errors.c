/* SPDX-License-Identifier: MIT */
#include "metric_errors.h"

#include <math.h> /* isnan and NAN: macros */

#include "output.h"

static double error_of(const measured *m, int32_t metric, int32_t layer)
{
    double error = NAN;
    const libnc_report *alone = m->alone[layer - 1];
    const libnc_status status = libnc_report_error(alone != NULL ? alone : m->report, metric,
                                                   alone != NULL ? 1 : layer, &error);
    return status < 0 ? (double)NAN : error;
}

/* The trace of Sigma_W has an error wherever there are groups. */
static bool has_errors(const measured *m)
{
    return !isnan(error_of(m, LIBNC_METRIC_TR_SIGMA_W, 1));
}

static bool is_known(const measured *m, int32_t metric)
{
    for (int32_t l = 1; l <= m->layer_count; l++)
        if (!isnan(error_of(m, metric, l)))
            return true;
    return false;
}

void print_errors(const measured *m)
{
    static const int32_t shown[] = {
        LIBNC_METRIC_NC1,      LIBNC_METRIC_NC1_CORRECTED,         LIBNC_METRIC_NC1_QUOTIENT,
        LIBNC_METRIC_CDNV,     LIBNC_METRIC_NC2_EQUINORM_FEATURES, LIBNC_METRIC_NC2_ETF_FEATURES,
        LIBNC_METRIC_ACCURACY,
    };
    enum { NAME = 28 };
    if (!has_errors(m))
        return;
    printf("\n%-*s%s\n", NAME, "standard errors", "value +- error");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (!is_known(m, shown[i]))
            continue;
        printf("%-*s", NAME, libnc_metric_name(shown[i]));
        for (int32_t l = 1; l <= m->layer_count; l++)
            printf("%s%.5g +- %.2g", l > 1 ? "   " : "", measured_value(m, shown[i], l),
                   error_of(m, shown[i], l));
        putchar('\n');
    }
}

void json_errors(json_writer *json, const measured *m)
{
    double values[MAX_LAYERS];
    if (!has_errors(m))
        return;
    json_key(json, "standard_errors");
    json_writer inner = {.file = json->file};
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        for (int32_t l = 0; l < m->layer_count; l++)
            values[l] = error_of(m, metric, l + 1);
        json_array(&inner, libnc_metric_name(metric), values, m->layer_count);
    }
    fputc('}', json->file);
}

void write_errors(const measured *m)
{
    if (!has_errors(m))
        return;
    FILE *file = open_output(m->self, "errors.tsv");
    fputs("# metric", file);
    for (int32_t l = 0; l < m->layer_count; l++)
        fprintf(file, "\t%s\terror", m->names[l]);
    fputc('\n', file);
    write_source(m->self, file);
    for (int32_t metric = 1; metric <= libnc_metric_count(); metric++) {
        if (!is_known(m, metric))
            continue;
        fputs(libnc_metric_name(metric), file);
        for (int32_t l = 1; l <= m->layer_count; l++)
            fprintf(file, "\t%.12g\t%.6g", measured_value(m, metric, l), error_of(m, metric, l));
        fputc('\n', file);
    }
    close_output(m->self, file);
}
