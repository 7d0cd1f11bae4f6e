/* SPDX-License-Identifier: MIT
 *
 * planted.c: the switch of planted.h, for the archive that the suites link.
 */
#include "geometry/planted.h"

#ifdef NC__PLANTED_ERRORS
int32_t nc__planted_site = NC__PLANTED_NOWHERE;
double nc__planted_error = 0;

double nc__planted(int32_t site, double value)
{
    return site == nc__planted_site ? value * (1 + nc__planted_error) : value;
}
#endif
