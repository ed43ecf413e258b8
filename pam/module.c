/* SPDX-License-Identifier: BSD-2-Clause */
/* The module is the library behind it, with no more than its entry points shown. */
typedef int module_is_empty;
