/* SPDX-License-Identifier: MIT
 *
 * cifar.h: the binary version of CIFAR-10 and CIFAR-100, read.
 */
#ifndef NC__CIFAR_H
#define NC__CIFAR_H

#include "files/array_internal.h"

libnc_status nc__cifar_open(libnc_array *array);
libnc_status nc__cifar_select(const libnc_array *array, nc__selection *selection);

#endif
