/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_POSTURE_SHOW_H
#define TWOKEY_CLI_POSTURE_SHOW_H

#include "base/buf.h"
#include "base/json.h"
#include "posture/posture.h"

/* One account for people, 80 columns wide, appended to b. */
void posture_show(struct buf *b, const struct posture_facts *f, const struct posture_findings *o);
/* The same for programs; NULL when memory ran out. */
json *posture_json(const struct posture_facts *f, const struct posture_findings *o);

#endif
