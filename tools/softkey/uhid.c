/* SPDX-License-Identifier: BSD-2-Clause */
/* The same key as a real /dev/hidraw, by way of the kernel's /dev/uhid (linux/uhid.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/input.h>
#include <linux/uhid.h>

#include "server.h"

/* Usage page 0xF1D0, usage 1, 64 bytes in and out (CTAP 2.1 section 11.2.8.1). */
static const uint8_t descriptor[] = {
	0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40,
	0x81, 0x02, 0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, 0xc0,
};

static bool
event_write(int fd, const struct uhid_event *e)
{
	return write(fd, e, sizeof *e) == (ssize_t)sizeof *e;
}

static bool
device_create(struct server *s, int fd)
{
	struct uhid_event *e = calloc(1, sizeof *e);
	bool ok;

	if (e == NULL)
		return false;
	e->type = UHID_CREATE2;
	snprintf((char *)e->u.create2.name, sizeof e->u.create2.name, "softkey %s", s->name != NULL ? s->name : "");
	memcpy(e->u.create2.rd_data, descriptor, sizeof descriptor);
	e->u.create2.rd_size = sizeof descriptor;
	e->u.create2.bus = BUS_USB;	/* libfido2 lists no other */
	e->u.create2.vendor = 0x1209;	/* pid.codes, their id for tests */
	e->u.create2.product = 0x0001;
	ok = event_write(fd, e);
	free(e);
	return ok;
}

int
uhid_open(struct server *s)
{
	int fd = strncmp(s->uhid, "fd:", 3) == 0 ? dup(atoi(s->uhid + 3)) :
	    open(s->uhid, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || !device_create(s, fd)) {
		close(fd);
		return -1;
	}
	return server_conn(s, fd, CONN_UHID) != NULL ? 0 : -1;
}

void
uhid_read(struct server *s, struct conn *c)
{
	struct uhid_event *e = calloc(1, sizeof *e);
	ssize_t n;

	if (e == NULL)
		return;
	n = read(c->fd, e, sizeof *e);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		server_drop(s, c);
	/* hidraw hands writes on as they came: a report id of 0, then the report */
	else if (n > 0 && e->type == UHID_OUTPUT && e->u.output.size == HID_REPORT + 1)
		hid_input(&s->hid, (int)(c - s->conn), e->u.output.data + 1);
	else if (n > 0 && e->type == UHID_OUTPUT && e->u.output.size == HID_REPORT)
		hid_input(&s->hid, (int)(c - s->conn), e->u.output.data);
	free(e);
}

void
uhid_send(struct conn *c, const uint8_t report[HID_REPORT])
{
	struct uhid_event *e = calloc(1, sizeof *e);

	if (e == NULL)
		return;
	e->type = UHID_INPUT2;
	e->u.input2.size = HID_REPORT;
	memcpy(e->u.input2.data, report, HID_REPORT);
	event_write(c->fd, e);
	free(e);
}
