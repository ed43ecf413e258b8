# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += docs/aws docs/correlation.md docs/formats.md docs/threat-model.md
dist_man_MANS += docs/man/pam_twokey.8 docs/man/twokey-gate.8 \
	docs/man/twokey.1 docs/man/twokey-aws-setup.1 docs/man/twokey-correlate.1 docs/man/twokey-doctor.1 docs/man/twokey-enroll.1 docs/man/twokey-host.1 \
	docs/man/twokey-init.1 \
	docs/man/twokey-log.1 docs/man/twokey-posture.1 docs/man/twokey-remind.1 docs/man/twokey-rotate.1 docs/man/twokey-runbook.1 \
	docs/man/twokey-seal.1 docs/man/twokey-status.1 \
	docs/man/twokey-unseal.1 docs/man/twokey-watch.1 docs/man/twokey.conf.5
