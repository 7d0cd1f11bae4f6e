/* SPDX-License-Identifier: MIT
 *
 * metric_table.h: the metrics by name (libnc/metric.h): one row for each.
 */
#ifndef NC__METRIC_TABLE_H
#define NC__METRIC_TABLE_H

#include <libnc/metric.h>

#include <stdbool.h>

enum { NC__METRICS = LIBNC_METRIC_NC1_CORRECTED };

/* Returns true for a metric that exists only after a comparison with a geometry. */
bool nc__metric_is_comparison(int32_t metric);

#endif
