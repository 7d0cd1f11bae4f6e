/* SPDX-License-Identifier: MIT
 *
 * arithmetic.h: what every source asks of the compiler's floating point. Sums with a correction,
 * and the same bits from every compiler, need operations that are rounded once, to their own type.
 */
#ifndef NC__ARITHMETIC_H
#define NC__ARITHMETIC_H

#include <float.h>

#if FLT_EVAL_METHOD != 0
#error "libnc needs FLT_EVAL_METHOD == 0: on 32-bit x86 add -msse2 -mfpmath=sse to CFLAGS"
#endif

#endif
