/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_NET_WHY_H
#define TWOKEY_NET_WHY_H

#include "base/err.h"
#include "net/net.h"

/* One sentence for each way a request can fail, and what to do; text is the
 * library's own words, not to be trusted.  proxy and ca_file may be NULL. */
int net_why_set(struct err *e, enum net_why why, const struct net_request *rq, const char *proxy,
    const char *ca_file, const char *text);

#endif
