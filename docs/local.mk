# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += docs/formats.md docs/threat-model.md
