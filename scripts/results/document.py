# SPDX-License-Identifier: GPL-2.0-only
"""The document: everything that text, KTAP, JSON and the page are made from.

Its form is that of docs/gate.schema.json. A change that a reader could trip over
is a new VERSION.
"""

import glob
import json
import os
import time

from .records import Records, numbers

VERSION = 1
CLASSES = ("UNSOUND", "DIVERGENT", "CHECKER", "CRASH", "UNPROVEN", "LOST",
           "EXTRA", "EXCEPTION")
FAILING = ("UNSOUND", "DIVERGENT", "CHECKER", "CRASH")
VERDICTS = ("KILL_PROCESS", "KILL_THREAD", "TRAP", "ERRNO", "USER_NOTIF",
            "TRACE", "LOG", "ALLOW")
USER_COUNTS = ("files", "stacks", "filters", "refused", "verdicts", "constants",
               "proven", "calls", "executions", "probes")
GUEST_COUNTS = ("stacks", "bits", "calls")
TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# What the gate's status says.
RESULTS = {0: "holds", 1: "fails", 2: "undecided", 4: "skipped"}


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def case_name(path):
    """A case as people name it, wherever the project or the guest has it."""
    path = path[len(TOP) + 1:] if path.startswith(TOP + "/") else path
    path = path.lstrip("/")
    if path.startswith("in") and path.partition("-")[0][2:].isdigit():
        path = path.partition("-")[2]
    return path[:-len(".bpf")] if path.endswith(".bpf") else path


def classes_of(values):
    return {name: int(values.get(name, 0)) for name in CLASSES}


def failures(classes, strict):
    return sum(classes[name] for name in FAILING) + \
        (classes["LOST"] if strict else 0)


def opcode_name(code):
    """That of the kernel's UAPI headers, in short: "jmp jset x"."""
    kind = ("ld", "ldx", "st", "stx", "alu", "jmp", "ret", "misc")[code & 7]
    if kind in ("ld", "ldx"):
        return kind + {0x00: " imm", 0x20: " abs", 0x60: " mem",
                       0x80: " len"}.get(code & 0xe0, "")
    if kind == "alu":
        name = ("add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg",
                "mod", "xor")[code >> 4]
        return name if name == "neg" else name + (" x" if code & 8 else " k")
    if kind == "jmp":
        name = ("ja", "jeq", "jgt", "jge", "jset")[code >> 4]
        return name if name == "ja" else name + (" x" if code & 8 else " k")
    if kind == "ret":
        return "ret a" if code & 0x10 else "ret k"
    if kind == "misc":
        return "txa" if code & 0x80 else "tax"
    return kind


class Builder:
    """Of a directory of records; see scripts/gate.sh for who writes which."""

    def __init__(self, directory):
        self.dir = directory
        self.gate = Records(os.path.join(directory, "gate.records"))
        self.user = Records(os.path.join(directory, "user.records"))
        self.straddle = Records(os.path.join(directory, "straddle.records"))
        self.guests = [Records(path) for path in sorted(
            glob.glob(os.path.join(glob.escape(directory),
                                   "guest-*.records")))]
        self.options = self.gate.one("options")
        self.strict = self.options.get("strict") == "1"
        self.keep_going = self.options.get("keep_going") == "1"

    def user_cases(self, arch, platform):
        """Case files one by one, then all filters of programs, then the rest."""
        cases, raw = [], []
        for r in self.user.all("case"):
            if r["platform"] == arch:
                to = cases if r["path"].endswith(".bpf") else raw
                to.append({"name": case_name(r["path"]), "why": "", "outcome":
                           "holds" if r["status"] == "0" else "fails"})
        bad = sum(c["outcome"] == "fails" for c in cases + raw)
        if raw:
            cases.append({"name": "filters of programs", "why": "", "outcome":
                          "fails" if any(c["outcome"] == "fails" for c in raw)
                          else "holds"})
        if platform:
            failed = failures(classes_of(platform), self.strict)
            cases.append(self.generated(bool(bad), failed > bad))
            cases.append(self.probe(arch))
        return cases

    def straddled(self, arch):
        """What the page-straddling probe has counted; empty if it was not run."""
        return next((p for p in self.straddle.all("platform")
                     if p["name"] == arch), {})

    def probe(self, arch):
        said = self.gate.one("straddle")
        out = {"name": "page-straddling probe",
               "outcome": said.get("outcome", "undecided"),
               "why": said.get("why", "")}
        if out["outcome"] == "fails" and \
                not failures(classes_of(self.straddled(arch)), self.strict):
            out["outcome"] = "holds" if self.keep_going else "stopped"
            out["why"] = "" if self.keep_going else "by a finding"
        return out

    def generated(self, file_failed, failed):
        out = {"name": "generated stacks", "outcome": "holds", "why": ""}
        if failed and not (file_failed and self.stopped(self.user)):
            out["outcome"] = "fails"
        elif self.stopped(self.user):
            out.update(outcome="stopped", why="by a finding")
        elif self.options.get("seconds") == "0":
            out.update(outcome="not-run", why="--seconds 0")
        return out

    def stopped(self, records):
        return records.one("trailer").get("status") == "1" and \
            not self.keep_going

    def user_said(self):
        """What came of both comparisons in user space."""
        said = self.gate.one("user")
        probe = self.gate.one("straddle")
        if probe.get("outcome") in ("fails", "undecided") and \
                said.get("outcome") != "fails":
            return dict(probe)
        return dict(said)

    def user_part(self, arch):
        """Of one arch; nothing may be known but that it was not run."""
        said = self.user_said()
        found = [p for p in self.user.all("platform") if p["name"] == arch]
        part = {"name": "user-space", "arch": arch, "kernel": "",
                "outcome": said.get("outcome", "undecided"),
                "why": said.get("why", ""), "counts": {}, "classes": {},
                "modes": [], "scenarios": [], "absent": self.gate.all("absent"),
                "cases": self.user_cases(arch, found[-1] if found else None)}
        if not found:
            part["absent"] = []
            return part
        platform = found[-1]
        part["kernel"] = platform["kernel"]
        straddled = self.straddled(arch)
        part["counts"] = dict(numbers(platform, USER_COUNTS),
                              **numbers(straddled, ("probes",)))
        part["classes"] = classes_of(platform)
        for name in FAILING + ("UNPROVEN",):
            part["classes"][name] += int(straddled.get(name, 0))
        if part["outcome"] == "fails" and \
                not failures(part["classes"], self.strict):
            stopped = self.stopped(self.user) or self.stopped(self.straddle)
            part["outcome"] = "stopped" if stopped else "holds"
            part["why"] = "by a finding" if stopped else ""
        return part

    def mode(self, record):
        classes = classes_of(record)
        outcome, why = "holds", ""
        if failures(classes, self.strict):
            outcome = "fails"
        elif record["stacks"] == "0":
            outcome, why = "not-run", "no stack was left for it"
        return {"name": record["name"], "outcome": outcome, "why": why,
                "counts": numbers(record, GUEST_COUNTS),
                "verdicts": numbers(record, VERDICTS), "classes": classes,
                "paths": {key[len("path-"):]: int(value)
                          for key, value in record.items()
                          if key.startswith("path-")}}

    @staticmethod
    def guest_case(record):
        outcome, why = "holds", ""
        if record["status"] != "0":
            outcome = "fails"
        elif record["times"] == "0":
            outcome, why = "not-run", "the guest did not come to it"
        return {"name": case_name(record["path"]), "outcome": outcome,
                "why": why}

    def scenario(self, record, absent):
        events = numbers({key: value for key, value in record.items()
                          if key not in ("name", "stacks")})
        ran = record["stacks"] != "0"
        return {"name": record["name"], "outcome": "holds" if ran else "not-run",
                "why": "" if ran else absent.get(record["name"], ""),
                "stacks": int(record["stacks"]), "events": events}

    def guest_part(self, records):
        guest = records.one("guest")
        modes = [self.mode(r) for r in records.all("mode")]
        absent = {r["name"]: r["why"] for r in records.all("absent")}
        scenarios = [self.scenario(r, absent) for r in records.all("scenario")]
        known = {m["name"] for m in modes} | {s["name"] for s in scenarios}
        counts, classes = {}, {}
        for m in modes:
            for key, value in m["counts"].items():
                counts[key] = counts.get(key, 0) + value
            for key, value in m["classes"].items():
                classes[key] = classes.get(key, 0) + value
        kernels = [r["kernel"] for r in records.all("mode")]
        name = "guest"
        if guest["name"] != guest["arch"]:
            name += " " + guest["name"].partition(" ")[2]
        return {"name": name, "arch": guest["arch"],
                "kernel": kernels[0] if kernels else "",
                "outcome": guest["outcome"], "why": records.one("why")["why"],
                "counts": counts, "classes": classes, "modes": modes,
                "scenarios": scenarios,
                "absent": [{"name": key, "why": value}
                           for key, value in absent.items()
                           if key not in known],
                "cases": [self.guest_case(r) for r in records.all("case")]}

    def skipped_guest(self, arch):
        skip = self.gate.one("skip")
        return {"name": "guest", "arch": arch, "kernel": "",
                "outcome": skip.get("outcome", "undecided"),
                "why": skip.get("why", self.gate.one("end").get("why", "")),
                "counts": {}, "classes": {}, "modes": [], "scenarios": [],
                "absent": [], "cases": []}

    def parts(self):
        guests = [self.guest_part(r) for r in self.guests]
        archs = self.gate.one("archs").get("names", "").split(",")
        if not guests:
            guests = [self.skipped_guest(arch) for arch in archs if arch]
        users = []
        said = self.gate.one("user")
        if said:
            every = ("x86_64", "arm64", "s390x")
            if said["outcome"] == "not-run":
                every = sorted(set(archs), key=archs.index)
            users = [self.user_part(arch) for arch in every]
        return users + guests

    def findings(self):
        out = []
        for part, records in [("user-space", self.user),
                              ("user-space", self.straddle)] + \
                [("guest", r) for r in self.guests]:
            for r in records.all("finding"):
                text = read_text(os.path.join(r["folder"], "finding.txt"))
                out.append({"class": r["class"], "where": r["where"],
                            "part": part, "arch": r["platform"],
                            "cause": r["cause"], "folder": r["folder"],
                            "text": text})
        return out

    def throughput(self):
        out = []
        if self.user.all("progress"):
            out.append({"part": "user-space", "arch": "", "unit": "filters",
                        "samples": samples(self.user.all("progress"),
                                           "filters")})
        for records in self.guests:
            if records.all("progress"):
                out.append({"part": "guest",
                            "arch": records.one("guest")["arch"],
                            "unit": "stacks",
                            "samples": samples(records.all("progress"),
                                               "stacks")})
        return out

    def coverage(self):
        opcodes = [{"code": int(r["code"], 16),
                    "name": opcode_name(int(r["code"], 16)),
                    "run": int(r["run"]), "jumped": int(r["jumped"]),
                    "passed": int(r["passed"])}
                   for r in self.user.all("opcode")]
        reasons = [{"name": r["name"], "filters": int(r["filters"])}
                   for r in self.user.all("reason")]
        return {"opcodes": opcodes, "reasons": reasons}

    def picture(self):
        records = Records(os.path.join(self.dir, "picture.records"))
        if not records.all("picture"):
            return None
        return {"stack": read_text(os.path.join(self.dir, "picture.txt")),
                "legend": [{"letter": r["letter"], "means": r["means"]}
                           for r in records.all("cell")],
                "bitmaps": [{"kernel": r["kernel"], "platform": r["platform"],
                             "abi": r["abi"], "cells": r["cells"]}
                            for r in records.all("picture")]}

    @staticmethod
    def yardstick():
        """What "make mutants" has left, if it was ever run here."""
        out = []
        for name in ("mutants", "mutants-straddle", "mutants-guests"):
            text = read_text(os.path.join(TOP, "build", name + ".json"))
            if text:
                out.append(dict(json.loads(text), name=name))
        return out

    def document(self):
        end = self.gate.one("end")
        began, ended = (int(self.gate.one(kind).get("at", 0))
                        for kind in ("options", "end"))
        status = int(end.get("status", 2))
        return {
            "format": "bitproof-gate",
            "version": VERSION,
            "status": status,
            "result": RESULTS[status],
            "why": end.get("why", ""),
            "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
            "seconds": max(0, ended - began),
            "kernel": {
                "release": self.gate.one("tree").get("release", ""),
                "tree": self.gate.one("tree").get("path", ""),
                "images": [r["path"] for r in self.gate.all("image")]},
            "options": {
                "seed": int(self.options.get("seed", 0)),
                "seconds": int(self.options.get("seconds", 0)),
                "guest_seconds": int(self.options.get("guest_seconds", 0)),
                "strict": self.strict,
                "keep_going": self.keep_going},
            "parts": self.parts(),
            "findings": self.findings(),
            "coverage": self.coverage(),
            "throughput": self.throughput(),
            "picture": self.picture(),
            "yardstick": self.yardstick(),
        }


def samples(progress, key):
    """[seconds since the start, how many in a second] of each stretch."""
    out, then, count = [], 0.0, 0
    for record in progress:
        now, total = float(record["seconds"]), int(record[key])
        if now > then and total >= count:
            out.append([round(now, 1), round((total - count) / (now - then))])
        then, count = now, total
    return out


def build(directory):
    return Builder(directory).document()
