# SPDX-License-Identifier: BSD-2-Clause
# Made at build time, when the helpers' folder is known.
systemdsystemunit_DATA = systemd/twokey-gate.service systemd/twokey-gate.socket systemd/twokey-upkeep.service \
	systemd/twokey-upkeep.timer systemd/twokey-watch.service \
	systemd/twokey-remind.service systemd/twokey-remind.timer
EXTRA_DIST += systemd/twokey-gate.service.in systemd/twokey-gate.socket.in \
	systemd/twokey-upkeep.service.in systemd/twokey-upkeep.timer.in systemd/twokey-watch.service.in \
	systemd/twokey-remind.service.in systemd/twokey-remind.timer.in
CLEANFILES += $(systemdsystemunit_DATA)

systemd/twokey-gate.service: systemd/twokey-gate.service.in Makefile
systemd/twokey-gate.socket: systemd/twokey-gate.socket.in Makefile
systemd/twokey-upkeep.service: systemd/twokey-upkeep.service.in Makefile
systemd/twokey-upkeep.timer: systemd/twokey-upkeep.timer.in Makefile
systemd/twokey-watch.service: systemd/twokey-watch.service.in Makefile
systemd/twokey-remind.service: systemd/twokey-remind.service.in Makefile
systemd/twokey-remind.timer: systemd/twokey-remind.timer.in Makefile
$(systemdsystemunit_DATA):
	$(AM_V_GEN)$(MKDIR_P) systemd && \
		sed 's|@helperdir[@]|$(helperdir)|; s|@bindir[@]|$(bindir)|' $(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
