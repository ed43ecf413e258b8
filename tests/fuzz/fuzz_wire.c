/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between the PAM module and the gate, whole, and as a stream of them into
 * the gate's reader of calls: u16 length, bytes. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate/gate.h"
#include "gate/mark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one(const uint8_t *data, size_t size)
{
	int64_t n[3];
	struct wire w;
	const int r = wire_parse(&w, data, size);

	assert(r == 1 || r == -1);
	if (r == 1)
		assert(w.len == size - 1 && w.len <= WIRE_MAX && strlen(w.text) == w.len &&
		    (mark_read(n, 3, w.text) != 0 || (n[0] >= 0 && n[1] >= 0 && n[2] >= 0)));
	else
		assert(w.type == 0 && w.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gate g = { .fd = -1 };
	int sv[2];

	one(data, size);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv) != 0 ||
	    secret_new(&g.room, sizeof(struct wire), NULL) != 0)
		abort();
	g.fd = sv[0];
	while (size >= 2) {
		size_t n = (size_t)data[0] << 8 | data[1];

		data += 2;
		size -= 2;
		n = n > size ? size : n;
		if (n > 0)
			(void)send(sv[1], data, n, MSG_DONTWAIT);
		data += n;
		size -= n;
	}
	(void)close(sv[1]);
	if (gate_read_call(&g, NULL) == 0)
		assert(strlen(g.call.user) < sizeof(g.call.user) && g.until > 0);
	secret_free(&g.call.password);
	secret_free(&g.room);
	(void)close(sv[0]);
	return 0;
}
