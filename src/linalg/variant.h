/* SPDX-License-Identifier: MIT
 *
 * variant.h: for the sources that are compiled once per scalar type and instruction set. The
 * Makefile gives NC__REAL_BITS (64 or 32) and NC__ISA (baseline, avx2, avx512); NC__NAME(x) is then
 * a name of that variant alone, for example nc__x_f64_avx2.
 */
#ifndef NC__VARIANT_H
#define NC__VARIANT_H

#include "base/arithmetic.h"

#if NC__REAL_BITS == 64
#define NC__REAL double
#define NC__TYPE f64
#else
#define NC__REAL float
#define NC__TYPE f32
#endif

#define NC__JOIN_(name, type, isa) nc__##name##_##type##_##isa
#define NC__JOIN(name, type, isa)  NC__JOIN_(name, type, isa)
#define NC__NAME(name)             NC__JOIN(name, NC__TYPE, NC__ISA)

#endif
