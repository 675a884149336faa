# SPDX-License-Identifier: GPL-2.0-only
"""What the gate has done: from records to one document, and that as text, KTAP
and a page. scripts/gate-results.py is the command."""
