/* SPDX-License-Identifier: MIT
 *
 * base.h: gathers what every module stands on: the context, memory, error text, threads and option
 * tables. It declares nothing of its own.
 */
#ifndef NC__BASE_H
#define NC__BASE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/options_internal.h"
#include "base/pool.h"

#endif
